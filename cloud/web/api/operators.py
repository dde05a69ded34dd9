"""REST resources: regulated operators of eight types, traders, trucking companies (R-003, R-004, R-007)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.authority import Act
from cloud.domain.companies import OPERATOR_KINDS, PART_OF, TRADER_KINDS, Kind, Part
from cloud.registry.people import companies as registry
from cloud.registry.refusals import Refusal
from cloud.store.registry import operators
from cloud.web.api.calling import Call, Caller
from cloud.web.api.fields import NameEn, NameZh, PlaceCodes, ValidTo
from cloud.web.api.moments import millis, moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(tags=["companies"])


def _of(part: Part) -> AfterValidator:
    def check(kind: Kind) -> Kind:
        if PART_OF[kind] is not part:
            raise ValueError(f"not a type of {part}")
        return kind

    return AfterValidator(check)


class TruckerBody(BaseModel):
    """A trucking company (拖車公司)."""

    model_config = ConfigDict(extra="forbid")

    ubn: str = Field(pattern="^[0-9]{8}$", description="統一編號")
    name_zh: NameZh
    name_en: NameEn
    valid_from: AwareDatetime
    valid_to: ValidTo = None


class TraderBody(TruckerBody):
    """A carrier, forwarder or customs broker (運輸、承攬、報關)."""

    kind: Annotated[Kind, _of(Part.TRADER), Field(json_schema_extra={"enum": list(TRADER_KINDS)})]


class OperatorBody(TruckerBody):
    """A regulated operator (業者) with the places it operates."""

    kind: Annotated[Kind, _of(Part.OPERATOR), Field(json_schema_extra={"enum": list(OPERATOR_KINDS)})]
    sites: PlaceCodes = []


class Company(BaseModel):
    """A company as registered."""

    id: str
    part: Part
    kind: Kind
    ubn: str
    name_zh: str
    name_en: str
    valid_from: datetime
    valid_to: datetime | None
    sites: list[str] = Field(description="Place codes (卸存地代碼) where it operates now")


def _company(desk: Desk, row: Any) -> Company:
    return Company(
        id=row.id,
        part=row.part,
        kind=row.kind,
        ubn=row.ubn,
        name_zh=row.name_zh,
        name_en=row.name_en,
        valid_from=from_ms(row.valid_from_ms),
        valid_to=moment(row.valid_to_ms),
        sites=operators.sites_of(desk.connection, row.id, desk.now_ms),
    )


def _put(call: Call, company: str, body: TruckerBody) -> Company:
    values = body.model_dump(exclude={"valid_from", "valid_to"})
    times = {"valid_from_ms": to_ms(body.valid_from), "valid_to_ms": millis(body.valid_to)}
    entry = registry.CompanyEntry(**{"id": company, "kind": Kind.TRUCKING} | values | times)

    def work(desk: Desk) -> tuple[Company, bool]:
        created = registry.put_company(desk, entry)
        return _company(desk, operators.find(desk.connection, company)), created

    return call.put(work)


def _get(call: Call, part: Part, company: str) -> Company:
    def work(desk: Desk) -> Company:
        desk.require(Act.REGISTRY_READ, subject="company:")
        row = operators.find(desk.connection, company)
        if row is None or row.part != part:
            raise Refusal("NOT-FOUND", company)
        return _company(desk, row)

    return call.read(work)


def _list(call: Call, part: Part, after: str, limit: int) -> Page[Company]:
    def work(desk: Desk) -> Page[Company]:
        desk.require(Act.REGISTRY_READ, subject="company:")
        rows = operators.page(desk.connection, part, after, limit)
        return page_of(rows, limit, "id", lambda row: _company(desk, row))

    return call.read(work)


@router.put("/operators/{company}", responses={201: {"model": Company}})
def put_operator(call: Caller, company: str, body: OperatorBody) -> Company:
    """Register an operator or change it; where it operated stays on record."""
    return _put(call, company, body)


@router.get("/operators/{company}")
def get_operator(call: Caller, company: str) -> Company:
    """Return one operator."""
    return _get(call, Part.OPERATOR, company)


@router.get("/operators")
def list_operators(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Company]:
    """Return operators by id."""
    return _list(call, Part.OPERATOR, after, limit)


@router.put("/traders/{company}", responses={201: {"model": Company}})
def put_trader(call: Caller, company: str, body: TraderBody) -> Company:
    """Register a trader or change it."""
    return _put(call, company, body)


@router.get("/traders/{company}")
def get_trader(call: Caller, company: str) -> Company:
    """Return one trader."""
    return _get(call, Part.TRADER, company)


@router.get("/traders")
def list_traders(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Company]:
    """Return traders by id."""
    return _list(call, Part.TRADER, after, limit)


@router.put("/trucking-companies/{company}", responses={201: {"model": Company}})
def put_trucker(call: Caller, company: str, body: TruckerBody) -> Company:
    """Register a trucking company or change it."""
    return _put(call, company, body)


@router.get("/trucking-companies/{company}")
def get_trucker(call: Caller, company: str) -> Company:
    """Return one trucking company."""
    return _get(call, Part.TRUCKER, company)


@router.get("/trucking-companies")
def list_truckers(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Company]:
    """Return trucking companies by id."""
    return _list(call, Part.TRUCKER, after, limit)
