"""What is declared when a seal is paired, by a transport order or at the desk (R-033, R-042…R-047)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from cloud.domain.fees import Sealer
from cloud.domain.sealing import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.domain.fees import Reason
    from cloud.domain.sealing import Traffic
    from schemas.messages import SealPosition

SealText = Annotated[str, Meta(pattern=r"^[0-9A-Z-]{1,17}$(?!\n)")]
LetterNumber = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,35}$(?!\n)")]  # 公文字號
UnifiedNumber = Annotated[str, Meta(pattern=r"^[0-9]{8}$(?!\n)")]  # 統一編號
SizeType = Annotated[str, Meta(pattern=r"^[0-9A-Z]{4}$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class SealBlock:
    """One seal of an order or of another door: type as customs code it (1…8, D1), printed number."""

    type: str
    number: str


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is sealed and where it goes; an order and its plate may follow later."""

    container: str
    origin: str
    destination: str
    order: str | None = None
    plate: str = ""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What is told about the sealing; a transport order tells the first three."""

    document: str
    traffic: Traffic | None = None
    size_type: str | None = None
    unit: Unit = Unit.CONTAINER
    doors: int = 1
    other_seals: Sequence[SealBlock] = ()
    position: SealPosition | None = None
    original_seal: str | None = None
    photo: str | None = None
    permit: str | None = None
    opening: int | None = None
    replaces: str | None = None
    application: int | None = None
    sealer: Sealer = Sealer.OPERATOR
    payer: str | None = None
    exemption: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class PairingEntry:
    """What an officer or specialist declares; `order` may be left out until the transport order is there."""

    seal_no: str
    container: str
    origin: str
    destination: str
    channel: Literal["SYSTEM", "APP"] = "SYSTEM"  # 監控系統, or the app at the unit
    document: str | None = None
    unit: Unit = Unit.CONTAINER
    traffic: Traffic | None = None
    size_type: str | None = None
    doors: int = 1
    other_seals: Sequence[SealBlock] = ()
    position: SealPosition | None = None
    original_seal: str | None = None
    no_room: bool = False
    selected: bool = False
    general_goods: bool = False
    photo: str | None = None
    permit: str | None = None
    order: str | None = None
    opening: int | None = None
    application: int | None = None
    payer: str | None = None
    exemption: Reason | None = None
