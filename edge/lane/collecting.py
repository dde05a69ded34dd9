"""What a lane collects while people press: pictures of the door, and a driver's papers for goods on hold."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from edge.domain import course
from edge.domain.session import Signal
from edge.domain.transitions import TRANSITIONS
from edge.domain.view import Act, HoldView, Refused, Step
from edge.lane.desk import HOLDS_HERE_MAX
from edge.lane.papers import NoKeyError, put_away, statement
from edge.lane.pictures import kept_anyway
from edge.ports import CameraError
from edge.store.database import NotStoredError
from schemas.envelope import Rejected
from schemas.messages import PaperKind

if TYPE_CHECKING:
    from edge.domain.session import Session
    from edge.lane.procedure import Procedure
    from schemas.messages import Photo

log = logging.getLogger("sealgate.lane")


class Collecting:
    """Pictures and papers of one lane's session."""

    def __init__(self, procedure: Procedure) -> None:
        self._at = procedure

    @property
    def _session(self) -> Session:
        return self._at.session

    async def picture(self) -> None:
        """R-056: take a picture and put its exact bytes on disk before anything names them."""
        at = self._at
        at.work(busy=True)
        try:
            picture = await at.pictures.take()
        except (CameraError, NotStoredError) as error:
            log.warning("lane %s: no picture: %s", at.lane, error)
            at.camera_said(error.code)
            await at.move(Signal.NO_PICTURE, notice=error.code)
        else:
            at.camera_said(None)
            good = self._session.pictures[:-1] if self._session.poor else self._session.pictures
            signal = Signal.POOR_PICTURE if picture.found else Signal.PICTURE
            if signal is Signal.POOR_PICTURE and self._session.step is Step.CONFIRM:
                await at.move(signal, notice=picture.found[0])
                await at.pictures.drop((picture,))
            else:
                await at.move(signal, pictures=(*good, picture))
        finally:
            at.work(busy=False)

    async def keep(self, act: Act) -> None:
        """Keep a picture that was found wanting, for a reason that goes on record."""
        if act.choice not in course.OVERRIDES:
            raise Refused("NOT-NOW")
        *good, poor = self._session.pictures
        await self._move_or_refuse(Signal.KEPT_ANYWAY, pictures=(*good, kept_anyway(poor, act.choice)))

    async def hold(self) -> None:
        """R-068, R-071: hold the goods at once; the picture is tried first and never in the way, papers follow."""
        pictures = await self._try_picture()
        await self._move_or_refuse(Signal.WRONG, pictures=(*self._session.pictures, *pictures)[: course.PICTURES_MAX])
        session = self._session
        expected = session.ruling.expected if session.ruling else None
        if expected is None or session.about is None:
            return
        holds = self._at.desk.holds_here
        while len(holds) >= HOLDS_HERE_MAX:
            holds.pop(next(iter(holds)))
        holds[expected.movement] = HoldView(
            container=expected.container,
            seal_no=expected.seal_no,
            reason=f"HOLD-{session.abnormal[0]}",
            since=self._at.desk.clock.now().at.isoformat(),
        )

    async def paper(self, act: Act) -> None:
        """R-069, R-070, R-116: take a paper, seal it in memory, record it; later is always possible (R-071)."""
        at, session = self._at, self._session
        if act.paper is None or act.paper in session.papers_done:
            raise Refused("NOT-NOW")
        at.work(busy=True)
        try:
            plain = await self._plain(act)
            paper = await put_away(at.desk, act.paper, plain)
        except (CameraError, NotStoredError, Rejected) as error:
            await at.move(Signal.NO_PAPER, notice=error.code)
        except NoKeyError:
            await at.move(Signal.NO_PAPER, notice="PAPERS-NO-KEY")
        else:
            await at.move(Signal.PAPER, paper=paper)
            await at.desk.photos.drop(paper.sha256)  # unless an event names it
        finally:
            at.work(busy=False)

    async def _plain(self, act: Act) -> bytes:
        if act.paper is PaperKind.STATEMENT and act.text:
            ruling = self._session.ruling
            plate = ruling.expected.plate if ruling and ruling.expected else ""
            return statement(act.text, act.driver or "", plate)
        return await self._at.pictures.shoot()

    async def _try_picture(self) -> tuple[Photo, ...]:
        at = self._at
        at.work(busy=True)
        try:
            return (await at.pictures.take(),)
        except (CameraError, NotStoredError) as error:
            log.warning("lane %s: no picture of what is held: %s", at.lane, error)
            at.camera_said(error.code)
            return ()
        finally:
            at.work(busy=False)

    async def _move_or_refuse(self, signal: Signal, **facts: Any) -> None:
        if (self._session.step, signal) not in TRANSITIONS:
            raise Refused("NOT-NOW")
        await self._at.move(signal, **facts)
