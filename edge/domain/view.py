"""What the kiosk page sees of a lane, what it may ask of it, and the refusal it gets: the contract of lane and page.

The page shows the last view whole; nothing here is decided, and nothing here names a person but by staff number.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

from schemas.messages import Location, Operation, SealProof, Verdict


class Step(StrEnum):
    """Where a lane's session stands (domain.md A5, A6)."""

    IDLE = "IDLE"
    SIGNED_IN = "SIGNED_IN"  # a badge was read; waiting for a location tag or the seal
    CHECKS = "CHECKS"  # the seal was read and nothing speaks against it: questions, one by one
    PHOTO = "PHOTO"
    CONFIRM = "CONFIRM"
    VERDICT = "VERDICT"  # the light is on; stored, unless `record` is None


class Check(StrEnum):
    """The questions of R-054, R-055 and R-065, by the names of `schemas.messages.Answers`."""

    CONTAINER = "container"
    SEAL = "seal"
    PLATE = "plate"
    LOAD = "load"
    LOCKED = "locked"
    INTACT = "intact"


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
    actor: str | None = None  # staff number
    seconds_left: int | None = None  # until the step ends by itself
    busy: bool = False  # a picture is being taken or a record stored: buttons are dead
    record: str | None = None  # "epoch/seq" of the record behind the light; None: nothing stored (yet)


class Act(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One press on the page; `check` and `ok` only with "answer", and `check` must be the question now asked."""

    act: Literal["answer", "photo", "confirm", "undo", "cancel", "sign_out", "acknowledge"]
    check: Check | None = None
    ok: bool | None = None


class Refused(Exception):  # noqa: N818 - the word of the screen: the press was refused, nothing is broken
    """A press that is not possible now; `code` is a fault code of schemas.reasons."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
