"""Cases that need a yard's own camera footage before it is gone: who must ask for it, and the order (B0, R-099)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.footage import KEPT_MS, ORDERED_MS, Stage, draft, stage
from cloud.registry.refusals import Refusal
from cloud.store.registry import footage as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Footage:
    """A case whose evidence may be on a yard's cameras only; `draft` is the order's text from day 25 on."""

    id: int  # of the case
    code: str
    movement: str
    container: str
    site: str
    occurred_ms: int
    kept_until_ms: int
    stage: Stage
    number: str | None
    draft: str


@dataclass(frozen=True, kw_only=True)
class FootageOrder:
    """An order that was sent to the yard, by the number of the letter (公文文號)."""

    case: int
    number: str


def listed(desk: Desk, after: int, limit: int) -> Sequence[Footage]:
    """Return cases at the actor's sites whose footage comes to its end, by number.

    Raises:
        Refusal: FORBIDDEN.
    """
    sites = desk.scope(Act.FOOTAGE_ORDER, subject="footage")
    found = rows.page(desk.connection, after, limit, sites, desk.now_ms)
    return [_footage(row, at) for row in found if (at := _stage(desk, row)) is not None]


def order(desk: Desk, entry: FootageOrder) -> None:
    """Note that customs ordered a yard to keep its footage for 90 days, as early as an officer likes.

    Raises:
        Refusal: NOT-FOUND (no such open case, or we have its picture), FORBIDDEN, INVALID, FOOTAGE-OVER, CONFLICT.
    """
    subject = f"case:{entry.case}"
    row = rows.find(desk.connection, entry.case)
    if row is None:
        raise Refusal("NOT-FOUND", subject)
    desk.require(Act.FOOTAGE_ORDER, sites=[row.site], subject=subject)
    if not entry.number.strip():
        raise Refusal("INVALID", "number")
    if row.number is None and desk.now_ms - row.occurred_ms >= KEPT_MS:
        raise Refusal("FOOTAGE-OVER", subject)
    line = {"case": entry.case, "site": row.site, "number": entry.number.strip(), "account": desk.actor.account}
    line |= {"keep_until_ms": row.occurred_ms + ORDERED_MS, "ordered_ms": desk.now_ms}
    if not rows.order(desk.connection, line):
        raise Refusal("CONFLICT", subject)
    desk.note(Act.FOOTAGE_ORDER, subject, site=row.site, number=entry.number)


def _stage(desk: Desk, row: Any) -> Stage | None:
    return stage(row.occurred_ms, desk.now_ms, ordered=row.number is not None)


def _footage(row: Any, at: Stage) -> Footage:
    return Footage(
        id=row.id,
        code=row.code,
        movement=row.movement_id,
        container=row.container,
        site=row.site,
        occurred_ms=row.occurred_ms,
        kept_until_ms=row.keep_until_ms or row.occurred_ms + KEPT_MS,
        stage=at,
        number=row.number,
        draft=draft(row.site, row.container, f"{row.code}-{row.id}", row.occurred_ms) if at is Stage.DRAFT else "",
    )
