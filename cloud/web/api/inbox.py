"""REST resource: the centre's evidence inbox (存證): papers of seals put on or received in an outage (R-075, R-077)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.outages import Shows, Side
from cloud.registry.outages import inbox as registry
from cloud.registry.outages import reconciling
from cloud.store.registry.evidence import Wanted
from cloud.web.api.calling import CREATED, Caller
from cloud.web.api.moments import millis, moment
from cloud.web.api.transaction import PAGE_DEFAULT, PAGE_MAX, Page, page_of
from schemas.messages import SealKind

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/evidence", tags=["evidence inbox"])

Sha256 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
Papers = Annotated[list[Sha256], Field(max_length=registry.DOCUMENTS_MAX)]


class PapersBody(BaseModel):
    """Documents put before, by their SHA-256."""

    model_config = ConfigDict(extra="forbid")

    transport_order_scans: Papers = Field(default=[], description="運送單")
    sealing_photos: Papers = Field(default=[], description="加封拍照影像")

    def papers(self) -> dict[Shows, list[str]]:
        """Return the papers by what they show."""
        return {Shows.ORDER: self.transport_order_scans, Shows.PHOTO: self.sealing_photos}


class EvidenceBody(PapersBody):
    """What a site sends; papers may follow later."""

    side: Side = Field(description="ORIGIN: sealed without the system. DESTINATION: departed, then the system failed")
    site: str = Field(description="Place code of the sender")
    seal_no: str
    container: str = Field(description="Container or bonded unit")
    kind: SealKind | None = Field(default=None, description="Needed only where the register does not know the seal")
    transport_order: str | None = Field(default=None, description="運送單號碼")
    outage: int | None = Field(default=None, description="Null: the declared one that covers the site then")
    sealed: AwareDatetime | None = None
    remark: str = Field(default="", max_length=registry.REMARK_CHARS_MAX)


class ScrapBody(BaseModel):
    """Why a seal that was put on in an outage is scrapped."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=reconciling.REASON_CHARS_MAX)


class Item(EvidenceBody):
    """An item of the inbox."""

    id: int
    movement: str | None = Field(description="The movement of this seal, where there was one")
    record: str | None = Field(description="Hash of the record, where a lane sent it by itself")
    lane_pictures: list[str] = Field(description="Pictures that the lane's record names, by their hash")
    missing: list[Shows] = Field(description="What the item lacks")
    account: str
    received: datetime


class Search(BaseModel):
    """Which items are asked for."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, description="The `next` of the page before")
    limit: int = Field(default=PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many items at most")
    outage: int | None = None
    site: str | None = None
    movement: str | None = None
    complete: bool | None = Field(default=None, description="False: only those that lack papers")


def read_item(item: registry.Item) -> Item:
    """Write an item as this resource shows it."""
    row = item.row
    return Item(
        id=row.id,
        side=row.side,
        site=row.site,
        seal_no=row.seal_no,
        container=row.container,
        kind=row.kind,
        transport_order=row.transport_order,
        outage=row.outage,
        sealed=moment(row.sealed_ms),
        remark=row.remark,
        movement=row.movement,
        transport_order_scans=list(item.papers.get(Shows.ORDER, ())),
        sealing_photos=list(item.papers.get(Shows.PHOTO, ())),
        record=row.record,
        lane_pictures=list(item.pictures),
        missing=list(item.missing),
        account=row.account,
        received=from_ms(row.at_ms),
    )


@router.post("", status_code=CREATED)
def submit(call: Caller, body: EvidenceBody) -> Item:
    """Send evidence to the centre; what is missing is flagged, not refused."""
    said = body.model_dump(exclude={"sealed", "transport_order_scans", "sealing_photos"})
    entry = registry.Evidence(**said, sealed_ms=millis(body.sealed), papers=body.papers())
    return call.write(lambda desk: read_item(registry.item(desk, registry.submit(desk, entry))))


@router.post("/{item}/documents")
def attach(call: Caller, item: int, body: PapersBody) -> Item:
    """Send papers that were missing."""

    def work(desk: Desk) -> Item:
        registry.attach(desk, item, body.papers())
        return read_item(registry.item(desk, item))

    return call.write(work)


@router.post("/{item}/scrap")
def scrap(call: Caller, item: int, body: ScrapBody) -> Item:
    """Register the seal of an item as scrapped after the recovery (operator or officer of the origin; R-076)."""

    def work(desk: Desk) -> Item:
        reconciling.scrap(desk, item, body.reason)
        return read_item(registry.item(desk, item))

    return call.write(work)


@router.get("/{item}")
def get_item(call: Caller, item: int) -> Item:
    """Return one item."""
    return call.read(lambda desk: read_item(registry.item(desk, item)))


@router.get("")
def list_items(call: Caller, search: Annotated[Search, Query()]) -> Page[Item]:
    """Return items by id, of the caller's own sites where its reach ends there."""
    wanted = Wanted(search.outage, search.site, search.movement, search.complete)

    def work(desk: Desk) -> Page[Item]:
        items = [read_item(one) for one in registry.items(desk, search.after, search.limit, wanted)]
        return page_of(items, search.limit, "id", lambda one: one)

    return call.read(work)
