"""The pieces of the staff's screen: steps, checks, choices, fields, papers, each with its words; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge.kiosk.say import local_time, reasons, spaced
from edge.kiosk.words import CHOICES, ENTRIES, OPERATIONS, QUESTIONS, STEPS, TEXTS, Question, Words
from schemas.messages import PaperKind, SealPosition
from schemas.reasons import REASONS, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.domain.view import Entry, HoldView, LaneView

MENU_CELLS = 5  # beside the one for a seal that cannot be read
KEYS_MAX = 9  # digits on a keyboard that choose

POSITIONS = frozenset(str(position) for position in SealPosition)
_MENU = ("READ_CONFIRM_OUT", "READ_CONFIRM_IN", "MAKEUP_ARRIVE", "ABNORMAL_IN", "SCRAP", "PAPERS")
# the step at which each page stands in the row on top
_STEP_AT = {"IDLE": 0, "PIN": 0, "SIGNED_IN": 1, "LOOKUP": 1, "GROUNDS": 1, "CHECKS": 2, "PHOTO": 3, "CONFIRM": 4}


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
class Choice:
    """One code that may be chosen, with its words and the key that chooses it."""

    code: str
    words: Words
    key: str = ""
    chosen: bool = False
    lit: bool = True


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field to fill."""

    entry: Entry
    words: Words
    error: Reason | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One paper of a hold: taken, or still missing."""

    kind: PaperKind
    words: Words
    taken: bool


def choice_words(code: str) -> Words:
    """Return the words of a code that may be chosen; a code that this build does not know says itself."""
    known = CHOICES.get(code)
    reason = REASONS.get(code)
    return known or (Words(reason.zh, reason.en) if reason else Words(code, code))


def duration(seconds: int) -> Words:
    """Return hours and minutes, the begun minute counted."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    told = [(hours, TEXTS["hours"])] if hours else []
    told.append((minutes, TEXTS["minutes"]))
    return Words(*(" ".join(f"{number} {unit[lang]}" for number, unit in told) for lang in (0, 1)))


def steps_of(view: LaneView) -> tuple[StepMark, ...]:
    """Return the row of steps on top; a refusal leaves open what was not reached."""
    at = _STEP_AT.get(view.step, len(STEPS))
    over = view.step in {"VERDICT", "PAPERS"} and view.verdict != "GO"
    if over:
        at = 2 + bool(view.checks_done) + bool(view.photo_sha256)
    return tuple(
        StepMark(
            number=n + 1,
            name=name,
            words=words,
            state="done" if n < at else "now" if n == at and not over else "open",
        )
        for n, (name, words) in enumerate(STEPS)
    )


def value_of(view: LaneView, check: str) -> str:
    """Return what a check compares, as it stands on the door."""
    places = [CHOICES[code].zh for code in view.chosen if code in POSITIONS]
    values = {
        "container": spaced(view.container or ""),
        "seal": view.seal_no or "",
        "plate": view.plate or "",
        "load": view.transport_order or "",
        "sealed": "、".join(places),
    }
    return values.get(check, "")


def checks_of(view: LaneView) -> tuple[CheckMark, ...]:
    """Return every check with its value and its answer."""
    done = view.checks_done
    return tuple(
        CheckMark(name=name, question=question, value=value_of(view, name), good=done.get(name))
        for name, question in QUESTIONS.items()
    )


def choices_of(view: LaneView) -> tuple[Choice, ...]:
    """Return the codes now offered, with their words and keys."""
    return tuple(
        Choice(code=code, words=choice_words(code), key=str(n) if n <= KEYS_MAX else "", chosen=code in view.chosen)
        for n, code in enumerate(view.choices, start=1)
    )


def menu_of(view: LaneView) -> tuple[Choice, ...]:
    """Return the operations: what may be chosen first, the usual others dead behind it, each lane's own 讀取確認."""
    lit = [str(operation) for operation in view.operations]
    idle = [name for name in _MENU if name not in lit]
    if "READ_CONFIRM_OUT" in idle:
        idle.remove("READ_CONFIRM_OUT")
    elif "READ_CONFIRM_IN" in idle:
        idle.remove("READ_CONFIRM_IN")
    names = [*lit, *idle][: max(MENU_CELLS, len(lit))]
    return tuple(
        Choice(
            code=name,
            words=OPERATIONS.get(name, Words(name, name)),
            key=str(n),
            chosen=name == view.operation,
            lit=name in lit and "operation" in view.acts,
        )
        for n, name in enumerate(names, start=1)
    )


def field_of(entry: Entry) -> Field:
    """Return one field to fill, with what is wrong with it."""
    error = reasons([entry.error])[0] if entry.error else None
    return Field(entry=entry, words=ENTRIES[entry.name], error=error)


def papers_of(view: LaneView) -> tuple[Paper, ...]:
    """Return the two papers of a hold, taken or missing (R-069, R-070)."""
    words: Iterable[tuple[PaperKind, Words]] = (
        (PaperKind.STATEMENT, ENTRIES["statement"]),
        (PaperKind.DRIVER_ID, TEXTS["id_copy"]),
    )
    return tuple(Paper(kind=kind, words=text, taken=kind in view.papers_done) for kind, text in words)


def hold_of(hold: HoldView) -> HoldCard:
    """Return one 留置 in words."""
    return HoldCard(
        container=spaced(hold.container),
        seal_no=hold.seal_no,
        reason=reasons([hold.reason])[0],
        since=local_time(hold.since),
    )


def devices_of(view: LaneView) -> tuple[Device, ...]:
    """Return the equipment of the lane, up or down."""
    broken = {code.split("-", 1)[0] for code in view.faults}
    return (
        Device(name="reader", up="READER" not in broken),
        Device(name="camera", up="CAM" not in broken),
        Device(name="gps", up="GPS" not in broken),
        Device(name="network", up=view.online),
    )
