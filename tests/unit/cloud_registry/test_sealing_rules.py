"""The rules of position and doors, case by case (R-042…R-046)."""

from __future__ import annotations

import pytest

from cloud.domain.sealing import Placed, Traffic, doors_fault, needs_permit, position_lacks, refrigerated
from schemas.messages import SealKind, SealPosition

OUTER = SealPosition.RIGHT_OUTER_ROD


@pytest.mark.req("R-045", "R-046")
@pytest.mark.parametrize(
    ("size_type", "reefer"),
    [("45R1", True), ("22R0", True), ("22H0", True), ("45G1", False), ("22U1", False), ("", False), (None, False)],
)
def test_the_third_sign_of_the_size_and_type_tells_a_reefer(size_type, reefer) -> None:
    assert refrigerated(size_type) is reefer


@pytest.mark.req("R-043", "R-044", "R-045", "R-046")
@pytest.mark.parametrize(
    ("placed", "needed"),
    [
        (Placed(SealPosition.RIGHT_INNER_ROD, Traffic.IMPORT, selected=True), False),
        (Placed(SealPosition.RIGHT_LOWER_SEAT, Traffic.TRANSIT, general_goods=True), False),
        (Placed(SealPosition.OTHER_APPROVED, Traffic.EXPORT), True),
        (Placed(OUTER, Traffic.IMPORT, selected=True), True),
        (Placed(OUTER, Traffic.IMPORT, general_goods=True), False),  # 「一般貨物」 counts for transit only
        (Placed(OUTER, Traffic.IMPORT, "45R1", selected=True), False),
        (Placed(OUTER, Traffic.TRANSIT, selected=True), True),
        (Placed(OUTER, Traffic.TRANSIT, general_goods=True), True),
        (Placed(OUTER, Traffic.TRANSIT, "45R1", selected=True, general_goods=True), False),
        (Placed(OUTER, Traffic.TRANSIT), False),
        (Placed(OUTER, Traffic.EXPORT, selected=True), False),
        (Placed(OUTER, Traffic.TRANSFER, selected=True), False),
    ],
)
def test_when_a_permit_is_needed(placed, needed) -> None:
    assert needs_permit(placed) is needed


@pytest.mark.req("R-044")
def test_the_outer_rod_says_what_it_lacks_in_turn() -> None:
    placed = Placed(OUTER)
    steps = {"traffic": Traffic.EXPORT, "original_seal": "CARRIER-1", "no_room": True, "photo": "p" * 43}
    for missing, value in steps.items():
        assert position_lacks(placed) == missing
        placed = placed._replace(**{missing: value})
    assert position_lacks(placed) is None
    assert position_lacks(Placed(SealPosition.RIGHT_INNER_ROD)) is None


@pytest.mark.req("R-042")
@pytest.mark.parametrize(
    ("kind", "doors", "others", "fault"),
    [
        (SealKind.E, 1, [], None),
        (SealKind.E, 3, ["2", "7"], None),
        (SealKind.E, 3, [], None),
        (SealKind.E, 2, ["2", "2"], "2 for 2 doors"),
        (SealKind.E, 3, ["5"], "type 5"),
        (SealKind.E, 3, ["6"], "type 6"),
        (SealKind.E, 0, [], "doors"),
        (SealKind.E, 11, [], "doors"),
        (SealKind.PA, 3, ["2"], "for e-seals"),
        (SealKind.PA, 3, [], None),
    ],
)
def test_which_other_seals_go_with_ours(kind, doors, others, fault) -> None:
    said = doors_fault(kind, doors, others)
    assert said is None if fault is None else fault in said
