"""REST resource: the seal registers 專簿, to inspect, to take away as files, and to correct (R-032…R-034, A9-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.seal_numbers import QUANTITY_MAX
from cloud.registry.refusals import Refusal
from cloud.registry.stock import registers as registry
from cloud.registry.stock import requests
from cloud.web.api import sheets
from cloud.web.api.calling import Caller
from cloud.web.api.sheets import FILES, Format
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of
from schemas.messages import SealKind

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/registers", tags=["seal registers"])

From = Annotated[AwareDatetime | None, Query(alias="from", description="first moment; null: the beginning")]
To = Annotated[AwareDatetime | None, Query(description="first moment no more; null: now")]
Site = Annotated[str | None, Query(max_length=8, description="卸存地代碼")]
_END_MS = 2**53


class IssueBody(BaseModel):
    """An issue as the register has it (專簿: 領用日期, 起迄號碼, 數量)."""

    model_config = ConfigDict(extra="forbid")

    site: str = Field(max_length=8, description="卸存地代碼")
    first: str = Field(pattern="^[0-9A-Z-]{1,17}$", description="起號")
    last: str = Field(pattern="^[0-9A-Z-]{1,17}$", description="迄號")
    quantity: int = Field(ge=1, le=QUANTITY_MAX, description="數量")
    issued: AwareDatetime = Field(description="領用日期")
    kind: SealKind = SealKind.E

    def entry(self) -> requests.IssueEntry:
        """Return it as the registry takes it."""
        return requests.IssueEntry(
            site=self.site,
            first=self.first,
            last=self.last,
            quantity=self.quantity,
            issued_ms=to_ms(self.issued),
            kind=self.kind,
        )


class IssueCorrection(IssueBody):
    """What the issue should have said, and why it did not."""

    reason: str = Field(min_length=1, max_length=200, description="更正理由")


class UseCorrection(BaseModel):
    """What the use record should have said, and why it did not."""

    model_config = ConfigDict(extra="forbid")

    document: str = Field(min_length=1, max_length=35, description="報單或轉運准單號碼")
    unit: str = Field(pattern="^[0-9A-Z]{1,17}$", description="貨櫃或保稅運貨工具號碼")
    reason: str = Field(min_length=1, max_length=200, description="更正理由")


class Entry(BaseModel):
    """One row of a register: `facts` are its columns; `corrects` names the row it takes the place of."""

    id: int
    corrects: int | None
    facts: dict[str, Any]


class Number(BaseModel):
    """The number of a new row."""

    id: int


def _query(begin: From = None, to: To = None, site: Site = None, kind: SealKind | None = None) -> registry.Query:
    begin_ms, end_ms = 0 if begin is None else to_ms(begin), _END_MS if to is None else to_ms(to)
    if begin_ms > end_ms:
        raise Refusal("INVALID", "from: after to")
    return registry.Query(from_ms=begin_ms, to_ms=end_ms, site=site, kind=kind)


Wanted = Annotated[registry.Query, Depends(_query)]


def _entry(row: Any) -> Entry:
    facts = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name for it
    number, corrects = facts.pop("id"), facts.pop("corrects", None)
    for name in [name for name in facts if name.endswith("_ms")]:
        facts[name.removesuffix("_ms")] = from_ms(facts.pop(name))
    return Entry(id=number, corrects=corrects, facts=facts)


@router.get("/{register}")
def list_register(
    call: Caller, register: registry.Register, query: Wanted, after: After = "0", limit: Limit = PAGE_DEFAULT
) -> Page[Entry]:
    """Return rows of a register by number: issues, uses, or steps of scrapping."""
    number = number_after(after)
    rows = call.read(lambda desk: registry.listed(desk, register, query, number, limit))
    return page_of(rows, limit, "id", _entry)


@router.get("/{register}/file", responses=FILES)
def get_file(call: Caller, register: registry.Register, query: Wanted, form: Format = "csv") -> Response:
    """Return a register as a file, corrected rows and corrections alike."""
    return sheets.answer(call.read(lambda desk: registry.sheet(desk, register, query, sheets.minguo)), form)


@router.post("/issues", status_code=status.HTTP_201_CREATED)
def enter_issue(call: Caller, body: IssueBody) -> Number:
    """Enter an issue that was made on paper."""
    return call.write(lambda desk: Number(id=requests.issue_directly(desk, body.entry())))


@router.post("/issues/{number}/correction", status_code=status.HTTP_201_CREATED)
def correct_issue(call: Caller, number: int, body: IssueCorrection) -> Number:
    """Correct an issue by a new row."""

    def work(desk: Desk) -> Number:
        return Number(id=registry.correct_issue(desk, number, body.entry(), body.reason))

    return call.write(work)


@router.post("/uses/{number}/correction", status_code=status.HTTP_201_CREATED)
def correct_use(call: Caller, number: int, body: UseCorrection) -> Number:
    """Correct a use record by a new row."""

    def work(desk: Desk) -> Number:
        facts = {"document": body.document, "unit": body.unit, "reason": body.reason}
        return Number(id=registry.correct_use(desk, number, **facts))

    return call.write(work)
