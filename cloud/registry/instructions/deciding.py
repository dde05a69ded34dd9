"""What officers do with instructions: decide what messages leave open, write some themselves, complete, take back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.instructions import Facts
from cloud.domain.lifecycles.instruction import State, Step
from cloud.registry import documents
from cloud.registry.contract import checked
from cloud.registry.instructions.bench import WRITTEN, Bench, Working
from cloud.registry.instructions.sealing import CANCELLED, move
from cloud.registry.refusals import Refusal
from cloud.store import movements
from cloud.store.registry import instructions as rows
from cloud.store.registry import messages as customs_messages
from cloud.store.registry import officer_tasks
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

DocumentNumber = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
Paper = Annotated[str, Meta(max_length=14, pattern=r"^[^\x00-\x1f\x7f]*$")]
Remark = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class Decision(StrEnum):
    """What an officer makes of a task."""

    REQUIRE = "REQUIRE"  # 應加封
    DISMISS = "DISMISS"  # 免加封
    NOTED = "NOTED"  # 已閱: leaves the instruction as it is


@dataclass(frozen=True, kw_only=True)
class WrittenEntry:
    """A written instruction (海關書面文件指示, R-030): one container, the document's number, its scan."""

    container: str
    document_no: str
    scan: str
    origin: str = ""
    destination: str = ""
    declaration: str = ""
    permit: str = ""


@dataclass(frozen=True, kw_only=True)
class FactsEntry:
    """What no message told and an officer adds: route and papers; an empty value leaves it to the messages."""

    origin: str = ""
    destination: str = ""
    declaration: str = ""
    permit: str = ""


def decide(desk: Desk, task_id: int, decision: Decision, remark: str) -> None:
    """Settle a task of the worklist; a seal is required, is not, or nothing changes.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, TASK-CLOSED, TASK-DECISION (an undetermined instruction cannot be left so, a
            task of a whole message has no instruction to decide on), STATE (dismissed only while undetermined).
    """
    desk.require(Act.INSTRUCTION_DECIDE, subject=f"task:{task_id}")
    task = officer_tasks.find(desk.connection, task_id)
    if task is None:
        raise Refusal("NOT-FOUND", str(task_id))
    places = (task.site,) if task.site is not None else _sites(task)
    desk.require(Act.INSTRUCTION_DECIDE, sites=places, subject=f"task:{task_id}")
    checked(remark, Remark, "remark")
    closing = {"closed_ms": desk.now_ms, "closed_by": desk.actor.account, "remark": remark}
    if not officer_tasks.close(desk.connection, task_id, closing | {"decision": decision.value}):
        raise Refusal("TASK-CLOSED", str(task_id))
    if task.instruction is None:
        if decision is not Decision.NOTED:
            raise Refusal("TASK-DECISION", "no instruction: write one for the containers concerned, then note this")
    else:
        _decide_instruction(desk, task.instruction, decision)
        _close_the_rest(desk, task.instruction, decision, closing)
    desk.note(Act.INSTRUCTION_DECIDE, f"task:{task_id}", decision=decision, instruction=task.instruction)


def _sites(row: Any) -> tuple[str, ...]:
    return tuple(site for site in (row.origin, row.destination) if site)


def _decide_instruction(desk: Desk, instruction_id: str, decision: Decision) -> None:
    bench, working = _take(desk, instruction_id)
    if decision is Decision.NOTED:
        if working.state is State.UNDETERMINED:
            raise Refusal("TASK-DECISION", f"instruction {instruction_id} is undetermined: require or dismiss it")
        return
    if decision is Decision.REQUIRE:
        if working.state is State.UNDETERMINED:
            working.step(Step.CONFIRM)
        elif working.state is State.FULFILLED:  # one more seal, after the one that was put on
            working.step(Step.REOPEN)
            working.fulfilled_by = None
        elif working.state is not State.REQUIRED:
            raise Refusal("TASK-DECISION", f"instruction {instruction_id} is {working.state}: write a new one")
        working.by_officer = True
        working.changed = True
    else:
        working.step(Step.DISMISS)
    bench.finish(desk.actor.account)


def _close_the_rest(desk: Desk, instruction_id: str, decision: Decision, closing: dict[str, Any]) -> None:
    """An instruction that was decided on has no other open question."""
    if decision is Decision.NOTED:
        return
    for other in officer_tasks.open_of(desk.connection, [instruction_id]):
        officer_tasks.close(desk.connection, other.id, closing | {"decision": decision.value})


def _take(desk: Desk, instruction_id: str) -> tuple[Bench, Working]:
    customs_messages.alone(desk.connection)  # a message may be changing it: one after the other
    row = rows.find(desk.connection, instruction_id)
    if row is None:
        raise Refusal("NOT-FOUND", instruction_id)
    bench = Bench(desk.connection, desk.now_ms)
    bench.load([row])
    return bench, bench.by_id[instruction_id]


def write(desk: Desk, entry: WrittenEntry) -> str:
    """Order a container sealed by a written document; returns the instruction's id.

    Raises:
        Refusal: FORBIDDEN, INVALID, DOCUMENT-UNKNOWN, INSTRUCTION-TAKEN.
    """
    facts = _facts(
        FactsEntry(
            origin=entry.origin, destination=entry.destination, declaration=entry.declaration, permit=entry.permit
        )
    )
    desk.require(Act.INSTRUCTION_WRITE, sites=_places(facts), subject=f"container:{entry.container}")
    checked(entry.container, messages.ContainerNumber, "container")
    checked(entry.document_no, DocumentNumber, "document_no")
    documents.require(desk, entry.scan, sites=_places(facts))
    customs_messages.alone(desk.connection)  # a message that comes now must find it
    bench = Bench(desk.connection, desk.now_ms)
    working = Working(
        id=f"{WRITTEN}-{desk.now_ms:x}-{entry.container}"[:32],
        container=entry.container,
        basis=WRITTEN,
        by_officer=True,
        document_no=entry.document_no,
        scan=entry.scan,
        entered=facts,
    )
    bench.put(working)
    bench.confirm(working)
    try:
        with desk.connection.begin_nested():
            bench.finish(desk.actor.account)
    except IntegrityError as error:
        raise Refusal("INSTRUCTION-TAKEN", f"{entry.document_no}, {entry.container}") from error
    desk.note(Act.INSTRUCTION_WRITE, f"instruction:{working.id}", document_no=entry.document_no)
    return working.id


def complete(desk: Desk, instruction_id: str, entry: FactsEntry) -> None:
    """Enter route and papers that no message told, or that messages contradict (customs-messages §4).

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, INVALID, STATE (only while it is open), CONFLICT.
    """
    desk.require(Act.INSTRUCTION_WRITE, subject=f"instruction:{instruction_id}")
    bench, working = _take(desk, instruction_id)
    facts = _facts(entry)
    row = rows.find(desk.connection, instruction_id)
    desk.require(Act.INSTRUCTION_WRITE, sites=_sites(row) or _places(facts), subject=f"instruction:{instruction_id}")
    if working.state not in {State.UNDETERMINED, State.REQUIRED}:
        raise Refusal("STATE", f"instruction {instruction_id} is {working.state}")
    working.entered = facts
    working.changed = True
    bench.finish(desk.actor.account)
    desk.note(Act.INSTRUCTION_WRITE, f"instruction:{instruction_id}", **msgspec.to_builtins(facts))


def withdraw(desk: Desk, instruction_id: str, reason: str) -> None:
    """Take an open instruction back, for a reason that stays on the audit log.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, INVALID, STATE, CONFLICT.
    """
    desk.require(Act.INSTRUCTION_DECIDE, subject=f"instruction:{instruction_id}")
    bench, working = _take(desk, instruction_id)
    row = rows.find(desk.connection, instruction_id)
    desk.require(Act.INSTRUCTION_DECIDE, sites=_sites(row), subject=f"instruction:{instruction_id}")
    checked(reason, Remark, "reason")
    working.step(Step.WITHDRAW)
    bench.finish(desk.actor.account)
    desk.note(Act.INSTRUCTION_DECIDE, f"instruction:{instruction_id}", decision="WITHDRAW", reason=reason)


def answer(desk: Desk, instruction_id: str, movement_id: str) -> None:
    """Say which pairing answers an instruction where nothing else could tell (AMBIGUOUS on the worklist).

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, INVALID (the pairing is over, or of another unit), STATE, CONFLICT.
    """
    subject = f"instruction:{instruction_id}"
    desk.require(Act.INSTRUCTION_DECIDE, subject=subject)
    row = rows.find(desk.connection, instruction_id)
    movement = movements.find(desk.connection, movement_id)
    if row is None or movement is None:
        raise Refusal("NOT-FOUND", instruction_id if row is None else movement_id)
    desk.require(Act.INSTRUCTION_DECIDE, sites=_sites(row), subject=subject)
    if movement.state == CANCELLED or movement.container != row.container:
        raise Refusal("INVALID", f"movement {movement_id}")
    move(desk, instruction_id, State(row.state), Step.FULFIL, f"pairing:{movement_id}")
    desk.note(Act.INSTRUCTION_DECIDE, subject, decision="ANSWER", movement=movement_id)


def _facts(entry: FactsEntry) -> Facts:
    for name in ("origin", "destination"):
        if getattr(entry, name):
            checked(getattr(entry, name), messages.PlaceCode, name)
    checked(entry.declaration, Paper, "declaration")
    checked(entry.permit, Paper, "permit")
    return Facts(origin=entry.origin, destination=entry.destination, declaration=entry.declaration, permit=entry.permit)


def _places(facts: Facts) -> Sequence[str]:
    return [site for site in (facts.origin, facts.destination) if site]
