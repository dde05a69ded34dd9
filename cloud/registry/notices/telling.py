"""Takes notices, each once, and their corrections: rows are never changed, a newer one says what was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta
from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store.registry import notices as rows
from schemas import iso6346, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

CLOCK_AHEAD_MAX_MS = 5 * 60_000  # a yard's clock may be this much ahead of ours
OrderNumber = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,19}$(?!\n)")]


class Direction(StrEnum):
    """Which way through the yard's gate."""

    OUT = "OUT"  # 出站
    IN = "IN"  # 進站


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a yard tells: this unit passed its gate at this time."""

    site: str
    container: str
    direction: str
    at_ms: int
    transport_order: str | None = None  # as told; the order itself may come later


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What is put right: the notice as it should read, or None where it never happened."""

    corrects: int
    notice: Notice | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What became of one notice: its row, whether that is new, and what is odd about it."""

    id: int
    created: bool
    warning: str | None


def tell(desk: Desk, told: Sequence[Notice]) -> list[Told]:
    """Take notices; one that was told before changes nothing, whether it was corrected since or not.

    Raises:
        Refusal: FORBIDDEN, SITE-UNKNOWN, INVALID, NOTICE-FUTURE; nothing is stored then.
    """
    for site in dict.fromkeys(one.site for one in told):
        desk.require(Act.NOTICE_WRITE, sites=[site], subject=f"site:{site}"[:80])
    places.require(desk.connection, *{one.site for one in told})
    answers = [_take(desk, check(one, desk.now_ms)) for one in told]
    created = [one.id for one in answers if one.created]
    if created:
        sites = sorted({one.site for one in told})
        desk.note(Act.NOTICE_WRITE, f"notice:{created[0]}", sites=sites, count=len(created))
    return answers


def correct(desk: Desk, entry: Correction) -> Told:
    """Put a notice right by a new row; what is corrected stays, and counts no more.

    Raises:
        Refusal: FORBIDDEN, NOTICE-UNKNOWN, NOTICE-CORRECTED, INVALID, NOTICE-FUTURE.
    """
    subject = f"notice:{entry.corrects}"
    desk.require(Act.NOTICE_WRITE, subject=subject)
    old = rows.find(desk.connection, entry.corrects)
    if old is None or (entry.notice is not None and entry.notice.site != old.site):
        raise Refusal("NOTICE-UNKNOWN", subject)
    desk.require(Act.NOTICE_WRITE, sites=[old.site], subject=subject)
    if rows.correction_of(desk.connection, old.id) is not None:
        raise Refusal("NOTICE-CORRECTED", subject)
    right = entry.notice if entry.notice is None else check(entry.notice, desk.now_ms)
    row = _row(desk, _as_told(old) if right is None else right)
    try:
        identity = rows.add(desk.connection, row | {"corrects": old.id, "void": right is None})
    except IntegrityError as error:
        raise Refusal("NOTICE-CORRECTED", subject) from error
    desk.note(Act.NOTICE_WRITE, f"notice:{identity}", corrects=old.id, void=right is None)
    return Told(id=identity, created=True, warning=None if right is None else _doubt(right))


def notices(desk: Desk, after: int, limit: int, wanted: rows.Wanted) -> Sequence[Any]:
    """Return notices by id within the actor's sites, each with the row that corrects it; Refusal FORBIDDEN."""
    scope = desk.scope(Act.REGISTRY_READ, subject="notice:")
    return rows.page(desk.connection, after, limit, wanted, scope)


def check(notice: Notice, now_ms: int) -> Notice:
    """Return a notice that may be taken; Refusal INVALID, NOTICE-FUTURE. A bad ISO 6346 number only warns (R-047)."""
    checked(notice.container, messages.ContainerNumber, "container")
    checked(notice.direction, Direction, "direction")
    if notice.transport_order is not None:
        checked(notice.transport_order, OrderNumber, "transport_order")
    if not 0 <= notice.at_ms <= now_ms + CLOCK_AHEAD_MAX_MS:
        raise Refusal("NOTICE-FUTURE", "at")
    return notice


def _take(desk: Desk, notice: Notice) -> Told:
    row = _row(desk, notice)
    created = rows.tell(desk.connection, row | {"corrects": None, "void": False})
    identity = rows.told(desk.connection, row) if created is None else created
    return Told(id=identity, created=created is not None, warning=_doubt(notice))


def _row(desk: Desk, notice: Notice) -> dict[str, Any]:
    row: dict[str, Any] = {"site": notice.site, "container": notice.container, "direction": notice.direction}
    row |= {"at_ms": notice.at_ms, "transport_order": notice.transport_order}
    return row | {"account": desk.actor.account, "received_ms": desk.now_ms}


def _as_told(old: Any) -> Notice:
    told = {"site": old.site, "container": old.container, "direction": old.direction}
    return Notice(**told, at_ms=old.at_ms, transport_order=old.transport_order)


def _doubt(notice: Notice) -> str | None:
    doubt = iso6346.doubt(notice.container)
    return None if doubt is None else f"{notice.container} {doubt}"
