"""The staff's screen of a lane: from its state to what the page paints, whole, for the first paint and each change.

The kiosk decides nothing: everything below is choosing words, places and colours for what the lane says. What may be
pressed stands in `view.acts`; the rest of the buttons is there, dead, so that each keeps its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.kiosk import pieces
from edge.kiosk.banners import Banner, banners, faults_told, notice_told
from edge.kiosk.say import (
    Language,
    Light,
    Palette,
    Tone,
    driver_line,
    light,
    local_time,
    reasons,
    spaced,
    told_reasons,
    tone,
    unpersonal,
)
from edge.kiosk.words import OPERATIONS, QUESTIONS, ROLES, VERDICTS, Line, Question, Words
from schemas.reasons import REASONS, Reason

if TYPE_CHECKING:
    from edge.domain.view import LaneView

FAULTS_SHOWN_MAX = 2
HOLDS_SHOWN_MAX = 2
SECONDS_LEFT_WARN = 30  # an unattended session is warned of this long before it ends

_PAGES = {
    "SIGNED_IN": "seal",
    "PIN": "pin",
    "LOOKUP": "lookup",
    "GROUNDS": "grounds",
    "CHECKS": "check",
    "PHOTO": "photo",
    "CONFIRM": "confirm",
    "PAPERS": "papers",
}
_ENDINGS = ("acknowledge", "next", "sign_out", "cancel")  # how the papers are left, best first


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Everything the templates need; they only place it."""

    view: LaneView
    lang: Language
    tone: Tone
    light: Light
    page: str  # which of main's sections
    clock: str
    steps: tuple[pieces.StepMark, ...]
    driver: Line
    operation: Words | None
    verdict: Words | None
    reasons: tuple[Reason, ...]
    proof_note: Reason | None
    question: Question | None
    value: str  # what the current check compares
    checks: tuple[pieces.CheckMark, ...]
    banners: tuple[Banner, ...]
    faults: tuple[Reason, ...]
    notice: Reason | None
    holds: tuple[pieces.HoldCard, ...]
    holds_more: int
    devices: tuple[pieces.Device, ...]
    container: str
    staff: str
    role: Words | None
    menu: tuple[pieces.Choice, ...]
    choices: tuple[pieces.Choice, ...]
    positions: tuple[pieces.Choice, ...]  # of the seal on the door: all of them say "locked"
    chosen: tuple[Words, ...]
    fields: tuple[pieces.Field, ...]
    found: tuple[Reason, ...]  # what is wrong with the last picture
    papers: tuple[pieces.Paper, ...]
    ending: str  # the act that leaves the papers
    due: str  # HH:MM of the arrival's deadline
    late: Words | None


def compose(view: LaneView, lang: Language, palette: Palette = "auto") -> Screen:
    """Choose words, colours and order for one state of a lane."""
    shown: Tone = "work" if view.step == "PAPERS" else tone(view)  # the form stands on a quiet field
    page = _page(view, shown)
    check = view.check or ""
    offered = pieces.choices_of(view)
    return Screen(
        view=view,
        lang=lang,
        tone=shown,
        light=light(view.clock, palette),
        page=page,
        clock=local_time(view.clock),
        steps=pieces.steps_of(view),
        driver=driver_line(view, tone(view)),
        operation=OPERATIONS.get(view.operation or ""),
        verdict=VERDICTS.get(view.verdict or ""),
        reasons=told_reasons(view),
        proof_note=REASONS["PROOF-LATER"] if view.verdict == "GO" and view.proof == "NOT_VERIFIED" else None,
        question=QUESTIONS.get(check),
        value=pieces.value_of(view, check),
        checks=pieces.checks_of(view),
        banners=banners(view, page),
        faults=faults_told(view)[:FAULTS_SHOWN_MAX],
        notice=notice_told(view),
        holds=tuple(pieces.hold_of(hold) for hold in view.holds[:HOLDS_SHOWN_MAX]),
        holds_more=max(0, len(view.holds) - HOLDS_SHOWN_MAX),
        devices=pieces.devices_of(view),
        container=spaced(view.container or ""),
        staff=unpersonal(view.actor or ""),
        role=ROLES.get(view.role or ""),
        menu=pieces.menu_of(view),
        choices=tuple(choice for choice in offered if choice.code not in pieces.POSITIONS),
        positions=tuple(choice for choice in offered if choice.code in pieces.POSITIONS),
        chosen=tuple(pieces.choice_words(code) for code in view.chosen),
        fields=tuple(pieces.field_of(entry) for entry in view.entries),
        found=reasons(view.pictures[-1].found) if view.pictures else (),
        papers=pieces.papers_of(view),
        ending=next((act for act in _ENDINGS if act in view.acts), ""),
        due=local_time(view.deadline or ""),
        late=pieces.duration(view.late_s) if view.late_s else None,
    )


def _page(view: LaneView, shown: Tone) -> str:
    if shown in {"closed", "idle"}:
        return shown
    if shown != "work":
        return "verdict"
    page = _PAGES.get(view.step, "seal")
    return "sealed" if page == "check" and view.check == "sealed" else page
