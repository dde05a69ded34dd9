"""The table of seals: printed number (明碼), chip (暗碼), kind, key (R-002, R-034, 自備封條辦法 §15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.authority import Act
from cloud.domain.lifecycles.seal import ALIVE, State
from cloud.domain.seal_numbers import span
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import dispatches, movements
from cloud.store import seals as rows
from cloud.store.registry import seal_registers
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

Series = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{1,32}$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class SealEntry:
    """One seal; `series` names its verification key where the number does not tell it."""

    seal_no: str
    uid: str
    kind: str
    series: str | None = None


def put_seal(desk: Desk, entry: SealEntry) -> bool:
    """Register a seal with its chip, issued to whom its range was issued; True if it is new.

    The kind never changes (R-002), the chip not once it is paired. A seal entered alone is issued by that: it is one
    that an operator's own register lists.

    Raises:
        Refusal: FORBIDDEN, INVALID, SEAL-KIND, UID-TAKEN, SEAL-IN-USE, SEAL-DEAD.
    """
    desk.require(Act.SEAL_WRITE, subject=f"seal:{entry.seal_no}")
    check(entry)
    old = rows.find(desk.connection, entry.seal_no)
    owner = rows.by_uid(desk.connection, entry.uid)
    if owner is not None and owner.seal_no != entry.seal_no:
        raise Refusal("UID-TAKEN", entry.uid)
    if old is None:
        _add(desk, entry)
    elif (old.uid, old.kind, old.series) == (entry.uid, entry.kind, entry.series):
        return False
    else:
        _change(desk, old, entry)
    desk.note(Act.SEAL_WRITE, f"seal:{entry.seal_no}", kind=entry.kind)
    dispatches.ask(desk.connection, desk.now_ms, sites=places_of(desk, found(desk, entry.seal_no)))
    return old is None


def check(entry: SealEntry) -> None:
    """Hold an entry against the contract.

    Raises:
        Refusal: INVALID.
    """
    checked(entry.seal_no, messages.SealNumber, "seal_no")
    checked(entry.uid, messages.UidHex, "uid")
    checked(entry.kind, messages.SealKind, "kind")
    if entry.series is not None:
        checked(entry.series, Series, "series")


def _add(desk: Desk, entry: SealEntry) -> None:
    row = {"seal_no": entry.seal_no, "uid": entry.uid, "kind": entry.kind, "series": entry.series}
    issue = issue_of(desk, entry.seal_no) if entry.kind == messages.SealKind.E else None
    stock = {"state": State.ISSUED, "site": issue.site if issue else None}
    # Of two at once the second meets the constraint, is run again, and finds what the first made.
    rows.add(desk.connection, row | stock | {"issued_ms": issue.issued_ms if issue else desk.now_ms})


def _change(desk: Desk, old: Any, entry: SealEntry) -> None:
    if old.kind != entry.kind:
        raise Refusal("SEAL-KIND", entry.seal_no)
    if old.state not in ALIVE:
        raise Refusal("SEAL-DEAD", entry.seal_no)
    if old.uid != entry.uid and movements.live_of_seal(desk.connection, entry.seal_no) is not None:
        raise Refusal("SEAL-IN-USE", entry.seal_no)
    rows.change(desk.connection, entry.seal_no, {"uid": entry.uid, "series": entry.series})


def issue_of(desk: Desk, seal_no: str) -> Any:
    """Return the issue in force that a number belongs to, or None."""
    try:
        one = span(seal_no, seal_no)
    except ValueError:
        return None  # a number without counting digits is of no range
    return seal_registers.issue_of(desk.connection, one.prefix, one.width, one.first)


def places_of(desk: Desk, seal: Any) -> list[str]:
    """Return the places concerned: whose stock it is of, and between which it is under way."""
    moving = movements.live_of_seal(desk.connection, seal.seal_no)
    way = (moving.origin, moving.destination) if moving is not None else ()
    return [place for place in (seal.site, *way) if place]


def read(desk: Desk, seal_no: str) -> Any:
    """Return a seal.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    row = found(desk, seal_no)
    desk.require(Act.REGISTRY_READ, sites=[row.site] if row.site else (), subject=f"seal:{seal_no}")
    return row


def steps(desk: Desk, seal_no: str) -> Sequence[Any]:
    """Return what became of a seal, oldest first.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    read(desk, seal_no)
    return seal_registers.steps_of(desk.connection, seal_no)


def listed(desk: Desk, after: str, limit: int, *, state: str | None, kind: str | None) -> Sequence[Any]:
    """Return seals by number, those of one's own sites and of customs' own stock.

    Raises:
        Refusal: FORBIDDEN.
    """
    sites = desk.scope(Act.REGISTRY_READ, subject="seals")
    return rows.page(desk.connection, after, limit, sites=sites, state=state, kind=kind)


def found(desk: Desk, seal_no: str) -> Any:
    """Return a seal.

    Raises:
        Refusal: NOT-FOUND.
    """
    row = rows.find(desk.connection, seal_no)
    if row is None:
        raise Refusal("NOT-FOUND", seal_no)
    return row
