"""Why goods may be held, what a hold demands, and which hold of several is shown (R-068…R-072)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from cloud.domain.lifecycles.hold import OPEN, State, Step
from cloud.domain.rules import x_mac, x_replay, x_to_altered
from schemas import reasons
from schemas.messages import Abnormal, SealKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class HoldReason(StrEnum):
    """Why a person holds goods; as codes of `schemas.reasons`, since both gates show them."""

    UNREADABLE = "HOLD-UNREADABLE"  # 無法讀取
    UNSEALED = "HOLD-UNSEALED"  # 未固封
    OPENED = "HOLD-OPENED"  # 異常啟封
    ALTERED = "HOLD-ALTERED"  # 有變造跡證
    OTHER = "HOLD-OTHER"  # 其他可能非法異常


REASONS: Mapping[SealKind, tuple[HoldReason, ...]] = MappingProxyType(
    {
        # 陸、三 of either handbook: a paper seal that cannot be read goes the way of S8 and EPS104
        SealKind.E: (HoldReason.UNREADABLE, HoldReason.UNSEALED, HoldReason.ALTERED, HoldReason.OTHER),
        SealKind.PA: (HoldReason.OPENED, HoldReason.ALTERED, HoldReason.OTHER),
    }
)

_OF_ABNORMAL = {  # what a lane saw, the gravest first
    Abnormal.ALTERED: HoldReason.ALTERED,
    Abnormal.OPENED: HoldReason.OPENED,
    Abnormal.UNSEALED: HoldReason.UNSEALED,
    Abnormal.UNREADABLE: HoldReason.UNREADABLE,
    Abnormal.OTHER: HoldReason.OTHER,
}


def reason_of(kind: SealKind, seen: Iterable[Abnormal]) -> HoldReason:
    """Return why goods are held by what was seen: the gravest reason that their kind of seal knows (R-068, R-072)."""
    told = set(seen)
    known = (reason for abnormal, reason in _OF_ABNORMAL.items() if abnormal in told and reason in REASONS[kind])
    return next(known, HoldReason.OTHER)


def remark_of(seen: Iterable[Abnormal]) -> str:
    """Return everything that was seen, in words: a hold has one reason only."""
    told = set(seen)
    return "；".join(reasons.REASONS[_OF_ABNORMAL[abnormal]].zh for abnormal in _OF_ABNORMAL if abnormal in told)


# Codes of the rules that put a movement on hold by themselves, once they are certain.
RULES_THAT_HOLD = frozenset({x_mac.CODE, x_replay.CODE, x_to_altered.CODE})

DEMANDED = (Step.REPORT, Step.STATEMENT, Step.ID_COPY)
CHASE_FIRST_MS = 60 * 60_000  # the handbook sets no time; a truck is still in the yard after an hour
CHASE_AGAIN_MS = 24 * 3_600_000


def missing(state: State, done: Mapping[Step, int | None]) -> tuple[Step, ...]:
    """Return what a hold still lacks, in the order of the handbook; nothing is asked once it is over."""
    return tuple(step for step in DEMANDED if done.get(step) is None) if state in OPEN else ()
