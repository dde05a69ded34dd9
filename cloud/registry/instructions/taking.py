"""What a message of customs does to sealing instructions: begins, confirms, completes, doubts or withdraws them.

The rule above all: silence proves nothing. Only a message that takes back the last ground, or an officer, ends one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from cloud.domain.instructions import Facts, Function, Mention, Reason, Task, Verdict, may_be_one_leg, speak_of_one
from cloud.domain.lifecycles.instruction import State, Step
from cloud.registry.instructions.bench import LIVE, Bench, Working
from cloud.store.registry import instructions as rows
from cloud.store.registry import messages, officer_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

# A vessel registration comes round again; papers of one carriage do not lie this far apart.
JOIN_DAYS_MAX = 180
DAY_MS = 86_400_000
# a list may be taken back in part; permits and releases are taken back whole
WITHDRAWN_BY_CONTAINER = frozenset({"N5166"})


@dataclass(frozen=True, kw_only=True)
class Source:
    """The message that acts: its id, kind, function, and what a replacement or withdrawal of it refers to."""

    id: str
    kind: str
    scope: str
    function: Function


@dataclass(kw_only=True)
class Changed:
    """What a message changed; ids of instructions."""

    created: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    tasks: int = 0


def take(
    connection: Connection, source: Source, mentions: Sequence[Mention], tasks: Sequence[Task], now_ms: int
) -> Changed:
    """Let a message act; the caller holds the lock of messages. Raises Refusal CONFLICT."""
    bench, changed = Bench(connection, now_ms), Changed()
    gone = _taken_back(connection, source, mentions)
    keys = [(row.message, row.line) for row in gone]
    messages.withdraw(connection, keys, source.id, now_ms)
    affected = rows.of_mentions(connection, keys)
    containers = {row.container for row in gone} | {mention.container for mention in mentions}
    bench.load(rows.of_containers(connection, containers, LIVE))
    if source.function is not Function.DELETE:
        _add(bench, source, mentions, changed)
    for instruction_id in affected:
        if instruction_id in bench.by_id:
            _reconsider(bench, bench.by_id[instruction_id], source, changed)
    bench.finish(source.id)
    whole = list(tasks)
    if source.function is Function.DELETE and not messages.known_scope(connection, source.kind, source.scope):
        whole.append(Task(reason=Reason.DELETE_WITHOUT_ADD, detail=source.scope))
    changed.tasks = bench.task_count + ask_of_message(connection, source.id, whole, now_ms)
    return changed


def ask_of_message(connection: Connection, message: str, tasks: Sequence[Task], now_ms: int) -> int:
    """Put questions about a whole message on the worklist, each once; returns how many are new."""
    new = [task for task in tasks if not officer_tasks.open_of_message(connection, message, task.reason)]
    officer_tasks.add(
        connection,
        [
            {"reason": task.reason, "message": message, "container": "", "detail": task.detail, "opened_ms": now_ms}
            for task in new
        ],
    )
    return len(new)


def _taken_back(connection: Connection, source: Source, mentions: Sequence[Mention]) -> Sequence[Row[Any]]:
    if source.function not in {Function.DELETE, Function.REPLACE}:
        return ()
    live = messages.live_of_scope(connection, source.kind, source.scope)
    if source.function is Function.REPLACE or source.kind not in WITHDRAWN_BY_CONTAINER:
        return live
    named = {mention.container for mention in mentions}
    return [row for row in live if row.container in named]


def _add(bench: Bench, source: Source, mentions: Sequence[Mention], changed: Changed) -> None:
    since_ms = bench.now_ms - JOIN_DAYS_MAX * DAY_MS
    earlier: dict[str, list[Row[Any]]] = {}
    for row in messages.live_of_containers(bench.connection, {mention.container for mention in mentions}, since_ms):
        earlier.setdefault(row.container, []).append(row)
    messages.add_mentions(bench.connection, [_row(source, mention, bench.now_ms) for mention in mentions])
    # demands first: what is silent of the same container then finds the instruction it completes
    for mention in sorted(mentions, key=lambda mention: mention.verdict is Verdict.NONE):
        key = (source.id, mention.line)
        candidates = [working for working in bench.of(mention.container) if _may_matter(working, since_ms)]
        joined = [working for working in candidates if _one(working, mention.facts, source)]
        if mention.verdict is Verdict.NONE:
            for working in joined:
                working.attach(key, mention.verdict, mention.facts)
                changed.completed.append(working.id)
            continue
        working = _meet(bench, mention, source, joined, changed)
        working.attach(key, mention.verdict, mention.facts)
        _complete(working, earlier.get(mention.container, []))
        if mention.unknown_codes:
            bench.ask(Reason.UNKNOWN_CODE, working, source.id, ", ".join(mention.unknown_codes))


def _may_matter(working: Working, since_ms: int) -> bool:
    """Tell whether an instruction is open, or was settled so lately that the carriage may be the same."""
    settled = working.old_state in {State.FULFILLED, State.DISMISSED}
    return not settled or working.created_ms >= since_ms


def _one(working: Working, facts: Facts, source: Source | None = None) -> bool:
    same_message = source is not None and any(message == source.id for message, _ in working.attached)
    return same_message or any(speak_of_one(known, facts) for known in working.says())


def _row(source: Source, mention: Mention, now_ms: int) -> dict[str, Any]:
    return {
        "message": source.id,
        "line": mention.line,
        "kind": source.kind,
        "scope": source.scope,
        "container": mention.container,
        "verdict": mention.verdict.value,
        "facts": msgspec.to_builtins(mention.facts),
        "at_ms": now_ms,
    }


def _meet(bench: Bench, mention: Mention, source: Source, joined: Sequence[Working], changed: Changed) -> Working:
    """Return the instruction that a demand belongs to: one of the same leg if there is any, else a new one.

    After a sealing the demand may be the one that was answered or one more: that is for an officer.
    """
    leg = [working for working in joined if _same_leg(working, mention.facts)]
    of_state = {state: [working for working in leg if working.state is state] for state in State}
    if open_ones := [*of_state[State.REQUIRED], *of_state[State.UNDETERMINED]]:
        working = open_ones[0]
        if working.state is State.UNDETERMINED:
            _hear_again(bench, working, mention, source, changed)
        return working
    if mention.verdict is Verdict.REQUIRED and of_state[State.DISMISSED]:
        working = of_state[State.DISMISSED][0]
        _hear_again(bench, working, mention, source, changed)
        return working
    if of_state[State.FULFILLED]:
        working = of_state[State.FULFILLED][0]
        bench.ask(Reason.AFTER_SEALING, working, source.id, source.kind)
        return working
    return _begin(bench, mention, source, changed)


def _same_leg(working: Working, facts: Facts) -> bool:
    return all(may_be_one_leg(known, facts) for known in working.legs())


def _hear_again(bench: Bench, working: Working, mention: Mention, source: Source, changed: Changed) -> None:
    if mention.verdict is Verdict.REQUIRED:
        bench.confirm(working)
        changed.confirmed.append(working.id)
    elif mention.reason is not None:
        bench.ask(mention.reason, working, source.id)


def _begin(bench: Bench, mention: Mention, source: Source, changed: Changed) -> Working:
    name = f"{source.kind}-{source.id[:12]}-{mention.line}"
    working = Working(id=name, container=mention.container, basis=source.kind, changed=True)
    bench.put(working)
    if mention.verdict is Verdict.REQUIRED:
        bench.confirm(working)
    else:
        bench.ask(mention.reason or Reason.UNKNOWN_CODE, working, source.id)
    changed.created.append(working.id)
    return working


def _complete(working: Working, earlier: Sequence[Row[Any]]) -> None:
    """Add what earlier messages said of the same carriage, and what that leads to in turn."""
    waiting = [(row, msgspec.convert(row.facts, Facts)) for row in earlier if row.verdict == Verdict.NONE]
    while True:
        found = [(row, facts) for row, facts in waiting if _one(working, facts)]
        if not found:
            return
        waiting = [pair for pair in waiting if pair not in found]
        for row, facts in found:
            working.attach((row.message, row.line), Verdict.NONE, facts)


def _reconsider(bench: Bench, working: Working, source: Source, changed: Changed) -> None:
    """Decide what becomes of an instruction after a message took back something it rested on."""
    working.changed = True  # what it knew from there is gone, whatever its state
    verdicts = {verdict for verdict, _ in working.demands}
    if Verdict.REQUIRED in verdicts:
        return
    if working.ordered:
        bench.ask(Reason.WITHDRAWN_BUT_ORDERED, working, source.id, source.scope)
    elif working.state is State.FULFILLED:
        bench.ask(Reason.WITHDRAWN_AFTER_SEALING, working, source.id, source.scope)
    elif working.state is State.REQUIRED and (verdicts or source.function is Function.REPLACE):
        working.step(Step.DOUBT)
        bench.ask(Reason.NOT_REPEATED, working, source.id, source.scope)
        changed.doubted.append(working.id)
    elif working.state in {State.REQUIRED, State.UNDETERMINED} and not verdicts:
        if source.function is Function.REPLACE:
            bench.ask(Reason.NOT_REPEATED, working, source.id, source.scope)
            return
        working.step(Step.WITHDRAW)
        changed.withdrawn.append(working.id)
