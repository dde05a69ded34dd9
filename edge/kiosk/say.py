"""How numbers, times, codes and light are said on either screen: pure, the same for the driver's and the staff's."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

from edge.kiosk.words import DRIVER, VERDICTS, Line
from schemas.messages import PaperKind
from schemas.reasons import REASONS, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.domain.view import LaneView

Language = Literal["zh", "en"]
Tone = Literal["idle", "work", "go", "stop", "refer", "closed"]
Light = Literal["day", "night"]
Palette = Literal["auto", "day", "night"]

TAIPEI = timezone(timedelta(hours=8))  # no daylight saving there
NIGHT_FROM_H = 18
NIGHT_TO_H = 6
REASONS_SHOWN_MAX = 3

# Without a reader nothing can be read, with a full disk nothing can be promised: the lane takes no vehicle.
CLOSES_LANE = frozenset({"READER-DOWN", "DISK-FULL", "DISK-FAILED"})
_CONTAINER_FORM = re.compile(r"[A-Z]{4}[0-9]{7}")  # ISO 6346
_PERSONAL_FORM = re.compile(r"[A-Z][A-D1289][0-9]{8}|09[0-9]{8}")  # national ID, residence permit, mobile number
_TONES: dict[str, Tone] = {"GO": "go", "STOP": "stop", "REFER": "refer"}


def spaced(container: str) -> str:
    """Set a container number in the groups printed on its door (ISO 6346); anything else stays as it is."""
    if _CONTAINER_FORM.fullmatch(container):
        return f"{container[:4]} {container[4:10]} {container[10]}"
    return container


def unpersonal(staff: str) -> str:
    """Return a staff number fit for strangers' eyes: one in the form of an ID or mobile number is masked (R-116)."""
    if _PERSONAL_FORM.fullmatch(staff):
        return staff[:2] + "\u2022" * (len(staff) - 4) + staff[-2:]
    return staff


def local_time(iso: str) -> str:
    """Return HH:MM at the gate; empty where the time is not known."""
    moment = _moment(iso)
    return moment.astimezone(TAIPEI).strftime("%H:%M") if moment else ""


def light(iso: str, palette: Palette) -> Light:
    """Return the palette: the one wished, else by the hour in Taipei."""
    if palette != "auto":
        return palette
    moment = _moment(iso)
    if moment is None:
        return "day"
    return "day" if NIGHT_TO_H <= moment.astimezone(TAIPEI).hour < NIGHT_FROM_H else "night"


def tone(view: LaneView) -> Tone:
    """Return the colour of the field: the verdict's as long as it stands, also while a hold's papers are taken."""
    if view.step in {"VERDICT", "PAPERS"} and view.verdict in VERDICTS:
        return _TONES[view.verdict]
    if CLOSES_LANE & set(view.faults):
        return "closed"
    return "idle" if view.step == "IDLE" else "work"


def reasons(codes: Iterable[str]) -> tuple[Reason, ...]:
    """Return the texts of codes; a code that this build does not know says itself."""
    return tuple(REASONS.get(code) or Reason(code, code, code) for code in codes)


def told_reasons(view: LaneView) -> tuple[Reason, ...]:
    """Return the reasons of the verdict, most important first; that proof comes later is said elsewhere."""
    return reasons(code for code in view.reasons if code != "PROOF-LATER")[:REASONS_SHOWN_MAX]


def driver_line(view: LaneView, shown: Tone) -> Line:
    """Return what the driver does now: the line of the first reason which has one, else that of the verdict."""
    if shown == "closed":
        return DRIVER["keep_out"]
    if view.step == "PAPERS" and len(view.papers_done) < len(PaperKind):
        return DRIVER["papers"]
    if shown in {"idle", "work"}:
        return DRIVER["ready" if shown == "idle" else "still"]
    usual = DRIVER[view.verdict or "REFER"]
    for reason in reasons(view.reasons):
        if reason.driver_zh:
            return Line(reason.driver_zh, reason.driver_en, reason.driver_vi or usual.vi, reason.driver_id or usual.id)
    return usual


def _moment(iso: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
