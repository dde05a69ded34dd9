"""The rules of sealing a unit: what it is, where the seal sits, and when that place needs a permit (R-042…R-047).

Pure: `cloud.registry.sealing` looks up what these functions are asked about.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from schemas.messages import SealKind, SealPosition

if TYPE_CHECKING:
    from collections.abc import Sequence


class Unit(StrEnum):
    """What is sealed (R-047)."""

    CONTAINER = "CONTAINER"  # 貨櫃
    BONDED = "BONDED"  # 保稅運貨工具


class Traffic(StrEnum):
    """作業類別 as far as the rules of the position ask for it."""

    IMPORT = "IMPORT"  # 進口
    EXPORT = "EXPORT"  # 出口
    TRANSIT = "TRANSIT"  # 轉口
    TRANSFER = "TRANSFER"  # 轉運


USUAL = frozenset({SealPosition.RIGHT_INNER_ROD, SealPosition.RIGHT_LOWER_SEAT})
TRAFFIC_OF_OPERATION = {"1": Traffic.IMPORT, "2": Traffic.TRANSFER, "3": Traffic.TRANSIT, "4": Traffic.EXPORT}  # R12
# D1: 泰登, 鋼纜, 鉛封, 紙封, 自備封條, 車機封條: what customs approves beside its electronic seals
OTHER_SEAL_TYPES = frozenset("123478")
DOORS_MAX = 10
_TYPE_GROUP = 2  # third character of an ISO 6346 size and type code
_REFRIGERATED = frozenset("RH")


class Placed(NamedTuple):
    """What the rules of the position rest on; empty where nothing was told."""

    position: SealPosition
    traffic: Traffic | None = None
    size_type: str | None = None
    selected: bool = False  # 經海關篩選押運或加封電子封條
    general_goods: bool = False  # 以「一般貨物」統稱申報貨名
    original_seal: str | None = None
    no_room: bool = False  # 已被占用而無多餘加封空間
    photo: str | None = None


def refrigerated(size_type: str | None) -> bool:
    """Return whether a size and type code names a reefer; one that is not told does not."""
    return size_type is not None and size_type[_TYPE_GROUP : _TYPE_GROUP + 1] in _REFRIGERATED


def needs_permit(placed: Placed) -> bool:
    """Return whether the seal may sit there only with customs' permit (R-045, R-046)."""
    if placed.position is not SealPosition.RIGHT_OUTER_ROD:
        return placed.position is SealPosition.OTHER_APPROVED
    if refrigerated(placed.size_type):
        return False
    if placed.traffic is Traffic.IMPORT:
        return placed.selected
    return placed.traffic is Traffic.TRANSIT and (placed.selected or placed.general_goods)


def position_lacks(placed: Placed) -> str | None:
    """Return what is missing for the outer rod, or None: it is for where the original seal leaves no room (R-044)."""
    if placed.position is not SealPosition.RIGHT_OUTER_ROD:
        return None
    if placed.traffic is None:
        return "traffic"
    if not placed.original_seal:
        return "original_seal"
    if not placed.no_room:
        return "no_room"
    return None if placed.photo else "photo"


def doors_fault(kind: SealKind, doors: int, others: Sequence[str]) -> str | None:
    """Return why these other seals do not go with one seal of ours, or None; `others` are types (R-042).

    One e-seal is enough for a unit of several doors; the rules of paper seals have no such relief (A8c).
    """
    if not 1 <= doors <= DOORS_MAX:
        return f"doors: 1 to {DOORS_MAX}"
    if others and kind is SealKind.PA:
        return "other_seals: the relief for several doors is for e-seals"
    if wrong := sorted(set(others) - OTHER_SEAL_TYPES):
        return f"other_seals: type {', '.join(wrong)} is not for another door"
    return f"other_seals: {len(others)} for {doors} doors" if len(others) >= doors and others else None
