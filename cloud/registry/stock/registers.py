"""The registers for customs' inspection: issue (專簿), use (配封逐筆記錄), and the steps of scrap (R-032…R-034, A9-16).

Nothing in them is changed: a correction is a new row that names the one it corrects, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.lifecycles.seal import State
from cloud.domain.seal_numbers import Span
from cloud.registry.contract import DocumentNumber, checked
from cloud.registry.exports import Sheet
from cloud.registry.refusals import Refusal
from cloud.registry.stock import requests
from cloud.store import dispatches, movements, seals
from cloud.store.registry import seal_registers as rows
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloud.registry.desk import Desk
    from cloud.registry.stock.requests import IssueEntry

Register: TypeAlias = Literal["issues", "uses", "steps"]
SHEET_ROWS_MAX = 100_000


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which rows: dated from `from_ms` to before `to_ms`, of one site or of all one may see, of one kind or both."""

    from_ms: int
    to_ms: int
    site: str | None = None
    kind: str | None = None


def listed(desk: Desk, register: Register, query: Query, after: int, limit: int) -> Sequence[Any]:
    """Return rows of a register by number, corrected ones and corrections alike.

    Raises:
        Refusal: FORBIDDEN.
    """
    sites = desk.scope(Act.REGISTER_READ, subject=f"register:{register}")
    if query.site is not None:
        desk.require(Act.REGISTER_READ, sites=[query.site], subject=f"register:{register}")
        sites = frozenset({query.site})
    span = {"from_ms": query.from_ms, "to_ms": query.to_ms}
    return rows.listed(desk.connection, register, after, limit, sites=sites, kind=query.kind, **span)


def sheet(desk: Desk, register: Register, query: Query, when: Callable[[int], str]) -> Sheet:
    """Return a register as a table for people; `when` writes a moment as they read it.

    Raises:
        Refusal: FORBIDDEN, INVALID (too many rows for one file).
    """
    found = listed(desk, register, query, 0, SHEET_ROWS_MAX + 1)
    if len(found) > SHEET_ROWS_MAX:
        raise Refusal("INVALID", f"more than {SHEET_ROWS_MAX} rows: ask for a shorter time")
    name, header, read = _SHEETS[register]
    return Sheet(name=name, header=header, rows=[read(row, when) for row in found])


def _issue(row: Any, when: Callable[[int], str]) -> list[str | int | None]:
    span = Span(row.prefix, row.width, row.first, row.last)
    numbers = [span.number(row.first), span.number(row.last), row.quantity]
    return [row.id, when(row.issued_ms), row.site, *numbers, row.corrects, row.reason, row.account, when(row.at_ms)]


def _use(row: Any, when: Callable[[int], str]) -> list[str | int | None]:
    facts = [when(row.paired_ms), row.seal_no, row.kind, row.document, row.unit, row.site]
    return [row.id, *facts, row.corrects, row.reason, row.account, when(row.at_ms)]


def _step(row: Any, when: Callable[[int], str]) -> list[str | int | None]:
    told = "；".join(str(value) for value in row.detail.values())
    return [row.id, when(row.at_ms), row.seal_no, row.kind, row.step, told, row.site, row.account]


_CORRECTION = ("更正原序號", "更正理由", "登錄帳號", "登錄時間")
_SHEETS: dict[str, tuple[str, tuple[str, ...], Callable[..., list[str | int | None]]]] = {
    "issues": ("封條領用登記簿", ("序號", "領用日期", "卸存地代碼", "起號", "迄號", "數量", *_CORRECTION), _issue),
    "uses": (
        "封條使用登記簿",
        (
            "序號",
            "配封日期",
            "封條號碼",
            "種類",
            "報單或轉運准單號碼",
            "貨櫃或運貨工具號碼",
            "卸存地代碼",
            *_CORRECTION,
        ),
        _use,
    ),
    "steps": (
        "封條報廢登記簿",
        ("序號", "時間", "封條號碼", "種類", "步驟", "說明", "卸存地代碼", "登錄帳號"),
        _step,
    ),
}


def correct_issue(desk: Desk, number: int, entry: IssueEntry, reason: str) -> int:
    """Correct an issue; seals it no longer covers go back into stock. Returns the new row.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, CORRECTED, RANGE, QUANTITY, RANGE-TAKEN, SEAL-IN-USE.
    """
    old = _correctable(desk, "issues", number, reason)
    for site in {old.site, entry.site}:  # a right at either is not enough: a range changes hands
        desk.require(Act.SEAL_ISSUE, sites=[site], subject=f"seal-issue:{number}")
    requests.check(desk, entry)
    span = requests.span_of(entry.first, entry.last, entry.quantity)
    _take_back(desk, Span(old.prefix, old.width, old.first, old.last), entry, span)
    new = requests.register(desk, entry, span, request=old.request, corrects=number, reason=reason)
    requests.hand_out(desk, entry)
    dispatches.ask(desk.connection, desk.now_ms, sites=[old.site])
    desk.note(Act.REGISTER_CORRECT, f"seal-issue:{number}", by=new)
    return new


def _take_back(desk: Desk, old: Span, entry: IssueEntry, new: Span) -> None:
    """Return what the old range covered into stock; a seal that is used or scrapped must stay covered."""
    first, last = old.number(old.first), old.number(old.last)
    for seal in seals.in_range(desk.connection, first, last):
        left_out = seal.seal_no not in new or entry.site != seal.site
        if not left_out:
            continue
        used = movements.live_of_seal(desk.connection, seal.seal_no) is not None
        if used or seal.state not in {State.ISSUED, State.STOCK}:
            raise Refusal("SEAL-IN-USE", seal.seal_no)
    back = {"state": State.STOCK, "site": None, "issued_ms": None}
    seals.move_range(desk.connection, first, last, State.ISSUED, back)


def correct_use(desk: Desk, number: int, *, document: str, unit: str, reason: str) -> int:
    """Correct declaration or unit of a use record; returns the new row.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, CORRECTED.
    """
    old = _correctable(desk, "uses", number, reason)
    checked(document, DocumentNumber, "document")
    checked(unit, messages.ContainerNumber, "unit")
    same = {name: getattr(old, name) for name in ("seal_no", "kind", "movement", "site", "paired_ms")}
    row = same | {"document": document, "unit": unit, "corrects": number, "reason": reason}
    try:
        with desk.connection.begin_nested():
            new = rows.add_use(desk.connection, row | {"account": desk.actor.account, "at_ms": desk.now_ms})
    except IntegrityError as error:
        raise Refusal("CORRECTED", str(number)) from error
    desk.note(Act.REGISTER_CORRECT, f"seal-use:{number}", by=new)
    return new


def _correctable(desk: Desk, register: Register, number: int, reason: str) -> Any:
    old = rows.find(desk.connection, register, number)
    if old is None:
        raise Refusal("NOT-FOUND", str(number))
    desk.require(Act.REGISTER_CORRECT, sites=[old.site], subject=f"register:{register}")
    if not reason.strip():
        raise Refusal("INVALID", "reason: a correction says why")
    if rows.corrected(desk.connection, register, number):
        raise Refusal("CORRECTED", str(number))
    return old
