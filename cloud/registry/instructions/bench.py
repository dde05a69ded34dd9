"""The workbench of one act: instructions of a few containers in memory, changed there, and written back at the end.

Whatever changes an instruction goes through here, so that state machine, tasks and folded facts always agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from cloud.domain.instructions import Facts, Reason, Verdict, fold
from cloud.domain.lifecycles.instruction import MACHINE, State, Step
from cloud.registry.refusals import Refusal
from cloud.registry.stepping import following
from cloud.store.registry import instructions as rows
from cloud.store.registry import officer_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

DETAIL_CHARS_MAX = 200
WRITTEN = "WRITTEN"
NOTHING = Facts()
LIVE = frozenset({State.UNDETERMINED, State.REQUIRED, State.FULFILLED, State.DISMISSED})
# questions that the answer "a seal is required" settles; that a code is unknown stays true
SETTLED_BY_CONFIRMING = frozenset(
    {Reason.EX, Reason.CODE_MISSING, Reason.CONDITION, Reason.UNKNOWN_FUNCTION, Reason.NOT_REPEATED}
)


@dataclass(kw_only=True)
class Working:
    """One instruction on the bench; `old_state` None: it is new."""

    id: str
    container: str
    basis: str
    state: State = MACHINE.initial
    old_state: State | None = None
    by_officer: bool = False
    document_no: str | None = None
    scan: str | None = None
    fulfilled_by: str | None = None
    created_ms: int = 0
    entered: Facts = NOTHING
    demands: list[tuple[Verdict, Facts]] = field(default_factory=list)
    beside: list[Facts] = field(default_factory=list)
    former: list[Facts] = field(default_factory=list)  # withdrawn: it is still recognised by them
    attached: set[tuple[str, int]] = field(default_factory=set)
    added: list[tuple[str, int]] = field(default_factory=list)
    changed: bool = False

    @property
    def ordered(self) -> bool:
        """Whether an officer ordered it: no message takes that back."""
        return self.by_officer or self.document_no is not None

    def says(self) -> list[Facts]:
        """Return everything by which it may be recognised."""
        return [self.entered, *(facts for _, facts in self.demands), *self.beside, *self.former]

    def legs(self) -> list[Facts]:
        """Return what tells for which leg of the way it was asked."""
        return [self.entered, *([facts for _, facts in self.demands] or self.former)]

    def attach(self, key: tuple[str, int], verdict: Verdict, facts: Facts) -> None:
        """Rest it on one more mention."""
        if key in self.attached:
            return
        self.attached.add(key)
        self.added.append(key)
        self._say(verdict, facts)
        self.changed = True

    def _say(self, verdict: Verdict, facts: Facts) -> None:
        if verdict is Verdict.NONE:
            self.beside.append(facts)
        else:
            self.demands.append((verdict, facts))

    def load(self, mention: Row[Any]) -> None:
        """Take a mention it rests on; one that was withdrawn says nothing any more."""
        self.attached.add((mention.message, mention.line))
        verdict, facts = Verdict(mention.verdict), msgspec.convert(mention.facts, Facts)
        if mention.withdrawn_ms is None:
            self._say(verdict, facts)
        elif verdict is not Verdict.NONE:
            self.former.append(facts)

    def step(self, step: Step) -> None:
        """Move it; Refusal STATE where the machine forbids that."""
        self.state = following(MACHINE, self.state, step, f"instruction {self.id}")
        self.changed = True


class Bench:
    """Instructions of some containers; `finish` writes what changed."""

    def __init__(self, connection: Connection, now_ms: int) -> None:
        self.connection = connection
        self.now_ms = now_ms
        self.by_id: dict[str, Working] = {}
        self._old: dict[str, Row[Any]] = {}
        self._by_container: dict[str, list[Working]] = {}
        self._tasks: dict[tuple[str, str], dict[str, Any]] = {}
        self._settled: set[str] = set()
        self._task_count = 0

    @property
    def task_count(self) -> int:
        """How many new questions there are for officers."""
        return self._task_count

    def load(self, found: Iterable[Row[Any]]) -> None:
        """Put instructions on the bench with all they rest on."""
        new = [row for row in found if row.id not in self.by_id]
        for row in new:
            self._old[row.id] = row
            self.put(
                Working(
                    id=row.id,
                    container=row.container,
                    basis=row.basis,
                    state=State(row.state),
                    old_state=State(row.state),
                    by_officer=bool(row.by_officer),
                    document_no=row.document_no,
                    scan=row.scan,
                    fulfilled_by=row.fulfilled_by,
                    created_ms=row.created_ms,
                    entered=msgspec.convert(row.entered, Facts),
                )
            )
        for mention in rows.mentions_of(self.connection, [row.id for row in new]):
            self.by_id[mention.instruction].load(mention)

    def put(self, working: Working) -> None:
        """Put one on the bench."""
        self.by_id[working.id] = working
        self._by_container.setdefault(working.container, []).append(working)

    def of(self, container: str) -> Sequence[Working]:
        """Return the instructions of a container, oldest first."""
        return self._by_container.get(container, ())

    def confirm(self, working: Working) -> None:
        """A seal is required: the questions about that are settled."""
        working.step(Step.CONFIRM)
        self._settled.add(working.id)

    def ask(self, reason: Reason, working: Working, message: str | None, detail: str = "") -> None:
        """Put a question about an instruction on the worklist, once."""
        task = {"reason": reason, "message": message, "instruction": working.id, "container": working.container}
        self._tasks.setdefault(
            (reason, working.id),
            task | {"detail": detail[:DETAIL_CHARS_MAX], "opened_ms": self.now_ms},
        )

    def finish(self, by: str) -> None:
        """Write everything; `by` settles questions. Refusal CONFLICT where somebody else was first."""
        touched = [working for working in self.by_id.values() if working.changed or working.added]
        new = [working for working in touched if working.old_state is None]
        rows.add(self.connection, [self._row(working) | {"created_ms": self.now_ms} for working in new])
        self._update([working for working in touched if working.old_state is not None])
        links = [
            {"instruction": working.id, "message": message, "line": line}
            for working in touched
            for message, line in working.added
        ]
        rows.attach(self.connection, links)
        self._finish_tasks(by)

    def _update(self, known: Iterable[Working]) -> None:
        changed: list[tuple[str, dict[str, Any]]] = []
        for working in known:
            row, old = self._row(working), self._old[working.id]
            # a list that is sent again changes few of its thousands of rows
            if any(getattr(old, name) != value for name, value in row.items() if name != "updated_ms"):
                changed.append((old.state, row))
        if not rows.change_all(self.connection, changed):
            raise Refusal("CONFLICT", f"one of {len(changed)} instructions, {changed[0][1]['id']} the first")

    def _finish_tasks(self, by: str) -> None:
        asked, withdrawn = {working for _, working in self._tasks}, self._withdrawn()
        closing, already = [], set()
        for task in officer_tasks.open_of(self.connection, self._settled | withdrawn | asked):
            over = task.instruction in withdrawn
            if over or (task.instruction in self._settled and task.reason in SETTLED_BY_CONFIRMING):
                closing.append(task.id)
            else:
                already.add((task.reason, task.instruction))
        officer_tasks.settle(self.connection, closing, by, self.now_ms)
        new = [task for key, task in self._tasks.items() if key not in already]
        officer_tasks.add(self.connection, new)
        self._task_count = len(new)

    def _withdrawn(self) -> set[str]:
        return {
            working.id
            for working in self.by_id.values()
            if working.state is State.WITHDRAWN and working.old_state is not State.WITHDRAWN
        }

    def _row(self, working: Working) -> dict[str, Any]:
        folded = fold([facts for _, facts in working.demands], working.beside, working.entered)
        told = msgspec.structs.asdict(folded)
        return {
            "id": working.id,
            "container": working.container,
            "state": working.state.value,
            "basis": working.basis,
            "by_officer": int(working.by_officer),
            "document_no": working.document_no,
            "scan": working.scan,
            "fulfilled_by": working.fulfilled_by,
            "entered": msgspec.to_builtins(working.entered),
            **{name: list(value) if isinstance(value, tuple) else value for name, value in told.items()},
            "updated_ms": self.now_ms,
        }
