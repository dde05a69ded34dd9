"""加封申請: operators and traders ask for a sealing, a supervising officer decides (R-004, R-035)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cloud.domain import authority
from cloud.domain.authority import Act
from cloud.domain.lifecycles.application import MACHINE, State, Step
from cloud.registry import documents, places
from cloud.registry.contract import DocumentNumber, checked
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.sealing.declared import LetterNumber
from cloud.registry.stepping import following
from cloud.store.registry import applications as rows
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

Ground = Literal["N5108", "N5170", "N5166", "N5302", "N5116", "N5204", "WRITTEN"]  # R-024…R-030


@dataclass(frozen=True, kw_only=True)
class ApplicationEntry:
    """What is asked: a seal of this kind on this unit at this site, on the ground of a message or written order."""

    kind: messages.SealKind
    container: str
    site: str
    ground: Ground
    document: str
    destination: str | None = None
    papers: Sequence[str] = ()  # documents put before, by SHA-256
    note: str = ""


def file(desk: Desk, entry: ApplicationEntry) -> int:
    """File an application and return its number.

    Raises:
        Refusal: FORBIDDEN, INVALID, SITE-UNKNOWN, DOCUMENT-UNKNOWN.
    """
    desk.require(Act.SEALING_APPLY, sites=[entry.site], subject=f"container:{entry.container}")
    checked(entry.container, messages.ContainerNumber, "container")
    checked(entry.document, LetterNumber if entry.ground == "WRITTEN" else DocumentNumber, "document")
    places.require(desk.connection, entry.site, *([entry.destination] if entry.destination else []))
    documents.require(desk, *entry.papers, sites=[entry.site])
    row = {name: getattr(entry, name) for name in ApplicationEntry.__dataclass_fields__}
    row |= {"papers": list(entry.papers), "state": MACHINE.initial, "account": desk.actor.account}
    number = rows.add(desk.connection, row | {"filed_ms": desk.now_ms})
    desk.note(Act.SEALING_APPLY, f"application:{number}", kind=entry.kind, container=entry.container)
    return number


def decide(desk: Desk, number: int, *, approve: bool, remark: str) -> None:
    """Approve or refuse; a refusal says why.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, STATE, CONFLICT.
    """
    row = _found(desk, number)
    desk.require(Act.SEALING_DECIDE, sites=[row.site], subject=f"application:{number}")
    if not approve and not remark:
        raise Refusal("INVALID", "remark: a refusal needs its reason")
    decision = {"officer": desk.actor.account, "decided_ms": desk.now_ms, "remark": remark}
    _move(desk, row, Step.APPROVE if approve else Step.REFUSE, decision)
    desk.note(Act.SEALING_DECIDE, f"application:{number}", approved=approve)


def withdraw(desk: Desk, number: int) -> None:
    """Take an application back; only who filed it may.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATE, CONFLICT.
    """
    row = _found(desk, number)
    desk.require(Act.SEALING_APPLY, sites=[row.site], subject=f"application:{number}")
    if row.account != desk.actor.account:
        raise Denied(Act.SEALING_APPLY, f"application:{number}", "another account has filed it")
    _move(desk, row, Step.WITHDRAW, {})
    desk.note(Act.SEALING_APPLY, f"application:{number}", withdrawn=True)


def read(desk: Desk, number: int) -> Any:
    """Return one application to who filed it, or who decides at its site.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN.
    """
    row = _found(desk, number)
    if row.account != desk.actor.account:
        desk.require(Act.SEALING_READ, sites=[row.site], subject=f"application:{number}")
    return row


def listed(desk: Desk, after: int, limit: int, state: str | None) -> Sequence[Any]:
    """Return applications by number: one's own, and those at the sites one reads at."""
    sites = authority.scope(desk.actor, Act.SEALING_READ)
    return rows.page(desk.connection, after, limit, sites=sites, account=desk.actor.account, state=state)


def seal(desk: Desk, number: int, *, container: str, kind: str) -> None:
    """Let a pairing answer an approved application.

    Raises:
        Refusal: APPLICATION-UNFIT, STATE, CONFLICT.
    """
    row = rows.find(desk.connection, number)
    if row is None or (row.container, row.kind) != (container, kind):
        raise Refusal("APPLICATION-UNFIT", str(number))
    _move(desk, row, Step.SEAL, {})


def unseal(desk: Desk, number: int) -> None:
    """Let an application wait again whose pairing was cancelled."""
    _move(desk, _found(desk, number), Step.UNSEAL, {})


def _found(desk: Desk, number: int) -> Any:
    row = rows.find(desk.connection, number)
    if row is None:
        raise Refusal("NOT-FOUND", str(number))
    return row


def _move(desk: Desk, row: Any, step: Step, values: dict[str, Any]) -> None:
    after = following(MACHINE, State(row.state), step, f"application {row.id}")
    if not rows.move(desk.connection, row.id, row.state, values | {"state": after}):
        raise Refusal("CONFLICT", str(row.id))
