"""Where the lane stands: fixes, their age and radius, and the location tag."""

from __future__ import annotations

import math

import pytest

from edge.domain.place import Sighting, TagRead, locate
from schemas.messages import Location
from tests.edge_gate import LOCATION_TAG, papers
from tests.town import ORIGIN

FENCE = papers().fence
INSIDE = {"lat": ORIGIN.lat, "lon": ORIGIN.lon, "accuracy_m": 8.0, "age_s": 1.0}


def place(tag=None, fence=FENCE, tags=frozenset({LOCATION_TAG}), **sighting):
    return locate(
        Sighting(**{**INSIDE, **sighting}), fence, fix_age_max_s=5.0, tag=tag, tags_active=tags, tag_age_max_s=600.0
    )


@pytest.mark.req("R-112")
@pytest.mark.parametrize(
    ("sighting", "location"),
    [
        ({}, Location.CONFIRMED),
        ({"lat": ORIGIN.lat + 0.1}, Location.OUTSIDE),
        ({"accuracy_m": 500.0}, Location.UNCONFIRMED),  # the circle straddles the fence
        ({"accuracy_m": None}, Location.UNCONFIRMED),
        ({"accuracy_m": 0.0}, Location.UNCONFIRMED),  # gpsd-py3's "unknown" is no perfect fix
        ({"accuracy_m": math.nan}, Location.UNCONFIRMED),
        ({"accuracy_m": math.inf}, Location.UNCONFIRMED),
        ({"age_s": 5.1}, Location.UNCONFIRMED),
        ({"age_s": -1.0}, Location.UNCONFIRMED),
        ({"age_s": None}, Location.UNCONFIRMED),
        ({"lat": None}, Location.UNCONFIRMED),
        ({"lat": math.nan}, Location.UNCONFIRMED),
        ({"lon": 200.0}, Location.UNCONFIRMED),
    ],
)
def test_a_fix_confirms_only_with_all_of_its_circle(sighting, location):
    assert place(**sighting).location is location


def test_an_unusable_fix_leaves_no_trace_of_numbers():
    position = place(age_s=99.0)
    assert (position.source, position.lat, position.lon, position.accuracy_m, position.age_s) == (
        *("NONE", None, None, None),
        None,
    )


@pytest.mark.req("R-058")
def test_an_active_tag_stands_in_for_satellites_for_ten_minutes():
    blind = {"lat": None}
    fresh, old = TagRead(uid=LOCATION_TAG, age_s=600.0), TagRead(uid=LOCATION_TAG, age_s=600.1)
    position = place(tag=fresh, **blind)
    assert (position.location, position.source, position.tag_uid) == (Location.CONFIRMED, "TAG", LOCATION_TAG)
    assert place(tag=old, **blind).location is Location.UNCONFIRMED


@pytest.mark.req("R-022")
def test_a_tag_that_is_not_active_here_proves_nothing():
    assert place(tag=TagRead(uid=LOCATION_TAG, age_s=1.0), tags=frozenset(), lat=None).location is Location.UNCONFIRMED


def test_a_tag_never_overrules_a_fix_outside():
    outside = place(tag=TagRead(uid=LOCATION_TAG, age_s=1.0), lat=ORIGIN.lat + 0.1)
    assert outside.location is Location.OUTSIDE


def test_without_papers_no_place_is_confirmed():
    assert place(fence=None).location is Location.UNCONFIRMED
