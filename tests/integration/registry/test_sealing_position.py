"""Where the seal may sit: the usual place, the outer rod with its evidence, or customs' permit (R-043…R-046)."""

from __future__ import annotations

import hashlib

import pytest

from cloud.domain.authority import Role
from cloud.domain.sealing import Traffic, Unit
from cloud.registry import documents
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import permits
from cloud.store.engine import reading
from cloud.store.registry import pairings as rows
from schemas.envelope import b64url
from schemas.messages import SealPosition
from tests.desks import NOW_MS, actor, desk_of
from tests.integration.registry.sealing_room import (
    CONTAINER,
    DESTINATION,
    LATER_MS,
    OFFICER,
    ORIGIN,
    SPECIALIST,
    enter_sites,
    pair,
    seal,
)

JPEG = b"\xff\xd8\xff the taken seat"
PHOTO = b64url(hashlib.sha256(JPEG).digest())
OUTER = {
    "position": SealPosition.RIGHT_OUTER_ROD,
    "traffic": Traffic.EXPORT,
    "original_seal": "CARRIER-77",
    "no_room": True,
    "photo": PHOTO,
}
IMPORT_SELECTED = OUTER | {"traffic": Traffic.IMPORT, "selected": True}


@pytest.fixture
def yard(engine):
    enter_sites(engine)
    with desk_of(engine, SPECIALIST) as desk:
        assert documents.put(desk, JPEG, "image/jpeg", "SEALING_PHOTO") == PHOTO
    return engine


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}")


def grant(engine, who=OFFICER, **changed):
    wanted = {"number": "PM-1", "container": CONTAINER, "site": ORIGIN, "position": SealPosition.RIGHT_OUTER_ROD}
    wanted |= {"reason": "原始封條占用", "valid_from_ms": NOW_MS - 1, "valid_to_ms": LATER_MS}
    with desk_of(engine, who) as desk:
        permits.grant(desk, permits.PermitEntry(**wanted | changed))


@pytest.mark.req("R-043")
@pytest.mark.parametrize("position", [SealPosition.RIGHT_INNER_ROD, SealPosition.RIGHT_LOWER_SEAT])
def test_the_usual_places_need_nothing(yard, position) -> None:
    movement = pair(yard, seal(yard), SPECIALIST, position=position)
    with reading(yard) as connection:
        assert rows.find(connection, movement).position == position


@pytest.mark.req("R-044")
def test_the_outer_rod_needs_the_original_seal_no_room_and_a_picture_and_no_application(yard) -> None:
    for missing in ("traffic", "original_seal", "photo"):
        with refused(f"POSITION: {missing}"):
            pair(yard, seal(yard), **OUTER | {missing: None})
    with refused("POSITION: no_room"):
        pair(yard, seal(yard), **OUTER | {"no_room": False})
    with refused("DOCUMENT-UNKNOWN"):
        pair(yard, seal(yard), **OUTER | {"photo": "x" * 43})
    movement = pair(yard, seal(yard), SPECIALIST, **OUTER)
    with reading(yard) as connection:
        row = rows.find(connection, movement)
    assert (row.position, row.original_seal, row.photo, row.permit) == ("RIGHT_OUTER_ROD", "CARRIER-77", PHOTO, None)


@pytest.mark.req("R-045")
def test_an_import_container_that_customs_selected_needs_a_permit_unless_it_is_a_reefer(yard) -> None:
    with refused("PERMIT-NEEDED"):
        pair(yard, seal(yard), **IMPORT_SELECTED)
    grant(yard)
    pair(yard, seal(yard), **IMPORT_SELECTED, permit="PM-1")
    pair(yard, seal(yard), **IMPORT_SELECTED, container="SEAU0000001", size_type="45R1")
    pair(yard, seal(yard), **IMPORT_SELECTED | {"selected": False}, container="SEAU0000002", size_type="45G1")


@pytest.mark.req("R-046")
@pytest.mark.parametrize("ground", ["selected", "general_goods"])
def test_a_transit_container_needs_a_permit_on_either_ground(yard, ground) -> None:
    transit = OUTER | {"traffic": Traffic.TRANSIT}
    with refused("PERMIT-NEEDED"):
        pair(yard, seal(yard), **transit, **{ground: True})
    pair(yard, seal(yard), **transit, **{ground: True}, size_type="22R1")
    pair(yard, seal(yard), **transit, container="SEAU0000002")


@pytest.mark.req("R-045", "R-046")
def test_a_permit_is_for_one_unit_position_and_time(yard) -> None:
    grant(yard, number="PM-2", container="SEAU0000001")
    grant(yard, number="PM-3", position=SealPosition.OTHER_APPROVED)
    grant(yard, number="PM-4", valid_from_ms=LATER_MS - 1)
    for number in ("NONE", "PM-2", "PM-3", "PM-4"):
        with refused("PERMIT-UNFIT"):
            pair(yard, seal(yard), **IMPORT_SELECTED, permit=number)
    with refused("PERMIT-NEEDED"):
        pair(yard, seal(yard), position=SealPosition.OTHER_APPROVED)
    pair(yard, seal(yard), position=SealPosition.OTHER_APPROVED, permit="PM-3")


@pytest.mark.req("R-045")
def test_permits_are_granted_by_officers_of_the_site_and_never_change(yard) -> None:
    for who in (SPECIALIST, actor(Role.OFFICER, DESTINATION), actor(Role.OPERATOR, ORIGIN)):
        with pytest.raises(Denied):
            grant(yard, who)
    grant(yard)
    with refused("PERMIT-TAKEN"):
        grant(yard)
    with refused("VALIDITY"):
        grant(yard, number="PM-9", valid_to_ms=NOW_MS - 1)


@pytest.mark.req("R-002", "R-047")
def test_paper_seals_and_bonded_units_have_no_rule_of_the_position(yard) -> None:
    pair(yard, seal(yard, "PA"), position=SealPosition.RIGHT_OUTER_ROD)
    movement = pair(yard, seal(yard), container="B123", unit=Unit.BONDED)
    with reading(yard) as connection:
        assert rows.find(connection, movement).position is None
