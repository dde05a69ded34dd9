"""A transport order as a message brings it, whatever its form; R12's fields and their checks stand here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, to_builtins

from cloud.registry.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CARGO_MAX = 999
SEALS_MAX = 10
TAIPEI = timezone(timedelta(hours=8))  # no message gives an offset; Taiwan has had no summer time since 1979
_BLANK_BEFORE_T = re.compile(r"\s+(?=T)")
_ROC_EPOCH = 1911


def _text(chars_max: int, pattern: str = r"^[^\x00-\x1f\x7f]*$") -> Meta:
    return Meta(max_length=chars_max, pattern=pattern)


Id = Annotated[str, _text(35)]
Count = Annotated[int, Meta(ge=0, le=99_999_999)]


class Seal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """封條資料: type as customs code it, printed number."""

    type: Literal["1", "2", "3", "4", "5", "6", "7", "8"]
    number: Annotated[str, Meta(pattern=r"^[0-9A-Z-]{1,17}$(?!\n)")]


class Cargo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """載運貨物明細: one line of cargo."""

    direction: Literal["", "I", "E", "T"] = ""  # 進出口轉運別
    declaration: Annotated[str, _text(14)] = ""  # 報單號碼/轉運申請書號碼, inner blanks belong to it
    master_bill: Id = ""
    house_bill: Id = ""
    registration: Annotated[str, _text(6)] = ""
    manifest: Annotated[str, _text(4)] = ""
    voyage: Annotated[str, _text(12)] = ""
    vessel: Annotated[str, _text(25)] = ""
    vessel_name: Id = ""
    quantity: Count | None = None
    clearance: Annotated[str, _text(3)] = ""
    conditions: Annotated[str, _text(10)] = ""  # concatenated: "58" is 5 and 8


class Vehicle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """保稅運貨工具資料; licence and driver are personal and stay in the sealed copy of the message."""

    vehicle_class: Literal["", "1", "2", "3", "4", "5"] = ""
    unit: Annotated[str, _text(4, "^[0-9A-Z]*$")] = ""  # 保稅運貨工具編號
    company_ubn: Annotated[str, _text(8)] = ""
    company: Annotated[str, _text(40)] = ""
    plate: Annotated[str, Meta(min_length=1, max_length=12, pattern=r"^[^\x00-\x1f\x7f]*$")]
    licence: Annotated[str, _text(12)] = ""
    driver: Annotated[str, _text(30)] = ""


class R12(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """運送單 R12 (110.08.17), field by field; its own guide gives no syntax, so this is ours for JSON and CSV."""

    message_id: Annotated[str, _text(20)] = ""
    number: Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,19}$(?!\n)")]
    code: Literal["R12"] = "R12"
    application: Literal["", "1", "2", "3", "4", "5"] = ""
    operation: Literal["", "1", "2", "3", "4", "5", "6", "7", "8", "9"] = ""
    load: Literal["", "A", "B", "C", "D", "E"] = ""
    released: Count | None = None
    origin: Annotated[str, Meta(min_length=1, max_length=8)]
    destination: Annotated[str, Meta(min_length=1, max_length=8)]
    container: Annotated[str, _text(20)] = ""
    container_type: Annotated[str, _text(4, r"^([0-9A-Z]{4})?$(?!\n)")] = ""
    vehicle: Vehicle
    quantity: Count | None = None
    departs: Annotated[str, _text(26)] = ""
    cargo: Annotated[tuple[Cargo, ...], Meta(max_length=CARGO_MAX)] = ()
    seals: Annotated[tuple[Seal, ...], Meta(max_length=SEALS_MAX)] = ()


@dataclass(frozen=True, kw_only=True)
class CargoSaid:
    """A line of cargo: its declaration or permit, and the rest of it as sent."""

    document: str = ""
    particulars: Mapping[str, str | int]


@dataclass(frozen=True, kw_only=True)
class OrderSaid:
    """What the registry needs of an order."""

    number: str
    origin: str
    destination: str
    container: str
    plate: str
    departs_ms: int | None
    seals: Sequence[tuple[str, str]]
    classes: Mapping[str, str]
    cargo: Sequence[CargoSaid]
    warnings: list[str] = field(default_factory=list)


def said_by(sent: R12) -> OrderSaid:
    """Return an R12 order for the registry; Refusal MESSAGE-FIELD where it names no sealed unit or no real time."""
    unit = re.sub(r"[\s-]+", "", sent.container).upper() or sent.vehicle.unit
    if not unit:
        raise Refusal("MESSAGE-FIELD", f"order {sent.number}: neither container nor bonded unit")
    classes = {
        "message": sent.message_id,
        "application": sent.application,
        "operation": sent.operation,
        "load": sent.load,
        "vehicle": sent.vehicle.vehicle_class,
        "container_type": sent.container_type,
    }
    return OrderSaid(
        number=sent.number,
        origin=sent.origin,
        destination=sent.destination,
        container=unit,
        plate=sent.vehicle.plate,
        departs_ms=moment_ms(sent.departs) if sent.departs else None,
        seals=[(seal.type, seal.number) for seal in sent.seals],
        classes={name: value for name, value in classes.items() if value},
        cargo=[_cargo(line) for line in sent.cargo],
        warnings=_oddities(sent),
    )


def _cargo(line: Cargo) -> CargoSaid:
    sent = {name: value for name, value in to_builtins(line).items() if value not in {"", None}}
    return CargoSaid(document=sent.pop("declaration", "").strip(), particulars=sent)


def moment_ms(text: str) -> int:
    """Return a message's date and time in ms UTC: digits or ISO form, Taipei's time unless it says otherwise."""
    written = _BLANK_BEFORE_T.sub("", text.strip())
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise Refusal("MESSAGE-FIELD", f"{text[:26]!r} is no date and time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=TAIPEI)
    return round(moment.timestamp() * 1000)


def _oddities(sent: R12) -> list[str]:
    """Compare what number, message id and departure say of each other (customs-messages §9); only to warn."""
    found = []
    ubn, year_month = sent.number[6:14], sent.number[2:6]
    if sent.message_id and sent.message_id[:8] != ubn:
        found.append(f"order {sent.number}: message id of another operator")
    if sent.departs:
        departs = datetime.fromtimestamp(moment_ms(sent.departs) / 1000, TAIPEI)
        if f"{(departs.year - _ROC_EPOCH) % 100:02}{departs.month:02}" != year_month:
            found.append(f"order {sent.number}: departs in another month than its number says")
    return found
