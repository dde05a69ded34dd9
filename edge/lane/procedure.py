"""From the tap to the light, read from top to bottom; the order is the safety case.

Tag read → clock → papers in force → position → decide → questions → picture → picture on disk → event signed and
committed → high-water mark → light. Nothing is shown green before it is stored; the network is never on this path.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edge.domain.decision import CardRead, Circumstances, Ruling, decide
from edge.domain.evidence import Finding, conclude, scan_event
from edge.domain.place import Sighting, TagRead, locate
from edge.domain.session import (
    QUESTIONS,
    RECORDING,
    TRANSITIONS,
    WORKING,
    Effect,
    Session,
    Signal,
    after,
    signal_of_card,
    signed_in,
)
from edge.domain.view import Act, Refused, Step
from edge.lane.desk import CrashPoint
from edge.ports import NDEF_BYTES_MAX, CameraError
from edge.store.database import NotStoredError
from schemas.messages import Location, Photo, Position, Quality, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.lane.desk import Desk
    from edge.ports import Camera, Light, Tap
    from edge.settings import Lane as Settings

log = logging.getLogger("sealgate.lane")
PICTURE_BYTES_MAX = 16 * 2**20  # as the contract carries it
_PRESSED = {
    "undo": Signal.UNDO,
    "cancel": Signal.CANCEL,
    "sign_out": Signal.SIGN_OUT,
    "acknowledge": Signal.ACKNOWLEDGE,
}
_NO_REASONS = frozenset({"FINISH-FIRST", "TORN", "LOCATION-TAG-READ", "READER-DOWN"})  # notices that explain no ending
GPS_OFF = frozenset({"GPS-DOWN", "GPS-SILENT"})  # no service, no receiver: what is only without sky says GPS-NO-FIX
_CAMERA_FAULTS = frozenset({"CAM-DOWN", "CAM-TIMEOUT", "CAM-AUTH", "CAM-PICTURE"})


class Procedure:
    """The session of one lane and everything that happens to it; called by one task, one thing at a time."""

    def __init__(
        self, settings: Settings, desk: Desk, camera: Camera, light: Light, *, changed: Callable[[], None]
    ) -> None:
        self._lane = settings.id
        self._direction = settings.direction
        self._desk = desk
        self._camera = camera
        self._light = light
        self._changed = changed
        self._location_tag: tuple[str, float] | None = None  # UID and monotonic second of its reading
        self._card: CardRead | None = None  # the seal of the session
        self.session = Session()
        self.busy = False

    async def tap(self, tap: Tap) -> None:
        """Take a card: say what it is, and decide where it is a seal."""
        self._desk.reached(CrashPoint.TAP_READ)
        if tap.outcome == "TORN":  # never "no seal": the card left, or the link to it broke
            await self._move(Signal.TORN, notice="TORN")
            return
        ndef = None if tap.ndef is None else tap.ndef[:NDEF_BYTES_MAX]  # a telephone may carry more than a record can
        card = CardRead(uid=tap.uid, chip=tap.chip, ndef=ndef)
        papers = self._desk.papers.in_force
        signal = signal_of_card(card, papers, self.session)
        if self.session.step in WORKING and signal is not Signal.SEAL_AGAIN:
            await self._move(signal or Signal.SEAL_BLOCKED, notice="FINISH-FIRST")
        elif signal is Signal.BADGE and papers is not None:
            await self._move(signal, staff=papers.staff[card.uid])
        elif signal is Signal.LOCATION_TAG:
            self._location_tag = (card.uid, self._desk.clock.monotonic_s())
            await self._move(signal, notice="LOCATION-TAG-READ")
        elif signal is not None:
            await self._move(signal, notice="ACTOR-UNKNOWN")
        else:
            await self._seal(card)

    async def _seal(self, card: CardRead) -> None:
        """Decide about a seal; STOP and REFER are recorded at once, GO goes on to the questions."""
        position = self.position()
        ruling = await self._decide(card, position)
        self._desk.reached(CrashPoint.DECIDED)
        self._card = card
        clear = ruling.decision.verdict is Verdict.GO
        await self._move(Signal.SEAL_CLEAR if clear else Signal.SEAL_BLOCKED, ruling=ruling, position=position)

    async def _decide(self, card: CardRead, position: Position) -> Ruling:
        desk, now = self._desk, self._desk.clock.now()
        papers, lapsed = desk.papers.current(now)
        expected = papers.expected.get(card.uid) if papers else None
        held = await desk.records.held(card.uid, expected.movement if expected else None)
        staff = signed_in(self.session)
        return decide(
            card,
            Circumstances(
                papers=papers,
                lapsed=lapsed,
                stale=desk.papers.is_stale(now),
                # as the papers in force know the badge: they may have changed since it was read
                staff=papers.staff.get(staff.badge_uid) if papers and staff else None,
                position=position,
                direction=self._direction,
                done_here=held.done_here,
                counter_seen=held.counter_seen,
                counter_proved=held.counter_proved,
                gps_off=desk.locator.fix().why in GPS_OFF,
                now=None if now.quality is Quality.UNSET else now.at,
            ),
        )

    def position(self) -> Position:
        """Judge where the lane stands now."""
        desk, now_s = self._desk, self._desk.clock.monotonic_s()
        fix, papers = desk.locator.fix(), desk.papers.in_force
        known = fix.mode >= 2  # noqa: PLR2004 - gpsd: 2 is a two-dimensional fix
        tag = self._location_tag
        return locate(
            Sighting(
                lat=fix.lat if known else None,
                lon=fix.lon if known else None,
                accuracy_m=fix.accuracy_m,
                age_s=max(0.0, now_s - fix.fresh_mono_s),
                why=fix.why,
            ),
            papers.fence if papers else None,
            fix_age_max_s=desk.fix_age_max_s,
            tag=TagRead(uid=tag[0], age_s=now_s - tag[1]) if tag else None,
            tags_active=papers.location_tags if papers else (),
            tag_age_max_s=desk.limits.location_tag_valid_s,
        )

    async def press(self, act: Act) -> None:
        """Carry out a press of the page; raises Refused where the table has no such transition."""
        if act.act == "answer":
            await self._answer(act)
        elif act.act == "photo":
            await self._picture()
        elif act.act == "confirm":
            await self._confirm()
        else:
            signal = _PRESSED[act.act]
            if signal is Signal.UNDO and self.session.step is Step.CHECKS and not self.session.answers:
                raise Refused("NOT-NOW")
            await self._move_or_refuse(signal, why="ABANDONED")

    async def _answer(self, act: Act) -> None:
        """R-054: each question is answered for itself; a press meant for an earlier question is refused."""
        check = self.session.check
        if check is None or act.check is not check or act.ok is None:
            raise Refused("NOT-NOW")
        answers = (*self.session.answers, (check, act.ok))
        yes = Signal.LAST_YES if len(answers) == len(QUESTIONS) else Signal.YES
        await self._move_or_refuse(yes if act.ok else Signal.NO, answers=answers)

    async def _picture(self) -> None:
        """R-056: take the picture and put its exact bytes on disk before anything names them."""
        if (self.session.step, Signal.PICTURE) not in TRANSITIONS:
            raise Refused("NOT-NOW")
        self._work(busy=True)
        try:
            shot = await self._camera.take()
            self._desk.reached(CrashPoint.PICTURE_TAKEN)
            if len(shot.jpeg) > PICTURE_BYTES_MAX:
                raise CameraError("CAM-PICTURE", f"{len(shot.jpeg)} bytes")  # noqa: TRY301 - the same end as the camera's own
            name = await self._desk.photos.keep(shot.jpeg)
            self._desk.reached(CrashPoint.PICTURE_ON_DISK)
        except (CameraError, NotStoredError) as error:
            log.warning("lane %s: no picture: %s", self._lane, error)
            self.camera_said(error.code)
            await self._move(Signal.NO_PICTURE, notice=error.code)
        else:
            self.camera_said(None)
            picture = Photo(sha256=name, size=len(shot.jpeg), at=self._desk.clock.now().at)
            await self._move(Signal.PICTURE, picture=picture)
        finally:
            self._work(busy=False)

    async def _confirm(self) -> None:
        """R-057, R-065: decide once more, since papers or place may have changed, and complete the step."""
        if (self.session.step, Signal.CONFIRM) not in TRANSITIONS:
            raise Refused("NOT-NOW")
        if await self.look_again():
            self._work(busy=True)
            try:
                await self._move(Signal.CONFIRM)
            finally:
                self._work(busy=False)

    async def look_again(self) -> bool:
        """Hold a running session against what is now known; False if it ended by an objection.

        The place confirmed at the tap stands, unless the lane is now seen outside: one shaky fix blocks nobody.
        """
        session, card = self.session, self._card
        if session.step not in WORKING or card is None or session.position is None:
            return True
        now = self.position()
        position = now if now.location is Location.OUTSIDE else session.position
        ruling = await self._decide(card, position)
        if ruling.decision.verdict is Verdict.GO:
            self.session = replace(session, ruling=ruling)
            return True
        await self._move(Signal.OBJECTION, ruling=ruling, position=position)
        return False

    async def tick(self) -> None:
        """End what has waited too long."""
        left_s = self.seconds_left()
        if left_s is not None and left_s <= 0:
            await self._move(Signal.TIMEOUT, why="TIMED-OUT")

    def seconds_left(self) -> float | None:
        """Return when the present step ends by itself; None where it does not."""
        limits = self._desk.limits
        limit_s = {Step.SIGNED_IN: limits.signed_in_s, Step.VERDICT: limits.verdict_s}.get(
            self.session.step, limits.step_s
        )
        if self.session.step is Step.IDLE:
            return None
        return self.session.entered_s + limit_s - self._desk.clock.monotonic_s()

    async def reader_lost(self) -> None:
        """The reader went away: a running session goes on, its seal is read already."""
        await self._move(Signal.READER_LOST, notice="READER-DOWN")

    async def reader_back(self) -> None:
        """The reader returned: what was said of its absence is no longer true."""
        if self.session.notice == "READER-DOWN":
            await self._move(Signal.READER_BACK)

    def camera_said(self, code: str | None) -> None:
        """Report what the camera's last try showed."""
        self._desk.faults.only((code,) if code else (), among=_CAMERA_FAULTS, lane=self._lane)

    async def _move_or_refuse(self, signal: Signal, **facts: Any) -> None:
        if (self.session.step, signal) not in TRANSITIONS:
            raise Refused("NOT-NOW")
        await self._move(signal, **facts)

    async def _move(self, signal: Signal, why: str | None = None, **facts: Any) -> None:
        """Make the table's transition: record where it records, and only then change session and light."""
        move = TRANSITIONS.get((self.session.step, signal))
        if move is None:
            return
        if move.effect in RECORDING:
            whys = tuple(code for code in (why, self.session.notice) if code and code not in _NO_REASONS)
            facts |= await self._record(move.effect, after(self.session, move, 0.0, **facts), whys)
        former = self.session
        self.session = after(former, move, self._desk.clock.monotonic_s(), **facts)
        self._light.show(self.session.verdict)
        if move.effect in RECORDING:
            self._desk.reached(CrashPoint.LIGHT_SHOWN)
        self._changed()
        if former.picture is not None and former.picture is not self.session.picture:
            await self._desk.photos.drop(former.picture.sha256)  # unless an event names it

    async def _record(self, effect: Effect, session: Session, whys: tuple[str, ...]) -> dict[str, Any]:
        """Sign and commit the event, raise the mark; what cannot be stored is never GO."""
        desk, ruling = self._desk, conclude(effect, session, whys)
        assert session.position is not None, "a ruling has its place"  # noqa: S101 - our own order of steps
        finding = Finding(ruling=ruling, position=session.position, staff=session.staff, session=session)
        verdict, reasons = ruling.decision.verdict, ruling.decision.reasons
        try:
            stored = await desk.records.append(lambda link: scan_event(link, desk.clock.now(), self._lane, finding))
        except NotStoredError as error:
            log.error("lane %s: an event could not be stored: %s", self._lane, error)  # noqa: TRY400 - the code is the text
            desk.faults.report(error.code, stands=True)
            refer = Verdict.REFER if verdict is Verdict.GO else verdict
            return {"ruling": ruling, "verdict": refer, "reasons": (error.code, *reasons), "record": None}
        desk.reached(CrashPoint.EVENT_COMMITTED)
        try:
            await desk.records.raise_high_water(stored)
        except OSError:  # the event itself is safe; only the guard against a lost tail lags
            log.exception("the high-water mark cannot be written")
            desk.faults.report("DISK-LOW", stands=True)
        desk.reached(CrashPoint.MARK_RAISED)
        return {"ruling": ruling, "verdict": verdict, "reasons": reasons, "record": f"{stored.epoch}/{stored.seq}"}

    def _work(self, *, busy: bool) -> None:
        self.busy = busy
        self._changed()
