"""Levels of approval, 股長 < 課長 < 一級單位主管, and which duty of an officer a case is (R-006, R-011)."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Level(IntEnum):
    """Who may approve; a higher one may what a lower one may."""

    SUBSECTION_CHIEF = 1  # 股長
    SECTION_CHIEF = 2  # 課長
    FIRST_LEVEL_HEAD = 3  # 一級單位主管：組、室、分關


class Duty(StrEnum):
    """What an officer does at a site."""

    SUPERVISION = "SUPERVISION"  # 監管關員
    DEPARTURE = "DEPARTURE"  # 出站監管關員 (E), 出站作業關員 (Pa)
    ARRIVAL = "ARRIVAL"  # 進站監管關員


# S2 belongs to the site of departure, the others to that of arrival (R-006, R-084…R-091)
DUTY_OF_CASE: Mapping[str, Duty] = MappingProxyType({
    "S2": Duty.DEPARTURE,
    "S3": Duty.ARRIVAL,
    "S4": Duty.ARRIVAL,
    "S7": Duty.ARRIVAL,
    "S8": Duty.ARRIVAL,
})  # fmt: skip
