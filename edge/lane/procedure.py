"""From the tap to the light, read from top to bottom; the order is the safety case.

Tag read → clock → papers in force → position → decide → questions → picture → picture on disk → event signed and
committed → high-water mark → light. Nothing is shown green before it is stored; the network is never on this path.
What people press meanwhile stands in `edge.lane.presses`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from edge.domain.course import leaving
from edge.domain.decision import CardRead
from edge.domain.evidence import Finding, conclude, scan_event
from edge.domain.outage import SEALED_ANYWAY, outage_for, outage_of
from edge.domain.session import (
    RECORDING,
    WORKING,
    Effect,
    Session,
    Signal,
    after,
    is_working,
    signal_of_card,
    signed_in,
)
from edge.domain.transitions import TRANSITIONS
from edge.domain.view import Step
from edge.lane.desk import CrashPoint
from edge.lane.judging import Judge
from edge.ports import NDEF_BYTES_MAX
from edge.store.database import NotStoredError
from schemas.messages import About, Location, Operation, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.domain.decision import Ruling
    from edge.lane.desk import Desk
    from edge.lane.pictures import Pictures
    from edge.ports import Light, Tap
    from edge.settings import Lane as Settings
    from schemas.messages import SealedPaper, Written

log = logging.getLogger("sealgate.lane")
# notices that explain no ending
_NO_REASONS = frozenset({"FINISH-FIRST", "TORN", "LOCATION-TAG-READ", "READER-DOWN", "PIN-WRONG"})
_CAMERA_FAULTS = frozenset({"CAM-DOWN", "CAM-TIMEOUT", "CAM-AUTH", "CAM-PICTURE"})


class Procedure:
    """The session of one lane and everything that happens to it; called by one task, one thing at a time."""

    def __init__(
        self, settings: Settings, desk: Desk, pictures: Pictures, light: Light, *, changed: Callable[[], None]
    ) -> None:
        self.lane = settings.id
        self.direction = settings.direction
        self.desk = desk
        self.judge = Judge(desk, settings.direction)
        self.pictures = pictures
        self._light = light
        self._changed = changed
        self._card: CardRead | None = None  # the seal of the session
        self.session = Session()
        self.busy = False

    async def tap(self, tap: Tap) -> None:
        """Take a card: say what it is, and decide where it is a seal."""
        self.desk.reached(CrashPoint.TAP_READ)
        if tap.outcome == "TORN":  # never "no seal": the card left, or the link to it broke
            await self.move(Signal.TORN, notice="TORN")
            return
        ndef = None if tap.ndef is None else tap.ndef[:NDEF_BYTES_MAX]  # a telephone may carry more than a record can
        card = CardRead(uid=tap.uid, chip=tap.chip, ndef=ndef)
        papers = self.desk.papers.in_force
        signal = signal_of_card(card, papers, self.session)
        if (is_working(self.session) or self.session.step is Step.PAPERS) and signal is not Signal.SEAL_AGAIN:
            await self.move(Signal.ANOTHER_CARD, notice="FINISH-FIRST")
        elif signal is Signal.BADGE and papers is not None:
            await self.move(signal, staff=papers.staff[card.uid])
        elif signal is Signal.LOCATION_TAG:
            self.judge.location_tag(card.uid)
            await self.move(signal, notice="LOCATION-TAG-READ")
        elif signal is not None:
            await self.move(signal, notice="ACTOR-UNKNOWN")
        else:
            await self._seal(card)

    async def _seal(self, card: CardRead) -> None:
        """Decide about a seal; STOP and REFER are recorded at once, GO goes on to the questions."""
        position = self.judge.position()
        ruling = await self.judge.decide_anyway(card, signed_in(self.session), position)
        self.desk.reached(CrashPoint.DECIDED)
        self._card = card
        self.pictures.next_vehicle()
        facts: dict[str, Any] = {"ruling": ruling, "position": position}
        signal = self._signal_of(ruling)
        if signal is Signal.SEAL_UNPAIRED:
            facts["outage"] = outage_of(self.desk.papers.in_force, SEALED_ANYWAY)
        if signal is Signal.SEAL_BLOCKED and self._is_other_step(ruling):
            facts["ruling"] = other_step(ruling)
        await self.move(signal, **facts)

    def _signal_of(self, ruling: Ruling) -> Signal:
        """Say what a ruling is to this session: what was chosen asks why first, what is sealed anyway what it is."""
        session, clear = self.session, ruling.decision.verdict is Verdict.GO
        chosen = session.chosen if session.verdict is None else None
        if chosen is Operation.MAKEUP_ARRIVE:
            return Signal.SEAL_CHOSEN if clear and ruling.operation is Operation.ARRIVE else Signal.SEAL_BLOCKED
        if chosen is not None:
            return Signal.SEAL_CHOSEN
        if clear:
            return Signal.SEAL_UNPAIRED if ruling.expected is None else Signal.SEAL_CLEAR
        return Signal.SEAL_BLOCKED

    def _is_other_step(self, ruling: Ruling) -> bool:
        return self.session.chosen is Operation.MAKEUP_ARRIVE and ruling.decision.verdict is Verdict.GO

    async def written_down(self, written: Written) -> None:
        """R-074: go on with what a person says is sealed, or stop where papers know the goods otherwise."""
        session, card = self.session, self._card
        if card is None or session.position is None:
            return
        ruling = await self.judge.decide_anyway(card, session.staff, session.position, written)
        signal = Signal.WRITTEN if ruling.decision.verdict is Verdict.GO else Signal.OBJECTION
        await self.move(signal, ruling=ruling, position=session.position, written=written, lookup_error=None)

    async def look_again(self) -> bool:
        """Hold a running session against what is now known; False if it ended by an objection.

        The place confirmed at the tap stands, unless the lane is now seen outside: one shaky fix blocks nobody.
        What only leaves a record, and a seal that nobody could read, rest on no decision that could change.
        """
        session, card = self.session, self._card
        if session.step not in WORKING or card is None or session.position is None or session.ruling is None:
            return True
        if session.ruling.tag is None or session.ruling.decision.verdict is not Verdict.GO:
            return True
        now = self.judge.position()
        position = now if now.location is Location.OUTSIDE else session.position
        ruling = await self.judge.decide_anyway(card, session.staff, position, session.written)
        if ruling.decision.verdict is Verdict.GO:
            self.session = replace(session, ruling=ruling)
            return True
        await self.move(Signal.OBJECTION, ruling=ruling, position=position)
        return False

    async def tick(self) -> None:
        """End what has waited too long."""
        left_s = self.seconds_left()
        if left_s is not None and left_s <= 0:
            await self.move(leaving(self.session, Signal.TIMEOUT), why="TIMED-OUT")

    def seconds_left(self) -> float | None:
        """Return when the present step ends by itself; None where it does not."""
        limits = self.desk.limits
        limit_s = {Step.SIGNED_IN: limits.signed_in_s, Step.VERDICT: limits.verdict_s}.get(
            self.session.step, limits.step_s
        )
        if self.session.step is Step.IDLE:
            return None
        return self.session.entered_s + limit_s - self.desk.clock.monotonic_s()

    async def reader_lost(self) -> None:
        """The reader went away: a running session goes on, its seal is read already."""
        await self.move(Signal.READER_LOST, notice="READER-DOWN")

    async def reader_back(self) -> None:
        """The reader returned: what was said of its absence is no longer true."""
        if self.session.notice == "READER-DOWN":
            await self.move(Signal.READER_BACK)

    def camera_said(self, code: str | None) -> None:
        """Report what the camera's last try showed."""
        self.desk.faults.only((code,) if code else (), among=_CAMERA_FAULTS, lane=self.lane)

    async def move(self, signal: Signal, why: str | None = None, **facts: Any) -> None:
        """Make the table's transition: record where it records, and only then change session and light."""
        move = TRANSITIONS.get((self.session.step, signal))
        if move is None:
            return
        paper: SealedPaper | None = facts.pop("paper", None)
        if move.effect in RECORDING:
            whys = tuple(code for code in (why, self.session.notice) if code and code not in _NO_REASONS)
            to_be = after(self.session, move, 0.0, **facts)
            to_be = replace(to_be, pictures=self.pictures.read(to_be.pictures))
            facts |= await self._record(move.effect, to_be, whys, paper)
        former = self.session
        self.session = after(former, move, self.desk.clock.monotonic_s(), **facts)
        self._light.show(self.session.verdict)
        if move.effect in RECORDING:
            self.desk.reached(CrashPoint.LIGHT_SHOWN)
        self._changed()
        kept = {picture.sha256 for picture in self.session.pictures}
        await self.pictures.drop(picture for picture in former.pictures if picture.sha256 not in kept)

    async def _record(
        self, effect: Effect, session: Session, whys: tuple[str, ...], paper: SealedPaper | None
    ) -> dict[str, Any]:
        """Sign and commit the event, raise the mark; what cannot be stored is never GO."""
        desk, ruling = self.desk, conclude(effect, session, whys)
        position = session.position or self.judge.position()
        outage = session.outage or outage_for(desk.papers.in_force, ruling.operation)
        finding = Finding(
            ruling=ruling, position=position, staff=session.staff, session=session, outage=outage, paper=paper
        )
        verdict, reasons = ruling.decision.verdict, ruling.decision.reasons
        about = session.ruling if effect is Effect.RECORD_PAPER else ruling
        shown: dict[str, Any] = {"ruling": about, "pictures": session.pictures}
        try:
            stored = await desk.records.append(lambda link: scan_event(link, desk.clock.now(), self.lane, finding))
        except NotStoredError as error:
            log.error("lane %s: an event could not be stored: %s", self.lane, error)  # noqa: TRY400 - the code is the text
            desk.faults.report(error.code, stands=True)
            refer = Verdict.REFER if verdict is Verdict.GO else verdict
            return {**shown, "verdict": refer, "reasons": (error.code, *reasons), "record": None}
        desk.reached(CrashPoint.EVENT_COMMITTED)
        try:
            await desk.records.raise_high_water(stored)
        except OSError:  # the event itself is safe; only the guard against a lost tail lags
            log.exception("the high-water mark cannot be written")
            desk.faults.report("DISK-LOW", stands=True)
        desk.reached(CrashPoint.MARK_RAISED)
        facts = {**shown, "verdict": verdict, "reasons": reasons, "record": f"{stored.epoch}/{stored.seq}"}
        if effect is Effect.RECORD_HOLD:
            facts["about"] = About(epoch=stored.epoch, seq=stored.seq)
        if effect is Effect.RECORD_PAPER and paper is not None:
            facts["papers_done"] = (*session.papers_done, paper.kind)
        return facts

    def work(self, *, busy: bool) -> None:
        """Say that a picture is being taken or a record stored: presses wait."""
        self.busy = busy
        self._changed()


def other_step(ruling: Ruling) -> Ruling:
    """Return the ruling on a seal that what was chosen does not fit."""
    decision = msgspec.structs.replace(ruling.decision, verdict=Verdict.REFER, reasons=("OTHER-OPERATION",))
    return replace(ruling, decision=decision)
