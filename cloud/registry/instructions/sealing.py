"""What a sealing answers: the pairing of a seal, or a vehicle-unit seal that a transport order reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.instructions import Facts, Reason, may_be_one_leg, speak_of_one
from cloud.domain.lifecycles.instruction import State, Step
from cloud.registry.instructions.bench import Bench, Working
from cloud.store.registry import instructions as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk


def fulfil(desk: Desk, *, container: str, by: str, papers: Sequence[Facts] = (), origin: str = "") -> list[str]:
    """Let a sealing answer the instruction for it; returns its id, or none.

    `by` names the sealing ("pairing:…"), `papers` what is known of the load (declaration or permit, bills), `origin`
    where it starts. Where several instructions fit and nothing tells them apart, none is answered and an officer asked.
    An undetermined one stays so: that a seal was put on says nothing about an examination.
    """
    bench, fitting = _fitting(desk, container, papers, origin)
    if len(fitting) == 1:
        fitting[0].fulfilled_by = by
        fitting[0].step(Step.FULFIL)
    elif fitting:
        bench.ask(Reason.AMBIGUOUS, fitting[0], None, f"{by}: {', '.join(working.id for working in fitting)}")
    bench.finish(by)
    return [working.id for working in fitting] if len(fitting) == 1 else []


def reopen(desk: Desk, by: str) -> list[str]:
    """Ask again for what a sealing had answered: it was cancelled, or its seal scrapped. Returns the ids."""
    found = rows.fulfilled_by(desk.connection, by)
    bench = Bench(desk.connection, desk.now_ms)
    bench.load(found)
    for working in bench.by_id.values():
        working.step(Step.REOPEN)
        working.fulfilled_by = None
    bench.finish(by)
    return [row.id for row in found]


def miss(desk: Desk, *, container: str, by: str, papers: Sequence[Facts], origin: str) -> list[str]:
    """Ask an officer about a load that leaves without the seal it needs (customs-messages §9); returns the ids."""
    bench, fitting = _fitting(desk, container, papers, origin)
    for working in fitting:
        bench.ask(Reason.SEAL_MISSING, working, None, by)
    bench.finish(by)
    return [working.id for working in fitting]


def _fitting(desk: Desk, container: str, papers: Sequence[Facts], origin: str) -> tuple[Bench, list[Working]]:
    """Return the required instructions of a container that a load answers to: by its papers, else by its origin."""
    bench = Bench(desk.connection, desk.now_ms)
    bench.load(rows.of_containers(desk.connection, [container], {State.REQUIRED}))
    here = [working for working in bench.of(container) if _starts_at(working, origin)]
    named = [working for working in here if _shares_papers(working, papers)]
    # papers that fit nothing are no proof of another load: declarations are entered by hand
    return bench, named or here


def _starts_at(working: Working, origin: str) -> bool:
    if working.entered.origin:
        return not origin or working.entered.origin == origin
    return all(may_be_one_leg(facts, Facts(origin=origin)) for facts in working.legs())


def _shares_papers(working: Working, papers: Sequence[Facts]) -> bool:
    return any(speak_of_one(known, paper) for known in working.says() for paper in papers)
