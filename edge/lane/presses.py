"""What people press at a lane, each press as far as the table allows it; a press that is not possible is refused."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from edge.domain import course
from edge.domain.evidence import UNPROVED
from edge.domain.session import Signal, answered
from edge.domain.transitions import TRANSITIONS
from edge.domain.view import Act, Check, Refused, Step
from edge.lane.collecting import Collecting
from edge.lane.pins import Tried
from schemas.messages import Abnormal, Operation, SealKind, SealPosition

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.domain.session import Session
    from edge.lane.procedure import Procedure

log = logging.getLogger("sealgate.lane")
PIN_SIGNALS = {Tried.WRONG: Signal.PIN_WRONG, Tried.LOCKED: Signal.PIN_LOCKED}


class Presses:
    """The buttons of one lane's page."""

    def __init__(self, procedure: Procedure) -> None:
        self._at = procedure
        self._collecting = Collecting(procedure)
        self._acts: dict[str, Callable[[Act], Awaitable[None]]] = {
            "answer": self._answer,
            "operation": self._operation,
            "unreadable": self._unreadable,
            "lookup": self._lookup,
            "choose": self._choose,
            "next": lambda _act: self._collecting.hold(),
            "photo": lambda _act: self._collecting.picture(),
            "keep": self._collecting.keep,
            "pin": self._pin,
            "paper": self._collecting.paper,
            "confirm": self._confirm,
            "undo": self._undo,
            "cancel": self._leave,
            "sign_out": self._leave,
            "acknowledge": self._acknowledge,
        }

    async def press(self, act: Act) -> None:
        """Carry out a press; raises Refused where it is not possible now."""
        if act.act not in course.possible(self._session, self._at.direction):
            raise Refused("NOT-NOW")
        await self._acts[act.act](act)

    @property
    def _session(self) -> Session:
        return self._at.session

    async def _answer(self, act: Act) -> None:
        """R-054: each question is answered for itself; a press meant for an earlier question is refused."""
        session, check = self._session, self._session.check
        if check is None or act.check is not check or act.ok is None:
            raise Refused("NOT-NOW")
        facts: dict[str, Any] = {"answers": answered(session, check, ok=act.ok)}
        if check is Check.SEALED:
            facts |= self._sealed(act)
        last = len(facts["answers"]) == len(session.questions)
        await self._move_or_refuse((Signal.LAST_YES if last else Signal.YES) if act.ok else Signal.NO, **facts)
        if self._session.step is Step.PHOTO:
            await self._collecting.picture()

    def _sealed(self, act: Act) -> dict[str, Any]:
        """R-043, R-055: where the seal sits, or what is wrong with it."""
        offered = course.choices(self._session)
        if not act.ok:
            if act.choice not in course.SAID_NO:
                raise Refused("NOT-NOW")
            return {"wrong": act.choice}
        expected = self._session.ruling.expected if self._session.ruling else None
        allowed = expected.positions if expected else ()
        if len(allowed) == 1:
            return {"seal_position": allowed[0]}
        if not allowed:
            return {}
        if act.choice not in offered or act.choice in course.SAID_NO:
            raise Refused("NOT-NOW")
        return {"seal_position": SealPosition(act.choice)}

    async def _operation(self, act: Act) -> None:
        """Choose another operation than the one that follows from the seal."""
        offered = course.offered(self._session, self._at.direction)
        if act.choice not in offered:
            raise Refused("NOT-NOW")
        here = Signal.CHOSEN if self._session.step is Step.SIGNED_IN else Signal.ABNORMAL
        await self._move_or_refuse(here, chosen=Operation(act.choice))

    async def _unreadable(self, _act: Act) -> None:
        await self._move_or_refuse(Signal.UNREADABLE)

    async def _lookup(self, act: Act) -> None:
        """Find the movement of what was typed; what nothing knows is taken down as written, at the second try."""
        if act.written is None:
            raise Refused("NOT-NOW")
        at, session, written = self._at, self._session, course.trimmed(act.written)
        at.pictures.next_vehicle()
        if session.outage is not None and written.container:
            await at.written_down(written)
            return
        papers = at.desk.papers.in_force
        expected, error = course.lookup(papers, written) if session.outage is None else (None, "LOOKUP-EMPTY")
        again = error == "LOOKUP-NONE" and session.written == written
        if error is not None and not again:
            await self._move_or_refuse(Signal.NOT_FOUND, written=written, lookup_error=error)
            return
        site = papers.manifest.site.code if papers else ""
        chosen = session.chosen or course.for_unread(expected, site, at.direction)
        facts = {"ruling": at.judge.unread(chosen, expected), "position": at.judge.position(), "written": written}
        unreadable = (Abnormal.UNREADABLE,) if chosen is Operation.ABNORMAL_IN and _is_e(expected) else ()
        await self._move_or_refuse(Signal.FOUND, chosen=chosen, abnormal=unreadable, lookup_error=None, **facts)

    async def _choose(self, act: Act) -> None:
        """R-059, R-068, R-072, R-091: why, or what is wrong."""
        session = self._session
        if act.choice not in course.choices(session) or session.chosen is None:
            raise Refused("NOT-NOW")
        signal = course.grounds_signal(session.chosen)
        if signal is Signal.PICKED:
            one = Abnormal(act.choice)
            rest = tuple(other for other in session.abnormal if other is not one)
            await self._move_or_refuse(signal, abnormal=rest if one in session.abnormal else (*rest, one))
            return
        await self._move_or_refuse(signal, grounds=act.choice)
        if self._session.step is Step.CONFIRM:
            await self._collecting.picture()  # helps who looks at the record; nothing waits for it

    async def _confirm(self, _act: Act) -> None:
        """R-057, R-065: decide once more, since papers or place may have changed, and complete the step."""
        at = self._at
        if not await at.look_again():
            return
        operation = self._operation_now()
        why = None
        if operation in at.desk.limits.pin_for and not self._session.proved:
            staff, papers = self._session.staff, at.desk.papers.in_force
            if staff is not None and at.desk.pins.known(papers, staff.badge_uid):
                await self._move_or_refuse(Signal.TO_PROVE)
                return
            why = UNPROVED
        only_record = self._session.chosen not in {None, Operation.MAKEUP_ARRIVE}
        at.work(busy=True)
        try:
            await self._move_or_refuse(Signal.CONFIRM_RECORD if only_record else Signal.CONFIRM, why=why)
        finally:
            at.work(busy=False)

    def _operation_now(self) -> str:
        ruling = self._session.ruling
        return self._session.chosen or (ruling.operation if ruling else "")

    async def _pin(self, act: Act) -> None:
        """R-049: the person proves who it is, and what was confirmed is done."""
        at, staff = self._at, self._session.staff
        if act.text is None or staff is None:
            raise Refused("NOT-NOW")
        at.work(busy=True)
        try:
            tried = await at.desk.pins.try_one(at.desk.papers.in_force, staff.badge_uid, act.text)
        finally:
            at.work(busy=False)
        if tried is Tried.RIGHT:
            await self._move_or_refuse(Signal.PIN_RIGHT, proved=True)
            await self._confirm(act)
        else:
            code = "PIN-WRONG" if tried is Tried.WRONG else "PIN-LOCKED"
            await at.move(PIN_SIGNALS[tried], why=code, notice=code)

    async def _undo(self, _act: Act) -> None:
        signal = course.undo_signal(self._session)
        if signal is None:
            raise Refused("NOT-NOW")
        await self._move_or_refuse(signal)

    async def _leave(self, act: Act) -> None:
        pressed = Signal.CANCEL if act.act == "cancel" else Signal.SIGN_OUT
        await self._move_or_refuse(course.leaving(self._session, pressed), why="ABANDONED")

    async def _acknowledge(self, _act: Act) -> None:
        await self._move_or_refuse(Signal.ACKNOWLEDGE)

    async def _move_or_refuse(self, signal: Signal, **facts: Any) -> None:
        if (self._session.step, signal) not in TRANSITIONS:
            raise Refused("NOT-NOW")
        await self._at.move(signal, **facts)


def _is_e(expected: Any) -> bool:
    return expected is None or expected.kind is SealKind.E
