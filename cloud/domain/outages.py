"""What people do by hand when the system is down, as values: who sends what, whose screen it is, what is left to do."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.lifecycle import MovementState
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Side(StrEnum):
    """Which end of a movement sends evidence to the centre."""

    ORIGIN = "ORIGIN"  # 起運地: sealed although it could not be paired or read out
    DESTINATION = "DESTINATION"  # 運往地: departed, then the system failed


class Shows(StrEnum):
    """What a document sent as evidence shows; an item needs one of each (R-075)."""

    ORDER = "ORDER"  # 運送單
    PHOTO = "PHOTO"  # 加封拍照影像


class Screen(StrEnum):
    """收櫃異常處理, as customs number the two screens (R-079, R-081)."""

    ES104 = "ES104"  # 電子封條
    EPS104 = "EPS104"  # 電子紙封條


class Cause(StrEnum):
    """Why a container is received by hand."""

    UNREADABLE = "UNREADABLE"  # 封條無法讀取
    OUTAGE = "OUTAGE"  # 系統故障後補辦


class Task(StrEnum):
    """What an outage leaves to be done for a seal."""

    SCRAP = "SCRAP"  # never paired: 已加封封條報廢
    MANUAL_ARRIVAL = "MANUAL_ARRIVAL"  # under way for the system: read it in, or ES104 / EPS104


SCREENS: Mapping[SealKind, Screen] = MappingProxyType({SealKind.E: Screen.ES104, SealKind.PA: Screen.EPS104})
RECEIVABLE = (MovementState.PAIRED, MovementState.IN_TRANSIT)  # its departure may lie unsent at a gate without network


def missing(shown: Iterable[Shows]) -> tuple[Shows, ...]:
    """Return what an item of evidence still lacks (R-075)."""
    there = set(shown)
    return tuple(one for one in Shows if one not in there)


def task(movement: MovementState | None, *, seal_dead: bool) -> Task | None:
    """Return what is left to do for a seal that was put on in an outage; None: nothing any more (R-076…R-078)."""
    if movement is None:
        return None if seal_dead else Task.SCRAP
    return Task.MANUAL_ARRIVAL if movement in RECEIVABLE else None
