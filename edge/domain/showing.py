"""From a lane's session and its surroundings to the view the page paints.

R-116: this movement only, and of persons the staff number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.domain.view import HoldView, LaneView, Step

if TYPE_CHECKING:
    from edge.domain.session import Session
    from edge.domain.trusted_manifest import Papers
    from schemas.messages import Location

HOLDS_MAX = 50


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
        holds=holds(around.papers),
        simulation=around.simulation,
        operation=ruling.operation if ruling else None,
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
        photo_sha256=session.picture.sha256 if session.picture else None,
        actor=session.staff.staff if session.staff else None,
        seconds_left=around.seconds_left,
        busy=around.busy,
        record=session.record,
    )


def holds(papers: Papers | None) -> tuple[HoldView, ...]:
    """Return every 留置 the manifest in force tells, latest first."""
    if papers is None:
        return ()
    held = [expected for expected in papers.manifest.expected if expected.hold is not None]
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
    return tuple(sorted(views, key=lambda view: view.since, reverse=True)[:HOLDS_MAX])
