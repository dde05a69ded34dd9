"""The driver's screen of a lane: one glance, this movement only, no number of a person (R-116).

It knows nothing of who acts, of other containers on hold, or of what is asked of the staff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge.kiosk.say import Light, Palette, Tone, driver_line, light, local_time, spaced, told_reasons, tone
from edge.kiosk.words import DRIVER_TEXTS, VERDICTS, Line, Words

if TYPE_CHECKING:
    from edge.domain.view import LaneView
    from schemas.reasons import Reason

Glance = Literal["idle", "reading", "verdict", "closed"]


@dataclass(frozen=True, kw_only=True)
class Tick:
    """One thing that is read: open, or done with its value."""

    name: str
    words: Line
    value: str
    done: bool


@dataclass(frozen=True, kw_only=True)
class DriverScreen:
    """Everything the driver's templates need; they only place it."""

    id: int
    lane: str
    site_zh: str
    site_en: str
    clock: str
    clock_iso: str
    tone: Tone
    light: Light
    page: Glance
    do: Line
    verdict: Words | None
    reason: Reason | None
    record: str  # what a sound is played for once
    ticks: tuple[Tick, ...]
    container: str
    seal_no: str
    plate: str
    online: bool
    waiting: int


def glance(view: LaneView, palette: Palette = "auto") -> DriverScreen:
    """Choose what the driver sees of one state of a lane."""
    shown = tone(view)
    verdict = VERDICTS.get(view.verdict or "") if shown in {"go", "stop", "refer"} else None
    told = told_reasons(view) if verdict else ()
    return DriverScreen(
        id=view.id,
        lane=view.lane,
        site_zh=view.site_zh or view.gate,
        site_en=view.site_en,
        clock=local_time(view.clock),
        clock_iso=view.clock,
        tone=shown,
        light=light(view.clock, palette),
        page=_page(shown),
        do=driver_line(view, shown),
        verdict=verdict,
        reason=told[0] if told else None,
        record=f"{view.verdict} {view.record or view.seal_no or ''}" if verdict else "",
        ticks=_ticks(view),
        container=spaced(view.container or ""),
        seal_no=view.seal_no or "",
        plate=view.plate or "",
        online=view.online,
        waiting=view.waiting,
    )


def _page(shown: Tone) -> Glance:
    pages: dict[Tone, Glance] = {"idle": "idle", "closed": "closed", "work": "reading"}
    return pages.get(shown, "verdict")


def _ticks(view: LaneView) -> tuple[Tick, ...]:
    """The three of ui.md §8: the seal is done when read, container and plate when compared."""
    values = {
        "seal": (view.seal_no or "", bool(view.seal_no)),
        "container": (spaced(view.container or ""), view.checks_done.get("container", False)),
        "plate": (view.plate or "", view.checks_done.get("plate", False)),
    }
    return tuple(
        Tick(name=name, words=DRIVER_TEXTS[name], value=value, done=done) for name, (value, done) in values.items()
    )
