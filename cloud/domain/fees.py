"""What a sealing costs: the rates of 海關徵收規費規則 §5 as dated rows, and who need not pay (R-038, R-041, R-048).

Pure. Rates entered by the centre come before the rule's own; a later rate never changes an earlier decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TAIPEI = timedelta(hours=8)


class Sealer(StrEnum):
    """Who put the seal on: an operator that seals by itself pays less (§5)."""

    CUSTOMS = "CUSTOMS"
    OPERATOR = "OPERATOR"


class Reason(StrEnum):
    """Why a fee is what it is."""

    TARIFF = "TARIFF"  # 依費率
    RESEALED = "RESEALED"  # 海關或其他公務單位拆封查核(驗)後再予加封 (R-041, A9-13)
    REPLACED = "REPLACED"  # 封條報廢後重新配封: the unit has paid, whatever the number of seals (§5)
    SAME_UNIT = "SAME_UNIT"  # 同櫃同次已計費
    XRAY = "XRAY"  # 海關為儀檢加封
    BAGGAGE = "BAGGAGE"  # 金馬小三通行李直掛
    CANCELLED = "CANCELLED"  # 配封取消: the charge goes back


# reason → Chinese, English, as statements show it
WORDS: Mapping[Reason, tuple[str, str]] = MappingProxyType({
    Reason.TARIFF: ("依費率徵收", "by the tariff"),
    Reason.RESEALED: ("拆封查核(驗)後再加封", "sealed again after an opening by an authority"),
    Reason.REPLACED: ("封條報廢重新配封", "in the place of a scrapped seal"),
    Reason.SAME_UNIT: ("同櫃同次已計費", "the unit has been charged"),
    Reason.XRAY: ("海關為儀檢加封", "added by customs for X-ray"),
    Reason.BAGGAGE: ("金馬小三通行李直掛", "through baggage"),
    Reason.CANCELLED: ("配封取消退還", "the pairing was cancelled"),
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one sealing costs from `valid_from_ms` until the next rate of its kind; `id` is None for the rule's own."""

    kind: SealKind
    sealer: Sealer
    amount: int  # NT$
    valid_from_ms: int
    source: str
    id: int | None = None


_RULE = "海關徵收規費規則第5條（108.05.31）"
_PAPER = _RULE + "；電子紙封條依作業程序肆、一比照電子封條"  # the rule names no rate for paper seals (D4)
STATUTE = (
    Rate(kind=SealKind.E, sealer=Sealer.CUSTOMS, amount=250, valid_from_ms=0, source=_RULE),
    Rate(kind=SealKind.E, sealer=Sealer.OPERATOR, amount=200, valid_from_ms=0, source=_RULE),
    Rate(kind=SealKind.PA, sealer=Sealer.CUSTOMS, amount=250, valid_from_ms=0, source=_PAPER),
    Rate(kind=SealKind.PA, sealer=Sealer.OPERATOR, amount=200, valid_from_ms=0, source=_PAPER),
)


def in_force(rates: Iterable[Rate], kind: SealKind, sealer: Sealer, at_ms: int) -> Rate:
    """Return the rate at a moment: the latest that had begun, the rule's own where none was entered."""
    fitting = [rate for rate in (*STATUTE, *rates) if (rate.kind, rate.sealer) == (kind, sealer)]
    begun = [rate for rate in fitting if rate.valid_from_ms <= at_ms]
    return max(begun, key=lambda rate: (rate.valid_from_ms, rate.id or 0))


def month_of(at_ms: int) -> str:
    """Return the month of Taipei that a moment is billed in, "2026-11" (§32)."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC) + _TAIPEI:%Y-%m}"
