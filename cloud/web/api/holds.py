"""REST resource: goods on hold (留置), their papers, and the lifting of holds by people and by rules (R-068…R-072)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.holds import HoldReason
from cloud.domain.lifecycles.hold import State, Step
from cloud.registry import holds as registry
from cloud.web.api.calling import Caller
from cloud.web.api.documents import LookBody  # noqa: TC001 -- FastAPI reads a route's annotations at run time
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, PAGE_MAX, Page, page_of
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud.registry.desk import Desk

router = APIRouter(tags=["holds"])

HoldId = Annotated[int, Path(ge=1)]
Digest = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$", description="SHA-256 of a document put before")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReportBody(_Body):
    """To whom a hold was reported (通報監管關員), and when."""

    officer: str = Field(min_length=1, max_length=64, description="Staff number or person id of the officer")
    reported: AwareDatetime
    note: str = Field(default="", max_length=200)


class HoldBody(_Body):
    """Which goods are held and why (留置); nothing else is needed at once."""

    movement: str = Field(min_length=1, max_length=32)
    reason: HoldReason = Field(description="Each kind of seal has its own")
    remark: str = Field(default="", max_length=200, description="Asked for HOLD-OTHER; no personal data")
    report: ReportBody | None = None


class StatementBody(_Body):
    """What the driver says (書面說明): text, a scan put before, or both."""

    driver: str = Field(min_length=1, max_length=100, description="Name (司機姓名)")
    made: AwareDatetime
    text: str = Field(default="", max_length=4000)
    scan: Digest | None = None
    company: str = Field(default="", max_length=100, description="Trucking company (拖車公司)")
    plate: str = Field(default="", max_length=12)
    driver_id: str | None = Field(default=None, max_length=32, description="Id in the register of drivers")


class IdCopyBody(_Body):
    """The copy of the driver's papers (身分證明影本), put before as a document of kind ID_COPY."""

    copy_of_id: Digest
    taken: AwareDatetime


class FindingBody(_Body):
    """What the officer found (查證結果)."""

    finding: str = Field(min_length=1, max_length=200)


class RuleLiftBody(FindingBody):
    """Which hold of the rules is lifted: the reason as it is shown."""

    reason: str = Field(min_length=1, max_length=40)


class HoldQuery(_Body):
    """Which holds a list is asked for."""

    state: State | None = None
    movement: str | None = Field(default=None, max_length=32)
    lacking: bool = Field(default=False, description="Only those that lack something (缺件)")
    after: int = Field(default=0, ge=0, description="The `next` of the page before")
    limit: int = Field(default=PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many items at most")


class Hold(BaseModel):
    """A hold as it stands; it shows no personal data."""

    id: int
    movement: str
    kind: SealKind
    reason: str
    remark: str
    site: str
    state: State
    placed: datetime
    placed_by: str
    officer: str | None
    reported: datetime | None
    lifted: datetime | None
    ended: datetime | None
    missing: list[Step] = Field(description="What it still lacks (缺件)")
    chases: int = Field(description="How often that was asked for again (催補次數)")


class HistoryLine(BaseModel):
    """One step about a hold; papers by the SHA-256 of their documents."""

    step: str
    happened: datetime
    entered: datetime
    account: str
    officer: str | None
    paper: str | None
    scan: str | None
    note: str


@router.post("/holds", status_code=201)
def place_hold(call: Caller, body: HoldBody) -> Hold:
    """Hold goods at once; both gates show it, and no lane lets them through until an officer lifts it."""
    entry = registry.PlaceEntry(
        movement=body.movement,
        reason=body.reason,
        remark=body.remark,
        report=None if body.report is None else _report(body.report),
    )
    return call.write(lambda desk: _hold(registry.find(desk, registry.place(desk, entry))))


@router.get("/holds")
def list_holds(call: Caller, asked: Annotated[HoldQuery, Query()]) -> Page[Hold]:
    """Return holds at the caller's sites, oldest first."""
    wanted = registry.Wanted(state=asked.state, movement=asked.movement, lacking=asked.lacking)
    rows = call.read(lambda desk: registry.page(desk, asked.after, asked.limit, wanted))
    return page_of(rows, asked.limit, "id", _hold)


@router.get("/holds/{hold}")
def get_hold(call: Caller, hold: HoldId) -> Hold:
    """Return one hold."""
    return _hold(call.read(lambda desk: registry.find(desk, hold)))


@router.get("/holds/{hold}/history")
def get_history(call: Caller, hold: HoldId) -> list[HistoryLine]:
    """Return every step about a hold, oldest first."""
    return [_line(line) for line in call.read(lambda desk: registry.history(desk, hold))]


@router.post("/holds/{hold}/report")
def report_hold(call: Caller, hold: HoldId, body: ReportBody) -> Hold:
    """Write down that an officer was told, whatever is missing."""
    return _step(call, hold, lambda desk: registry.report(desk, hold, _report(body)))


@router.post("/holds/{hold}/statement")
def add_statement(call: Caller, hold: HoldId, body: StatementBody) -> Hold:
    """Add the driver's written statement; it is kept as a restricted document."""
    entry = registry.StatementEntry(**body.model_dump(exclude={"made"}), made_ms=to_ms(body.made))
    return _step(call, hold, lambda desk: registry.add_statement(desk, hold, entry))


@router.post("/holds/{hold}/statement/look")
def read_statement(call: Caller, hold: HoldId, body: LookBody) -> StatementBody:
    """Return the newest statement to an officer; each look is on the audit log."""
    said = call.read(lambda desk: registry.read_statement(desk, hold, body.reason))
    return StatementBody(
        driver=said.driver,
        made=from_ms(said.made_ms),
        text=said.text,
        scan=said.scan,
        company=said.company,
        plate=said.plate,
        driver_id=said.driver_id,
    )


@router.post("/holds/{hold}/id-copy")
def add_id_copy(call: Caller, hold: HoldId, body: IdCopyBody) -> Hold:
    """Add the copy of the driver's papers."""
    entry = registry.IdCopyEntry(copy=body.copy_of_id, taken_ms=to_ms(body.taken))
    return _step(call, hold, lambda desk: registry.add_id_copy(desk, hold, entry))


@router.post("/holds/{hold}/lift")
def lift_hold(call: Caller, hold: HoldId, body: FindingBody) -> Hold:
    """Let goods go (解除留置), by an officer; what the rules hold stays held, and missing papers stay owed."""
    return _step(call, hold, lambda desk: registry.lift(desk, hold, body.finding))


@router.post("/holds/{hold}/annul")
def annul_hold(call: Caller, hold: HoldId, body: FindingBody) -> Hold:
    """Take back a hold that was placed in error (註銷), by an officer."""
    return _step(call, hold, lambda desk: registry.annul(desk, hold, body.finding))


@router.post("/holds/{hold}/complete")
def complete_hold(call: Caller, hold: HoldId, body: FindingBody) -> Hold:
    """Close a lifted hold (結案), by an officer, once report, statement and copy of ID are there."""
    return _step(call, hold, lambda desk: registry.complete(desk, hold, body.finding))


@router.post("/movements/{movement}/rule-hold/lift", status_code=204)
def lift_rule_hold(call: Caller, movement: Annotated[str, Path(max_length=32)], body: RuleLiftBody) -> None:
    """Lift what a rule holds, by an officer; a person's hold and another rule's are not touched."""
    entry = registry.RuleLift(movement=movement, reason=body.reason, finding=body.finding)
    call.write(lambda desk: registry.lift_of_rules(desk, entry))


def _step(call: Caller, hold: int, work: Callable[[Desk], object]) -> Hold:
    def step(desk: Desk) -> Hold:
        work(desk)
        return _hold(registry.find(desk, hold))

    return call.write(step)


def _report(body: ReportBody) -> registry.ReportEntry:
    return registry.ReportEntry(officer=body.officer, reported_ms=to_ms(body.reported), note=body.note)


def _hold(one: registry.Hold) -> Hold:
    return Hold(
        id=one.id,
        movement=one.movement,
        kind=SealKind(one.kind),
        reason=one.reason,
        remark=one.remark,
        site=one.site,
        state=one.state,
        placed=from_ms(one.placed_ms),
        placed_by=one.placed_by,
        officer=one.officer,
        reported=moment(one.reported_ms),
        lifted=moment(one.lifted_ms),
        ended=moment(one.ended_ms),
        missing=list(one.missing),
        chases=one.chases,
    )


def _line(line: registry.History) -> HistoryLine:
    return HistoryLine(
        step=line.step,
        happened=from_ms(line.event_ms),
        entered=from_ms(line.at_ms),
        account=line.account,
        officer=line.officer,
        paper=line.paper,
        scan=line.scan,
        note=line.note,
    )
