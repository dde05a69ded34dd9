"""REST resources: sealing instructions (加封指示), the officers' worklist, and customs' code tables (R-024…R-030)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.instructions import WORDS, Effect, Reason
from cloud.domain.lifecycles.instruction import State
from cloud.registry.instructions import codes, deciding, reading
from cloud.registry.instructions.deciding import Decision
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of

router = APIRouter(tags=["instructions"])

InstructionId = Annotated[str, Path(max_length=32)]
Place = Annotated[str, Field(pattern="^([0-9A-Z]{1,8})?$", description="卸存地代碼")]
Paper = Annotated[str, Field(max_length=14)]


class Facts(BaseModel):
    """Route and papers that an officer enters; empty: left to the messages."""

    model_config = ConfigDict(extra="forbid")

    origin: Place = ""
    destination: Place = ""
    declaration: Paper = Field(default="", description="報單號碼")
    permit: Paper = Field(default="", description="轉運准單號碼")


class WrittenBody(Facts):
    """A written instruction (海關書面文件指示)."""

    container: str = Field(pattern="^[0-9A-Z]{1,17}$", description="container or bonded unit (R-047)")
    document_no: str = Field(min_length=1, max_length=60, description="文號")
    scan: str = Field(pattern="^[A-Za-z0-9_-]{43}$", description="SHA-256 of the scan, put up under /documents")


class Ground(BaseModel):
    """A message that an instruction rests on, or is completed by."""

    message: str
    line: int
    kind: str
    verdict: Literal["REQUIRED", "UNDETERMINED", "NONE"]
    facts: dict[str, Any]
    at: datetime
    withdrawn_by: str | None


class Instruction(BaseModel):
    """A sealing instruction as it stands."""

    id: str
    container: str
    state: State
    basis: str = Field(description="the message that began it, or WRITTEN")
    by_officer: bool
    document_no: str | None
    scan: str | None
    declarations: list[str]
    permits: list[str]
    origin: str
    destination: str
    seals: list[str] = Field(description="原始封條")
    size_type: str
    conflicts: list[str] = Field(description="what messages contradict each other in: an officer enters it")
    fulfilled_by: str | None
    created: datetime


class InstructionInFull(Instruction):
    """With what it rests on."""

    grounds: list[Ground]


class TaskItem(BaseModel):
    """Something that a message leaves open (待辦)."""

    id: int
    reason: Reason
    zh: str
    en: str
    message: str | None = Field(description="id of the message, or hash of the record that a lane made")
    instruction: str | None
    site: str | None = Field(description="where the lane is that made the record")
    container: str
    detail: str
    opened: datetime
    closed: datetime | None
    closed_by: str | None
    decision: str | None
    remark: str | None


class DecisionBody(BaseModel):
    """What an officer makes of a task."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    remark: str = Field(min_length=1, max_length=500)


class Reasoned(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


class AnswerBody(BaseModel):
    """The pairing (配櫃) that answers an instruction."""

    model_config = ConfigDict(extra="forbid")

    movement: str = Field(min_length=1, max_length=32)


class CodeBody(BaseModel):
    """What a code does from now on."""

    model_config = ConfigDict(extra="forbid")

    effect: Effect
    meaning: str = Field(min_length=1, max_length=200)


class Code(CodeBody):
    """A code as it stands."""

    list: str = Field(description="062 處理註記, 025 放行附帶條件, MSG kinds of message without containers")
    code: str


def _instruction(row: Any) -> Instruction:
    known = {name: getattr(row, name) for name in Instruction.model_fields if name != "created"}
    return Instruction(created=from_ms(row.created_ms), **known)


def _task(row: Any) -> TaskItem:
    zh, en = WORDS[Reason(row.reason)]
    plain = ("id", "reason", "message", "instruction", "site", "container", "detail", "closed_by", "decision", "remark")
    return TaskItem(
        zh=zh,
        en=en,
        opened=from_ms(row.opened_ms),
        closed=moment(row.closed_ms),
        **{name: getattr(row, name) for name in plain},
    )


def _in_full(found: Any) -> InstructionInFull:
    row, mentions = found
    grounds = [
        Ground(at=from_ms(item.at_ms), **{name: getattr(item, name) for name in Ground.model_fields if name != "at"})
        for item in mentions
    ]
    return InstructionInFull(**_instruction(row).model_dump(), grounds=grounds)


@router.get("/instructions")
def list_instructions(
    call: Caller,
    state: State | None = None,
    container: Annotated[str | None, Query(max_length=17)] = None,
    after: After = "",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Instruction]:
    """Return instructions by id, those of the caller's sites."""
    rows = call.read(lambda desk: reading.page(desk, after, limit, state=state, container=container))
    return page_of(rows, limit, "id", _instruction)


@router.post("/instructions", status_code=201)
def write_instruction(call: Caller, body: WrittenBody) -> InstructionInFull:
    """Order a container sealed by a written document (R-030)."""

    def work(desk: Any) -> InstructionInFull:
        return _in_full(reading.find(desk, deciding.write(desk, deciding.WrittenEntry(**body.model_dump()))))

    return call.write(work)


@router.get("/instructions/{instruction_id}")
def get_instruction(call: Caller, instruction_id: InstructionId) -> InstructionInFull:
    """Return one instruction with the messages it rests on."""
    return _in_full(call.read(lambda desk: reading.find(desk, instruction_id)))


@router.put("/instructions/{instruction_id}/facts")
def complete_instruction(call: Caller, instruction_id: InstructionId, body: Facts) -> InstructionInFull:
    """Enter route and papers that no message told, or that messages contradict."""

    def work(desk: Any) -> InstructionInFull:
        deciding.complete(desk, instruction_id, deciding.FactsEntry(**body.model_dump()))
        return _in_full(reading.find(desk, instruction_id))

    return call.write(work)


@router.post("/instructions/{instruction_id}/withdrawal")
def withdraw_instruction(call: Caller, instruction_id: InstructionId, body: Reasoned) -> InstructionInFull:
    """Take an open instruction back."""

    def work(desk: Any) -> InstructionInFull:
        deciding.withdraw(desk, instruction_id, body.reason)
        return _in_full(reading.find(desk, instruction_id))

    return call.write(work)


@router.put("/instructions/{instruction_id}/answer")
def answer_instruction(call: Caller, instruction_id: InstructionId, body: AnswerBody) -> InstructionInFull:
    """Say which pairing answers an instruction where nothing else could tell."""

    def work(desk: Any) -> InstructionInFull:
        deciding.answer(desk, instruction_id, body.movement)
        return _in_full(reading.find(desk, instruction_id))

    return call.write(work)


@router.get("/worklist")
def list_tasks(
    call: Caller, *, closed: bool = False, after: After = "0", limit: Limit = PAGE_DEFAULT
) -> Page[TaskItem]:
    """Return what messages leave open, oldest first; with `closed`, what was dealt with."""
    number = number_after(after)
    rows = call.read(lambda desk: reading.worklist(desk, number, limit, closed=closed))
    return page_of(rows, limit, "id", _task)


@router.post("/worklist/{task_id}/decision", status_code=204)
def decide_task(call: Caller, task_id: int, body: DecisionBody) -> None:
    """Settle a task: a seal is required, is not, or nothing changes."""
    call.write(lambda desk: deciding.decide(desk, task_id, body.decision, body.remark))


@router.get("/customs-codes")
def list_codes(call: Caller) -> list[Code]:
    """Return what every known code does now."""
    known = call.read(reading.codes_in_force)
    return [
        Code(list=name, code=code, effect=effect, meaning=meaning)
        for (name, code), (effect, meaning) in sorted(known.items())
    ]


@router.put("/customs-codes/{code_list}/{code}")
def put_code(call: Caller, code_list: Literal["062", "025", "MSG"], code: str, body: CodeBody) -> Code:
    """Say what a code does from now on; what was decided before stays."""
    entry = codes.CodeEntry(list=code_list, code=code, effect=body.effect, meaning=body.meaning)

    def work(desk: Any) -> Code:
        codes.load(desk, entry)
        return Code(list=code_list, code=code, effect=body.effect, meaning=body.meaning)

    return call.write(work)
