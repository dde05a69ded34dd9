"""Where the lane stands: by the receiver's last word, or by a location tag where satellites cannot tell.

R-052, R-058, R-112; the judgement itself is shared with the cloud (`schemas.geofence`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.geofence import Containment, PreparedFence, judge
from schemas.messages import Location, Position

if TYPE_CHECKING:
    from collections.abc import Collection

ACCURACY_MAX_M = 100_000.0  # above it the contract knows no value: unknown
AGE_MAX_S = 1e9


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What the receiver last said, with its age; unknown accuracy is None, never 0."""

    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    age_s: float | None = None
    why: str = ""  # why there is no fix: a fault code


@dataclass(frozen=True, kw_only=True)
class TagRead:
    """The location tag last read at this lane."""

    uid: str
    age_s: float


def locate(  # noqa: PLR0913 - each is one fact; naming them beats a struct used once
    sighting: Sighting,
    fence: PreparedFence | None,
    *,
    fix_age_max_s: float,
    tag: TagRead | None,
    tags_active: Collection[str],
    tag_age_max_s: float,
) -> Position:
    """Judge the place: a fix decides if it can; an ACTIVE tag of the site stands in only where it cannot.

    A fix whose whole error circle lies outside is never overruled by a tag: tags can be carried away (X-TAG-MOVED).
    """
    known = _usable(sighting, fix_age_max_s)
    position = Position(
        location=Location.UNCONFIRMED,
        source="GPS" if known else "NONE",
        lat=sighting.lat if known else None,
        lon=sighting.lon if known else None,
        accuracy_m=_radius(sighting.accuracy_m) if known else None,
        age_s=_age(sighting.age_s) if known else None,
        fence=fence.version if fence else None,
    )
    if fence is None:
        return position
    if known and sighting.lat is not None and sighting.lon is not None:
        contained = judge(fence, sighting.lat, sighting.lon, position.accuracy_m)
        if contained is not Containment.UNCONFIRMED:
            inside = contained is Containment.INSIDE
            return _at(position, Location.CONFIRMED if inside else Location.OUTSIDE)
    if tag is not None and tag.uid in tags_active and 0 <= tag.age_s <= tag_age_max_s:
        return _at(position, Location.CONFIRMED, tag.uid)
    return position


def _at(position: Position, location: Location, tag_uid: str | None = None) -> Position:
    return Position(
        location=location,
        source="TAG" if tag_uid else position.source,
        lat=position.lat,
        lon=position.lon,
        accuracy_m=position.accuracy_m,
        age_s=position.age_s,
        fence=position.fence,
        tag_uid=tag_uid,
    )


def _usable(sighting: Sighting, age_max_s: float) -> bool:
    lat, lon, age_s = sighting.lat, sighting.lon, sighting.age_s
    if lat is None or lon is None or age_s is None:
        return False
    return -90 <= lat <= 90 and -180 <= lon <= 180 and 0 <= age_s <= age_max_s  # noqa: PLR2004 - degrees; NaN fails too


def _radius(accuracy_m: float | None) -> float | None:
    if accuracy_m is None or not math.isfinite(accuracy_m) or not 0 < accuracy_m <= ACCURACY_MAX_M:
        return None
    return accuracy_m


def _age(age_s: float | None) -> float | None:
    return None if age_s is None else min(round(age_s, 3), AGE_MAX_S)
