"""批次請領: operators request e-seals, an officer issues a range; paper seals never come in batches (R-031, R-035).

The issue register (專簿, R-032) only grows. That no two ranges in force overlap is the database's own rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from cloud.domain import seal_numbers
from cloud.domain.authority import Act
from cloud.domain.lifecycles import seal as seal_life
from cloud.domain.lifecycles.seal_request import MACHINE, State, Step
from cloud.registry import places
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.stepping import following
from cloud.store import dispatches, seals
from cloud.store.registry import seal_registers
from cloud.store.registry import seal_requests as rows
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk


@dataclass(frozen=True, kw_only=True)
class IssueEntry:
    """A range as the register has it: first and last number, quantity, and the day of issue (領用日期)."""

    site: str
    first: str
    last: str
    quantity: int
    issued_ms: int
    kind: SealKind = SealKind.E


def request(desk: Desk, site: str, quantity: int, note: str = "", kind: SealKind = SealKind.E) -> int:
    """Request e-seals for one's own site and return the request's number.

    Raises:
        Refusal: FORBIDDEN, SITE-UNKNOWN, NO-BATCH (paper seals, R-035), QUANTITY.
    """
    desk.require(Act.SEAL_REQUEST, sites=[site], subject=f"site:{site}")
    _e_only(kind)
    places.require(desk.connection, site)
    if not 0 < quantity <= seal_numbers.QUANTITY_MAX:
        raise Refusal("QUANTITY", str(quantity))
    row = {"site": site, "quantity": quantity, "note": note, "state": MACHINE.initial}
    number = rows.add(desk.connection, row | {"account": desk.actor.account, "requested_ms": desk.now_ms})
    desk.note(Act.SEAL_REQUEST, f"seal-request:{number}", site=site, quantity=quantity)
    return number


def issue(desk: Desk, number: int, first: str, last: str) -> int:
    """Answer a request with a range of exactly its quantity; returns the row of the issue register.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, RANGE, QUANTITY, RANGE-TAKEN, STATE, CONFLICT.
    """
    row = _found(desk, number)
    desk.require(Act.SEAL_ISSUE, sites=[row.site], subject=f"seal-request:{number}")
    _move(desk, row, Step.ISSUE, {"officer": desk.actor.account, "decided_ms": desk.now_ms})
    entry = IssueEntry(site=row.site, first=first, last=last, quantity=row.quantity, issued_ms=desk.now_ms)
    return _enter(desk, entry, request_number=number)


def issue_directly(desk: Desk, entry: IssueEntry) -> int:
    """Enter an issue that was made on paper; returns the row of the issue register.

    Raises:
        Refusal: FORBIDDEN, NO-BATCH, SITE-UNKNOWN, INVALID, RANGE, QUANTITY, RANGE-TAKEN.
    """
    desk.require(Act.SEAL_ISSUE, sites=[entry.site], subject=f"site:{entry.site}")
    check(desk, entry)
    return _enter(desk, entry, request_number=None)


def check(desk: Desk, entry: IssueEntry) -> None:
    """Hold an issue that was made on paper against what the register takes.

    Raises:
        Refusal: NO-BATCH, SITE-UNKNOWN, INVALID.
    """
    _e_only(entry.kind)
    places.require(desk.connection, entry.site)
    if entry.issued_ms > desk.now_ms:
        raise Refusal("INVALID", "issued: in the future")


def refuse(desk: Desk, number: int, remark: str) -> None:
    """Refuse a request, and say why.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, STATE, CONFLICT.
    """
    row = _found(desk, number)
    desk.require(Act.SEAL_ISSUE, sites=[row.site], subject=f"seal-request:{number}")
    if not remark:
        raise Refusal("INVALID", "remark: a refusal needs its reason")
    decision = {"officer": desk.actor.account, "decided_ms": desk.now_ms, "remark": remark}
    _move(desk, row, Step.REFUSE, decision)
    desk.note(Act.SEAL_ISSUE, f"seal-request:{number}", refused=True)


def withdraw(desk: Desk, number: int) -> None:
    """Take a request back; only who made it may.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATE, CONFLICT.
    """
    row = _found(desk, number)
    desk.require(Act.SEAL_REQUEST, sites=[row.site], subject=f"seal-request:{number}")
    if row.account != desk.actor.account:
        raise Denied(Act.SEAL_REQUEST, f"seal-request:{number}", "another account has made it")
    _move(desk, row, Step.WITHDRAW, {})
    desk.note(Act.SEAL_REQUEST, f"seal-request:{number}", withdrawn=True)


def read(desk: Desk, number: int) -> Any:
    """Return one request.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN.
    """
    row = _found(desk, number)
    desk.require(Act.REGISTER_READ, sites=[row.site], subject=f"seal-request:{number}")
    return row


def listed(desk: Desk, after: int, limit: int, state: str | None) -> Sequence[Any]:
    """Return requests by number, those of one's own sites.

    Raises:
        Refusal: FORBIDDEN.
    """
    sites = desk.scope(Act.REGISTER_READ, subject="seal-requests")
    return rows.page(desk.connection, after, limit, sites=sites, state=state)


def span_of(first: str, last: str, quantity: int) -> seal_numbers.Span:
    """Return the range between two numbers, which must hold exactly `quantity` (R-032).

    Raises:
        Refusal: RANGE, QUANTITY.
    """
    try:
        found = seal_numbers.span(first, last)
    except ValueError as error:
        raise Refusal("RANGE", str(error)) from error
    if found.quantity != quantity:
        raise Refusal("QUANTITY", f"{found.quantity} between {first} and {last}, not {quantity}")
    return found


def register(desk: Desk, entry: IssueEntry, span: seal_numbers.Span, **more: Any) -> int:
    """Write a row of the issue register.

    Raises:
        Refusal: RANGE-TAKEN where it overlaps another issue in force, or somebody else has corrected the same row.
    """
    row = {"site": entry.site, "quantity": span.quantity, "issued_ms": entry.issued_ms, **span._asdict(), **more}
    row |= {"account": desk.actor.account, "at_ms": desk.now_ms}
    try:
        with desk.connection.begin_nested():
            return seal_registers.add_issue(desk.connection, row)
    except IntegrityError as error:
        raise Refusal("RANGE-TAKEN", f"{entry.first}-{entry.last}") from error


def hand_out(desk: Desk, entry: IssueEntry) -> int:
    """Let the seals of a range that lie in stock be issued; returns how many of them are known already."""
    values = {"state": seal_life.State.ISSUED, "site": entry.site, "issued_ms": entry.issued_ms}
    dispatches.ask(desk.connection, desk.now_ms, sites=[entry.site])
    return seals.move_range(desk.connection, entry.first, entry.last, seal_life.State.STOCK, values)


def _enter(desk: Desk, entry: IssueEntry, *, request_number: int | None) -> int:
    span = span_of(entry.first, entry.last, entry.quantity)
    number = register(desk, entry, span, request=request_number)
    known = hand_out(desk, entry)
    desk.note(Act.SEAL_ISSUE, f"seal-issue:{number}", first=entry.first, last=entry.last, known=known)
    return number


def _e_only(kind: SealKind) -> None:
    if kind is not SealKind.E:
        raise Refusal("NO-BATCH", kind)


def _found(desk: Desk, number: int) -> Any:
    row = rows.find(desk.connection, number)
    if row is None:
        raise Refusal("NOT-FOUND", str(number))
    return row


def _move(desk: Desk, row: Any, step: Step, values: dict[str, Any]) -> None:
    after = following(MACHINE, State(row.state), step, f"seal-request {row.id}")
    if not rows.move(desk.connection, row.id, row.state, values | {"state": after}):
        raise Refusal("CONFLICT", str(row.id))
