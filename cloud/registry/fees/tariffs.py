"""The tariff as dated data: the centre enters a rate before it begins, and no earlier fee changes (R-048, D4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.fees import STATUTE
from cloud.registry.fees.decisions import entered_rates
from cloud.registry.refusals import Refusal
from cloud.store.registry import fees as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.domain.fees import Rate, Sealer
    from cloud.registry.desk import Desk
    from schemas.messages import SealKind

AMOUNT_MAX = 100_000  # NT$


@dataclass(frozen=True, kw_only=True)
class RateEntry:
    """What one sealing costs from a moment on, and the rule that says so."""

    kind: SealKind
    sealer: Sealer
    amount: int
    valid_from_ms: int
    source: str


def enter(desk: Desk, entry: RateEntry) -> int:
    """Enter a rate and return its number.

    Raises:
        Refusal: FORBIDDEN, INVALID, TARIFF-PAST, TARIFF-TAKEN.
    """
    desk.require(Act.TARIFF_WRITE, subject="tariff")
    if not 0 <= entry.amount <= AMOUNT_MAX:
        raise Refusal("INVALID", f"amount: 0 to {AMOUNT_MAX}")
    if entry.valid_from_ms < desk.now_ms:
        raise Refusal("TARIFF-PAST", entry.source)
    row = {name: getattr(entry, name) for name in RateEntry.__dataclass_fields__}
    try:
        with desk.connection.begin_nested():
            number = rows.add_rate(desk.connection, row | {"account": desk.actor.account, "entered_ms": desk.now_ms})
    except IntegrityError as error:
        raise Refusal("TARIFF-TAKEN", entry.source) from error
    desk.note(Act.TARIFF_WRITE, f"tariff:{number}", kind=entry.kind, sealer=entry.sealer, amount=entry.amount)
    return number


def listed(desk: Desk) -> Sequence[Rate]:
    """Return every rate, the rule's own first.

    Raises:
        Refusal: FORBIDDEN.
    """
    desk.require(Act.FEE_READ, subject="tariff")
    return [*STATUTE, *entered_rates(desk.connection)]
