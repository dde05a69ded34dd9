"""From the state of a lane to what the page paints: pure, whole, the same for the first paint and for each change.

The kiosk decides nothing: everything below is choosing words and colours for what the lane says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

from edge.kiosk.words import DRIVER, OPERATIONS, QUESTIONS, STEPS, VERDICTS, Line, Question, Words
from schemas.reasons import REASONS, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.domain.view import HoldView, LaneView

Language = Literal["zh", "en"]
Tone = Literal["idle", "work", "go", "stop", "refer", "closed"]
Palette = Literal["auto", "day", "night"]

TAIPEI = timezone(timedelta(hours=8))  # no daylight saving there
NIGHT_FROM_H = 18
NIGHT_TO_H = 6
FAULTS_SHOWN_MAX = 2
HOLDS_SHOWN_MAX = 2
REASONS_SHOWN_MAX = 3
SECONDS_LEFT_WARN = 30  # an unattended session is warned of this long before it ends

# Without a reader nothing can be read, with a full disk nothing can be promised: the lane takes no vehicle.
_CLOSES_LANE = frozenset({"READER-DOWN", "DISK-FULL", "DISK-FAILED"})
# The offline banner says it already.
_SHOWN_ELSEWHERE = frozenset({"LINK-DOWN"})
_CONTAINER_FORM = re.compile(r"[A-Z]{4}[0-9]{7}")  # ISO 6346
_PERSONAL_FORM = re.compile(r"[A-Z][A-D1289][0-9]{8}|09[0-9]{8}")  # national ID, residence permit, mobile number


@dataclass(frozen=True, kw_only=True)
class StepMark:
    """One numbered step on top of the page."""

    number: int
    name: str
    words: Words
    state: Literal["done", "now", "open"]


@dataclass(frozen=True, kw_only=True)
class HoldCard:
    """One 留置 with the sentence that says why."""

    container: str
    seal_no: str
    reason: Reason
    since: str


@dataclass(frozen=True, kw_only=True)
class Device:
    """State of one piece of equipment, as an icon with a name."""

    name: str
    up: bool


@dataclass(frozen=True, kw_only=True)
class CheckMark:
    """One answered or open check of the summary."""

    name: str
    question: Question
    value: str
    good: bool | None


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Everything the templates need; they only place it."""

    view: LaneView
    lang: Language
    tone: Tone
    light: Literal["day", "night"]
    page: str  # which of main's sections
    clock: str
    steps: tuple[StepMark, ...]
    driver: Line
    operation: Words | None
    verdict: Words | None
    reasons: tuple[Reason, ...]
    proof_note: Reason | None
    question: Question | None
    value: str  # what the current check compares
    checks: tuple[CheckMark, ...]
    faults: tuple[Reason, ...]
    faults_more: int  # beyond the first: a banner has room for one
    notice: Reason | None
    holds: tuple[HoldCard, ...]
    holds_more: int
    devices: tuple[Device, ...]
    container: str
    staff: str


def compose(view: LaneView, lang: Language, palette: Palette = "auto") -> Screen:
    """Choose words, colours and order for one state of a lane."""
    holds = tuple(_hold(hold) for hold in view.holds[:HOLDS_SHOWN_MAX])
    notice = _notice(view)
    faults = _faults(view, notice)
    check = view.check or ""
    tone = _tone(view)
    return Screen(
        view=view,
        lang=lang,
        tone=tone,
        light=_light(view.clock, palette),
        page=_page(view, tone),
        clock=local_time(view.clock),
        steps=_steps(view),
        driver=_driver(view, tone),
        operation=OPERATIONS.get(view.operation or ""),
        verdict=VERDICTS.get(view.verdict or ""),
        reasons=_reasons(code for code in view.reasons if code != "PROOF-LATER")[:REASONS_SHOWN_MAX],
        proof_note=REASONS["PROOF-LATER"] if _proof_open(view) else None,
        question=QUESTIONS.get(check),
        value=_value(view, check),
        checks=_checks(view),
        faults=faults[:FAULTS_SHOWN_MAX],
        faults_more=max(0, len(faults) - 1),
        notice=notice,
        holds=holds,
        holds_more=max(0, len(view.holds) - len(holds)),
        devices=_devices(view),
        container=spaced(view.container or ""),
        staff=unpersonal(view.actor or ""),
    )


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


def _moment(iso: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _light(iso: str, palette: Palette) -> Literal["day", "night"]:
    if palette != "auto":
        return palette
    moment = _moment(iso)
    if moment is None:
        return "day"
    return "day" if NIGHT_TO_H <= moment.astimezone(TAIPEI).hour < NIGHT_FROM_H else "night"


def _tone(view: LaneView) -> Tone:
    if view.step == "VERDICT" and view.verdict in VERDICTS:
        return {"GO": "go", "STOP": "stop", "REFER": "refer"}[view.verdict]  # type: ignore[return-value]
    if _CLOSES_LANE & set(view.faults):
        return "closed"
    return "idle" if view.step == "IDLE" else "work"


def _page(view: LaneView, tone: Tone) -> str:
    if tone in {"closed", "idle"}:
        return tone
    if tone != "work":
        return "verdict"
    return {"SIGNED_IN": "seal", "CHECKS": "check", "PHOTO": "photo", "CONFIRM": "confirm"}.get(view.step, "seal")


def _steps(view: LaneView) -> tuple[StepMark, ...]:
    at = {"IDLE": 0, "SIGNED_IN": 1, "CHECKS": 2, "PHOTO": 3, "CONFIRM": 4, "VERDICT": len(STEPS)}.get(view.step, 1)
    if view.step == "VERDICT" and view.verdict != "GO":
        done = 2 + bool(view.checks_done) + bool(view.photo_sha256)
        return tuple(
            StepMark(number=n + 1, name=name, words=words, state="done" if n < done else "open")
            for n, (name, words) in enumerate(STEPS)
        )
    return tuple(
        StepMark(number=n + 1, name=name, words=words, state="done" if n < at else "now" if n == at else "open")
        for n, (name, words) in enumerate(STEPS)
    )


def _driver(view: LaneView, tone: Tone) -> Line:
    """Return the driver's line: that of the first reason which has one, else that of the verdict."""
    if tone == "closed":
        return DRIVER["keep_out"]
    if tone in {"idle", "work"}:
        return DRIVER["ready" if tone == "idle" else "still"]
    usual = DRIVER[view.verdict or "REFER"]
    for reason in _reasons(view.reasons):
        if reason.driver_zh:
            return Line(reason.driver_zh, reason.driver_en, reason.driver_vi or usual.vi, reason.driver_id or usual.id)
    return usual


def _reasons(codes: Iterable[str]) -> tuple[Reason, ...]:
    return tuple(REASONS.get(code) or Reason(code, code, code) for code in codes)


def _notice(view: LaneView) -> Reason | None:
    """Return why the last tap or press led nowhere; a reader that is back needs no more words."""
    if view.notice is None or (view.notice in _CLOSES_LANE and view.notice not in view.faults):
        return None
    return _reasons([view.notice])[0]


def _faults(view: LaneView, notice: Reason | None) -> tuple[Reason, ...]:
    """Return what is to be told of faults, those first that close the lane."""
    told = {*_SHOWN_ELSEWHERE, notice.code if notice else ""}
    return _reasons(
        sorted((code for code in view.faults if code not in told), key=lambda code: code not in _CLOSES_LANE)
    )


def _proof_open(view: LaneView) -> bool:
    return view.verdict == "GO" and view.proof == "NOT_VERIFIED"


def _value(view: LaneView, check: str) -> str:
    values = {
        "container": spaced(view.container or ""),
        "seal": view.seal_no or "",
        "plate": view.plate or "",
        "load": view.transport_order or "",
    }
    return values.get(check, "")


def _checks(view: LaneView) -> tuple[CheckMark, ...]:
    done = view.checks_done
    return tuple(
        CheckMark(name=name, question=question, value=_value(view, name), good=done.get(name))
        for name, question in QUESTIONS.items()
    )


def _hold(hold: HoldView) -> HoldCard:
    return HoldCard(
        container=spaced(hold.container),
        seal_no=hold.seal_no,
        reason=_reasons([hold.reason])[0],
        since=local_time(hold.since),
    )


def _devices(view: LaneView) -> tuple[Device, ...]:
    broken = {code.split("-", 1)[0] for code in view.faults}
    return (
        Device(name="reader", up="READER" not in broken),
        Device(name="camera", up="CAM" not in broken),
        Device(name="gps", up="GPS" not in broken),
        Device(name="network", up=view.online),
    )
