"""What a sealing answers: the pairing of a seal, or a vehicle-unit seal that a transport order reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.domain.instructions import Facts, Reason, may_be_one_leg, speak_of_one
from cloud.domain.lifecycles.instruction import MACHINE, State, Step
from cloud.registry.instructions.bench import Bench, Working
from cloud.registry.refusals import Refusal
from cloud.registry.stepping import following
from cloud.store import movements
from cloud.store.registry import instructions as rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cloud.registry.desk import Desk

TYPE_E, TYPE_UNIT = "5", "8"  # 電子封條, 車機封條 (D1): B asks for one of these
CANCELLED = "CANCELLED"
_DIRECTIONS = {"I": "1", "E": "2", "T": "3"}


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What a transport order says of a load: the types of its seals, and the papers of its cargo."""

    number: str
    container: str
    origin: str
    seal_types: Collection[str]
    papers: Sequence[Facts]


def fulfil(desk: Desk, *, container: str, by: str, papers: Sequence[Facts] = (), origin: str = "") -> list[str]:
    """Let a sealing answer the instruction for it; returns its id, or none.

    `by` names the sealing ("pairing:…"), `papers` what is known of the load (declaration or permit, bills), `origin`
    where it starts. Where several instructions fit and nothing tells them apart, none is answered and an officer asked.
    Nor is one answered by papers that name another declaration: an officer is asked.
    An undetermined one stays so: that a seal was put on says nothing about an examination.
    """
    bench, fitting = _fitting(desk, container, papers, origin)
    if len(fitting) == 1 and not _is_another_load(fitting[0], papers):
        move(desk, fitting[0].id, fitting[0].state, Step.FULFIL, by)
        return [fitting[0].id]
    if fitting:
        bench.ask(Reason.AMBIGUOUS, fitting[0], None, f"{by}: {', '.join(working.id for working in fitting)}")
        bench.finish(by)
    return []


def reopen(desk: Desk, by: str) -> list[str]:
    """Ask again for what a sealing had answered: it was cancelled, or its seal scrapped. Returns the ids."""
    found = rows.fulfilled_by(desk.connection, by)
    for row in found:
        move(desk, row.id, State(row.state), Step.REOPEN, None)
    return [row.id for row in found]


def move(desk: Desk, instruction_id: str, state: State, step: Step, by: str | None) -> None:
    """Let a sealing move an instruction, and touch nothing else of it: a message may be completing it meanwhile.

    Raises:
        Refusal: STATE where the machine forbids it, CONFLICT where somebody else was first.
    """
    after = following(MACHINE, state, step, f"instruction {instruction_id}")
    values = {"state": after.value, "fulfilled_by": by, "updated_ms": desk.now_ms}
    if not rows.change(desk.connection, instruction_id, state, values):
        raise Refusal("CONFLICT", f"instruction {instruction_id}")


def report(desk: Desk, order: Reported) -> None:
    """Hold the seals that a transport order reports against what was asked (customs-messages §9).

    An e-seal or a vehicle-unit seal answers; an order with neither leaves an officer's task where a seal was asked
    for. An order that comes again with other seals or another load is looked at anew.
    """
    by = f"order:{order.number}"
    reopen(desk, by)
    if TYPE_E in order.seal_types:
        for movement in movements.of_order(desk.connection, order.number):
            name = f"pairing:{movement.id}"
            if movement.state != CANCELLED and not rows.fulfilled_by(desk.connection, name):
                fulfil(desk, container=order.container, by=name, papers=order.papers, origin=order.origin)
    elif TYPE_UNIT in order.seal_types:
        fulfil(desk, container=order.container, by=by, papers=order.papers, origin=order.origin)
    else:
        bench, fitting = _fitting(desk, order.container, order.papers, order.origin)
        for working in fitting:
            bench.ask(Reason.SEAL_MISSING, working, None, by)
        bench.finish(by)


def paper(document: str, particulars: Mapping[str, str | int] | None) -> Facts:
    """Return by what a line of cargo of a transport order (R12) may be recognised."""
    told = {name: str(value) for name, value in (particulars or {}).items()}
    bills = tuple(bill for bill in (told.get("master_bill"), told.get("house_bill")) if bill)
    return Facts(
        direction=_DIRECTIONS.get(told.get("direction", ""), ""),
        declaration=document,
        registrations=(told["registration"],) if told.get("registration") else (),
        bills=bills,  # 主提單 or, of an export, 託運單
        bookings=bills,
    )


def _fitting(desk: Desk, container: str, papers: Sequence[Facts], origin: str) -> tuple[Bench, list[Working]]:
    """Return the required instructions of a container that a load answers to: by its papers, else by its origin."""
    bench = Bench(desk.connection, desk.now_ms)
    bench.load(rows.of_containers(desk.connection, [container], {State.REQUIRED}))
    here = [working for working in bench.of(container) if _starts_at(working, origin)]
    named = [working for working in here if _shares_papers(working, papers)]
    return bench, named or here


def _starts_at(working: Working, origin: str) -> bool:
    if working.entered.origin:
        return not origin or working.entered.origin == origin
    return all(may_be_one_leg(facts, Facts(origin=origin)) for facts in working.legs())


def _shares_papers(working: Working, papers: Sequence[Facts]) -> bool:
    return any(speak_of_one(known, paper) for known in working.says() for paper in papers)


def _is_another_load(working: Working, papers: Sequence[Facts]) -> bool:
    """Tell whether both sides name declarations or permits, and not one is shared."""
    known = {number for facts in working.says() for number in (facts.declaration, facts.permit)} - {""}
    named = {number for facts in papers for number in (facts.declaration, facts.permit)} - {""}
    return bool(known) and bool(named) and not _shares_papers(working, papers)
