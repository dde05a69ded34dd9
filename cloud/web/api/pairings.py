"""REST resource: 配櫃(封) at the desk (R-036, R-037), and another seal for one that cannot be read (R-060)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.authority import Act
from cloud.domain.fees import Reason
from cloud.domain.lifecycles.pairing import State
from cloud.domain.sealing import DOORS_MAX, Traffic, Unit
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import pairings as registry
from cloud.registry.sealing.declared import PairingEntry, SealBlock
from cloud.store.registry import pairings
from cloud.web.api.calling import Caller
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of
from cloud.web.api.transport_orders import Seal
from schemas.lifecycle import MovementState
from schemas.messages import SealKind, SealPosition

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/pairings", tags=["pairings"])


class Declared(BaseModel):
    """What is told about a sealing, and stays with the pairing."""

    model_config = ConfigDict(extra="forbid")

    seal_no: str = Field(pattern="^[0-9A-Z-]{1,17}$", description="封條號碼")
    container: str = Field(pattern="^[0-9A-Z]{1,17}$", description="貨櫃或保稅運貨工具號碼")
    unit: Unit = Field(default=Unit.CONTAINER, description="貨櫃 or 保稅運貨工具")
    origin: str = Field(max_length=8, description="起運地點代碼: where it is sealed")
    destination: str = Field(max_length=8, description="運往地點代碼")
    document: str | None = Field(
        default=None, max_length=35, description="報單或轉運准單號碼; without it that of the open instruction"
    )
    order: str | None = Field(default=None, max_length=19, description="運送單號碼, if there is one yet")
    traffic: Traffic | None = Field(default=None, description="進口、出口、轉口、轉運")
    size_type: str | None = Field(default=None, pattern="^[0-9A-Z]{4}$", description="櫃型; tells a reefer")
    doors: int = Field(default=1, ge=1, le=DOORS_MAX, description="櫃門數")
    other_seals: list[Seal] = Field(default=[], max_length=DOORS_MAX, description="其餘門戶之封條")
    position: SealPosition | None = Field(default=None, description="加封位置")
    original_seal: str | None = Field(default=None, pattern="^[0-9A-Z-]{1,17}$", description="原始封條號碼")
    photo: str | None = Field(default=None, max_length=43, description="SHA-256 of the picture of the taken place")
    permit: str | None = Field(default=None, max_length=20, description="加封位置許可號碼")
    opening: int | None = Field(default=None, description="拆封紀錄: sealed again after it, free of charge")
    application: int | None = Field(default=None, description="加封申請")


class PairingBody(Declared):
    """A pairing to be made; `channel` tells the monitoring system from an app at the unit (R-036)."""

    channel: Literal["SYSTEM", "APP"] = "SYSTEM"
    no_room: bool = Field(default=False, description="該位置已被原始封條占用而無多餘加封空間")
    selected: bool = Field(default=False, description="經海關篩選押運或加封電子封條")
    general_goods: bool = Field(default=False, description="以「一般貨物」統稱申報貨名")
    payer: str | None = Field(default=None, pattern="^[0-9]{8}$", description="繳納義務人統一編號")
    exemption: Literal[Reason.XRAY, Reason.BAGGAGE] | None = Field(default=None, description="免徵事由, officers only")


class ReplacementBody(BaseModel):
    """The seal that takes a scrapped one's place."""

    model_config = ConfigDict(extra="forbid")

    seal_no: str = Field(pattern="^[0-9A-Z-]{1,17}$")


class Pairing(Declared):
    """A pairing as it stands; `movement` is its name."""

    movement: str
    kind: SealKind
    state: State
    movement_state: MovementState
    channel: Literal["TO", "SYSTEM", "APP"]
    account: str = Field(description="who paired it")
    paired: datetime
    replaces: str | None = Field(description="whose seal was scrapped (R-060)")
    warnings: list[str] = Field(default=[], description="doubts that refuse nothing (R-047)")


_SAME = (
    *("movement", "kind", "state", "movement_state", "seal_no", "container", "unit", "origin", "destination"),
    *("document", "traffic", "size_type", "doors", "other_seals", "position", "original_seal", "photo", "permit"),
    *("opening", "application", "account", "replaces"),
)


def _pairing(row: Any, warnings: tuple[str, ...] = ()) -> Pairing:
    same = {name: getattr(row, name) for name in _SAME}
    times = {"paired": from_ms(row.paired_ms), "channel": row.pairing_source, "order": row.transport_order}
    return Pairing(**same, **times, warnings=list(warnings))


def _found(desk: Desk, movement: str, warnings: tuple[str, ...] = ()) -> Pairing:
    row = pairings.find(desk.connection, movement)
    desk.require(
        Act.REGISTRY_READ, sites=[] if row is None else [row.origin, row.destination], subject=f"pairing:{movement}"
    )
    if row is None:
        raise Refusal("NOT-FOUND", movement)
    return _pairing(row, warnings)


@router.post("", status_code=status.HTTP_201_CREATED)
def pair(call: Caller, body: PairingBody) -> Pairing:
    """Pair a seal with a unit: an e-seal by officer or specialist, a paper seal by an officer only."""
    others = [SealBlock(type=seal.type, number=seal.number) for seal in body.other_seals]
    entry = PairingEntry(**body.model_dump(exclude={"other_seals"}), other_seals=others)

    def work(desk: Desk) -> Pairing:
        made = registry.pair(desk, entry)
        return _found(desk, made.movement, made.warnings)

    return call.write(work)


@router.post("/{movement}/replacement", status_code=status.HTTP_201_CREATED)
def replace_seal(call: Caller, movement: str, body: ReplacementBody) -> Pairing:
    """Pair another seal in the place of one that was scrapped (R-060)."""

    def work(desk: Desk) -> Pairing:
        made = registry.replace_seal(desk, movement, body.seal_no)
        return _found(desk, made.movement, made.warnings)

    return call.write(work)


@router.delete("/{movement}")
def cancel(call: Caller, movement: str) -> Pairing:
    """Cancel a pairing made at the desk that has not departed."""

    def work(desk: Desk) -> Pairing:
        registry.cancel(desk, movement)
        return _found(desk, movement)

    return call.write(work)


@router.get("/{movement}")
def get_pairing(call: Caller, movement: str) -> Pairing:
    """Return one pairing."""
    return call.read(lambda desk: _found(desk, movement))


@router.get("")
def list_pairings(
    call: Caller,
    container: Annotated[str | None, Query(max_length=17)] = None,
    after: After = "",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Pairing]:
    """Return pairings by name; whoever belongs to certain sites sees those that touch these."""
    rows = call.read(
        lambda desk: pairings.page(
            desk.connection, after, limit, sites=desk.scope(Act.REGISTRY_READ), container=container
        )
    )
    return page_of(rows, limit, "movement", _pairing)
