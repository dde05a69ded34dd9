"""From a lane's session and its surroundings to the view the page paints.

R-116: this movement only, and of persons the staff number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge.domain.course import choices, offered, possible
from edge.domain.outage import SEALED_ANYWAY, outage_of
from edge.domain.view import Entry, FieldName, HoldView, LaneView, PictureView, Step
from schemas.messages import Function, Operation, Written

if TYPE_CHECKING:
    from edge.domain.session import Session
    from edge.domain.trusted_manifest import Papers
    from schemas.messages import Location

HOLDS_MAX = 50
TOLD_WITHIN = timedelta(seconds=10)  # papers issued later than this after a hold made here know of it


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a view shows beside the session."""

    id: int
    gate: str
    lane: str
    papers: Papers | None
    clock: str
    online: bool
    waiting: int
    faults: tuple[str, ...]
    simulation: bool
    location: Location | None  # where the lane stands now
    seconds_left: int | None
    busy: bool
    tag_s: int | None = None  # seconds for which a location tag stands in for GPS
    direction: str | None = None  # of the lane
    holds_here: tuple[tuple[str, HoldView], ...] = ()  # made at this gate, by movement
    now: datetime | None = None  # None while the clock is unset


def show(session: Session, around: Surroundings) -> LaneView:
    """Compose the view."""
    ruling = session.ruling
    expected = ruling.expected if ruling else None
    site = around.papers.manifest.site if around.papers else None
    location = session.position.location if session.position and session.step is not Step.SIGNED_IN else around.location
    return LaneView(
        id=around.id,
        gate=around.gate,
        lane=around.lane,
        step=session.step,
        site_zh=site.name_zh if site else "",
        site_en=site.name_en if site else "",
        clock=around.clock,
        online=around.online,
        waiting=around.waiting,
        faults=around.faults,
        holds=holds(around.papers, around.holds_here),
        simulation=around.simulation,
        operation=session.chosen or (ruling.operation if ruling else None),
        verdict=session.verdict,
        reasons=session.reasons,
        notice=session.notice,
        proof=ruling.decision.proof if ruling else None,
        location=location,
        container=expected.container if expected else None,
        seal_no=expected.seal_no if expected else None,
        plate=expected.plate if expected else None,
        transport_order=expected.transport_order if expected else None,
        check=session.check,
        checks_done={str(check): ok for check, ok in session.answers},
        photo_sha256=session.pictures[-1].sha256 if session.pictures else None,
        pictures=tuple(
            PictureView(sha256=one.sha256, found=one.found, override=one.override, reads=one.reads)
            for one in session.pictures
        ),
        kind=expected.kind if expected else None,
        load=(expected.load or None) if expected else None,
        deadline=expected.deadline.isoformat() if expected and expected.deadline else None,
        late_s=_late_s(expected.deadline if expected else None, around.now),
        operations=offered(session, around.direction),
        choices=choices(session),
        chosen=_chosen(session),
        several=session.step is Step.GROUNDS and session.chosen is Operation.ABNORMAL_IN,
        entries=_entries(session),
        hint=_hint(session, expected.container if expected else None),
        outage=session.outage or outage_here(around.papers, around.direction),
        papers_done=session.papers_done,
        acts=() if around.busy else possible(session, around.direction),
        actor=session.staff.staff if session.staff else None,
        role=session.staff.role if session.staff else None,
        tag_s=around.tag_s,
        seconds_left=around.seconds_left,
        busy=around.busy,
        record=session.record,
    )


def holds(papers: Papers | None, here: tuple[tuple[str, HoldView], ...] = ()) -> tuple[HoldView, ...]:
    """Return every 留置 the manifest in force tells, and those made here that it does not know yet, latest first."""
    movements = papers.manifest.expected if papers else ()
    held = [expected for expected in movements if expected.hold is not None]
    issued = papers.manifest.issued if papers else None
    told = {expected.movement for expected in held}
    own = [
        hold
        for movement, hold in here
        if movement not in told and (issued is None or issued - datetime.fromisoformat(hold.since) <= TOLD_WITHIN)
    ]
    views = [
        HoldView(
            container=expected.container,
            seal_no=expected.seal_no,
            reason=expected.hold.reason,
            since=expected.hold.since.isoformat(),
        )
        for expected in held
        if expected.hold is not None
    ]
    return tuple(sorted([*views, *own], key=lambda view: view.since, reverse=True)[:HOLDS_MAX])


def outage_here(papers: Papers | None, direction: str | None) -> str | None:
    """Return the notice of a declared outage that touches what this lane does."""
    functions = {
        "OUT": SEALED_ANYWAY,
        "IN": (Function.ARRIVAL,),
    }.get(direction or "", tuple(Function))
    return outage_of(papers, functions)


def _chosen(session: Session) -> tuple[str, ...]:
    if session.step is Step.GROUNDS:
        return tuple(str(one) for one in session.abnormal)
    return (str(session.seal_position),) if session.seal_position else ()


def _entries(session: Session) -> tuple[Entry, ...]:
    if session.step is Step.PIN:
        return (Entry(name="pin", error=session.notice),)
    if session.step is Step.PAPERS:
        return (Entry(name="driver"), Entry(name="statement"))
    if session.step is not Step.LOOKUP:
        return ()
    written = session.written or Written()
    names: tuple[FieldName, ...] = ("container", "seal_no")
    if session.outage is not None:
        names = ("container", "seal_no", "plate", "transport_order")
    errors = {"container": session.lookup_error}
    return tuple(Entry(name=name, value=getattr(written, name) or "", error=errors.get(name)) for name in names)


def _hint(session: Session, container: str | None) -> str | None:
    """Return the number a machine read on the door, where it is another one than the pairing's."""
    numbers = [picture.reads for picture in session.pictures if picture.reads]
    return next((number for number in reversed(numbers) if container is not None and number != container), None)


def _late_s(deadline: datetime | None, now: datetime | None) -> int | None:
    late = None if deadline is None or now is None else int((now - deadline).total_seconds())
    return late if late is not None and late > 0 else None
