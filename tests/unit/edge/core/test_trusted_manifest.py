"""Which manifest may come into force: attacks and accidents, each with the code of its refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.domain.trusted_manifest import lapsed, trust
from schemas.envelope import Rejected, SigningKey, Typ
from tests.edge_gate import GATE, NOW, cloud_keys, expected, manifest, papers, signed


def accept(jws, *, in_force=None, floor=NOW):
    return trust(jws, gate=GATE, find_key=cloud_keys, in_force=in_force, floor=floor)


def refusal(jws, **where):
    with pytest.raises(Rejected) as refused:
        accept(jws, **where)
    return refused.value.code


@pytest.mark.req("R-111")
def test_a_signed_new_unexpired_one_for_this_gate_is_believed():
    accepted = accept(signed(manifest()))
    assert accepted.manifest.version == 1
    assert set(accepted.expected) == {expected().seal_uid}


def test_a_key_that_is_not_pinned_signs_nothing():
    stranger = SigningKey.from_seed(b"s" * 32)
    assert refusal(signed(manifest(), key=stranger)) == "KEY-UNKNOWN"


def test_one_changed_byte_is_noticed():
    jws = bytearray(signed(manifest()))
    middle = jws.index(b".") + 20
    jws[middle] = jws[middle] ^ 1 or 65
    assert refusal(bytes(jws)) == "SIGNATURE"


def test_a_signature_for_another_purpose_is_worth_nothing():
    assert refusal(signed(manifest(), Typ.COMMAND)) == "TYPE"


def test_the_papers_of_another_gate_are_not_ours():
    assert refusal(signed(manifest(gate="KEL-OUT-2"))) == "GATE"


def test_an_older_or_equal_version_does_not_come_back():
    in_force = papers(version=5)
    assert refusal(signed(manifest(version=4)), in_force=in_force) == "MANIFEST-OLD"
    assert refusal(signed(manifest(version=5)), in_force=in_force) == "MANIFEST-OLD"
    assert accept(signed(manifest(version=6)), in_force=in_force).manifest.version == 6


def test_an_expired_one_is_not_revived_by_a_clock_set_back():
    expired = signed(manifest(expires=NOW - timedelta(seconds=1)))
    assert refusal(expired, floor=NOW) == "MANIFEST-LAPSED"


@pytest.mark.parametrize(
    "ring",
    [
        ((121.0, 25.0), (121.1, 25.0), (121.1, 25.1), (121.0, 25.1)),  # open
        ((121.0, 25.0), (121.001, 25.001), (121.001, 25.0), (121.0, 25.001), (121.0, 25.0)),  # crosses itself
    ],
)
def test_a_fence_that_cannot_be_judged_is_refused(ring):
    site = manifest().site
    broken = manifest(site=type(site)(**{**_fields(site), "fence": type(site.fence)(version="2", ring=ring)}))
    assert refusal(signed(broken)) == "MANIFEST-FENCE"


def _fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


@pytest.mark.parametrize("jws", [b"", b"no", b"a.b.c", b"\xff" * 100, b"{}"])
def test_any_bytes_end_in_a_code(jws):
    assert refusal(jws) in {"NOT-JWS", "HEADER"}


def test_where_a_seal_stands_twice_the_living_movement_wins():
    old, new = expected(movement="OLD", state="CANCELLED"), expected(movement="NEW")
    for movements in ((old, new), (new, old)):
        assert papers(*movements).expected[new.seal_uid].movement == "NEW"


def test_without_any_trusted_time_nothing_is_expired():
    assert not lapsed(manifest(), None)
    assert lapsed(manifest(), manifest().expires)
