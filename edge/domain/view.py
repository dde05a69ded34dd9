"""What the kiosk page sees of a lane, what it may ask of it, and the refusal it gets: the contract of lane and page.

The page shows the last view whole; nothing here is decided, and nothing here names a person but by staff number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from schemas.messages import Location, Operation, PaperKind, SealKind, SealProof, Verdict, Written

TEXT_MAX = 4000  # characters of a driver's statement


class Step(StrEnum):
    """Where a lane's session stands (domain.md A5, A6)."""

    IDLE = "IDLE"
    SIGNED_IN = "SIGNED_IN"  # a badge was read; waiting for a location tag or the seal, or another operation is chosen
    PIN = "PIN"  # the operation chosen needs proof of the person: the digits, on the screen's own keypad
    LOOKUP = "LOOKUP"  # no chip tells which movement: its container or seal number is typed or scanned
    GROUNDS = "GROUNDS"  # one of `choices` says why; with ABNORMAL_IN one or more say what is wrong
    CHECKS = "CHECKS"  # the seal was read and nothing speaks against it: questions, one by one
    PHOTO = "PHOTO"  # pictures are taken by themselves; a press is asked only where one fails or is found wanting
    CONFIRM = "CONFIRM"  # everything on one page
    VERDICT = "VERDICT"  # the light is on; stored, unless `record` is None
    PAPERS = "PAPERS"  # the 留置 is stored and told: statement and ID picture, now or later


class Check(StrEnum):
    """The questions of R-054, R-055 and R-065, in the order they are asked.

    By the names of `schemas.messages.Answers`, but that SEALED answers both `locked` and `intact`.
    """

    CONTAINER = "container"
    SEAL = "seal"
    PLATE = "plate"
    LOAD = "load"
    # one page for the seal on the door, answered last: "yes" says locked, without trace, at the position chosen
    SEALED = "sealed"


FieldName = Literal["container", "seal_no", "plate", "transport_order", "pin", "driver", "statement"]


class Entry(Struct, frozen=True, kw_only=True):
    """One field to type or scan; what must not be read over a shoulder comes without its value."""

    name: FieldName
    value: str = ""  # always empty for pin, driver and statement
    error: str | None = None  # a code of schemas.reasons


class PictureView(Struct, frozen=True, kw_only=True):
    """One picture of the session and what the gate thinks of it."""

    sha256: str
    found: tuple[str, ...] = ()  # PICTURE-… codes: it is taken again, or kept with a reason
    override: str | None = None  # OVERRIDE-…: why it was kept
    reads: str | None = None  # container number read by a machine: a hint


class HoldView(Struct, frozen=True, kw_only=True):
    """One 留置 in force at this gate."""

    container: str
    seal_no: str
    reason: str  # a code of schemas.reasons
    since: str  # RFC 3339


class LaneView(Struct, frozen=True, kw_only=True):
    """The whole state of a lane; `id` grows with every change, also across lanes of one agent run."""

    id: int
    gate: str
    lane: str
    step: Step
    site_zh: str
    site_en: str
    clock: str  # RFC 3339 in UTC; empty while the clock is unset
    online: bool
    waiting: int  # records not yet received by the cloud
    faults: tuple[str, ...]
    holds: tuple[HoldView, ...]
    simulation: bool
    operation: Operation | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()  # of the verdict, most important first
    notice: str | None = None  # a code: why the last tap or button led nowhere
    proof: SealProof | None = None
    location: Location | None = None
    container: str | None = None
    seal_no: str | None = None
    plate: str | None = None
    transport_order: str | None = None
    check: Check | None = None  # the question now asked
    checks_done: dict[str, bool] = field(default_factory=dict)
    photo_sha256: str | None = None
    pictures: tuple[PictureView, ...] = ()
    kind: SealKind | None = None
    load: str | None = None  # what the transport order says is inside
    deadline: str | None = None  # RFC 3339; of the arrival
    late_s: int | None = None  # seconds past the deadline
    operations: tuple[Operation, ...] = ()  # besides what follows from the seal, that this person may choose now
    choices: tuple[str, ...] = ()  # codes now offered: GROUNDS-…, Abnormal, SealPosition, OVERRIDE-…, NOT-LOCKED, …
    chosen: tuple[str, ...] = ()
    several: bool = False  # more than one of `choices` may be chosen
    entries: tuple[Entry, ...] = ()  # fields now to fill
    hint: str | None = None  # the container number on the picture, where it differs from the pairing
    outage: str | None = None  # notice of the declared outage under which this lane now works
    papers_done: tuple[PaperKind, ...] = ()  # of the hold just recorded
    acts: tuple[str, ...] = ()  # presses that are possible now, by their names in `Act`
    actor: str | None = None  # staff number
    role: Literal["OFFICER", "SPECIALIST"] | None = None
    tag_s: int | None = None  # seconds for which a location tag still stands in for GPS
    seconds_left: int | None = None  # until the step ends by itself
    busy: bool = False  # a picture is being taken or a record stored: buttons are dead
    record: str | None = None  # "epoch/seq" of the record behind the light; None: nothing stored (yet)


class Act(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One press on the page; each act has its own fields, another's are refused with NOT-NOW.

    answer: `check` (the question now asked), `ok`; at SEALED `choice` is the position, or what is wrong.
    operation: `choice`, one of `operations`.   unreadable: the seal has no chip that can be read.   pin: `text`.
    lookup: `written`.   choose: `choice`, one of `choices` (chooses, or takes back where several may be chosen).
    next: what is chosen is all.   photo: take again.   keep: `choice`, the reason to keep the last picture.
    paper: `paper`; a STATEMENT with `text` and `driver` (or, without text, photographed), a DRIVER_ID is photographed.
    """

    act: Literal[
        "answer",
        "operation",
        "unreadable",
        "pin",
        "lookup",
        "choose",
        "next",
        "photo",
        "keep",
        "paper",
        "confirm",
        "undo",
        "cancel",
        "sign_out",
        "acknowledge",
    ]
    check: Check | None = None
    ok: bool | None = None
    choice: Annotated[str, Meta(max_length=40)] | None = None
    text: Annotated[str, Meta(max_length=TEXT_MAX)] | None = None
    driver: Annotated[str, Meta(max_length=100)] | None = None
    paper: PaperKind | None = None
    written: Written | None = None


class Refused(Exception):  # noqa: N818 - the word of the screen: the press was refused, nothing is broken
    """A press that is not possible now; `code` is a fault code of schemas.reasons."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
