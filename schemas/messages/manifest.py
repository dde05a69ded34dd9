"""Everything a gate must know to decide alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from schemas.messages.vocabulary import (
    Code,
    ContainerNumber,
    GateId,
    Hash,
    Latitude,
    Longitude,
    Message,
    Model,
    Operation,
    Ordinal,
    PlaceCode,
    SealKind,
    SealNumber,
    SealPosition,
    Text,
    UidHex,
    UtcTime,
)


class Fence(Model, frozen=True, kw_only=True):
    """Yard boundary as closed WGS84 ring of (longitude, latitude), with its version."""

    version: Text
    ring: Annotated[tuple[tuple[Longitude, Latitude], ...], Meta(min_length=4, max_length=2000)]


class Site(Model, frozen=True, kw_only=True):
    """The place a gate stands at."""

    code: PlaceCode
    name_zh: Text
    name_en: Text
    fence: Fence
    location_tags: Annotated[tuple[UidHex, ...], Meta(max_length=64)] = ()  # ACTIVE ones only


class Staff(Model, frozen=True, kw_only=True):
    """One badge that may act here, and for what; no name."""

    badge_uid: UidHex
    staff: Annotated[str, Meta(max_length=32)]
    role: Literal["OFFICER", "SPECIALIST"]
    may: Annotated[tuple[Operation, ...], Meta(max_length=16)]


class Hold(Model, frozen=True, kw_only=True):
    """留置: something an officer lifts; shown on the screens of both gates until then."""

    reason: Code
    since: UtcTime


class Expected(Model, frozen=True, kw_only=True):
    """One sealed movement that this gate may meet, from its own side."""

    movement: Annotated[str, Meta(max_length=32)]
    kind: SealKind
    seal_no: SealNumber
    seal_uid: UidHex
    container: ContainerNumber
    plate: Text
    transport_order: Text
    origin: PlaceCode
    destination: PlaceCode
    state: Literal["PAIRED", "IN_TRANSIT", "ARRIVED", "ARRIVED_MANUAL", "CANCELLED"]
    deadline: UtcTime | None = None
    hold: Hold | None = None
    load: Text = ""  # 裝載: what the transport order says is inside
    positions: Annotated[tuple[SealPosition, ...], Meta(max_length=4)] = ()  # allowed; empty: not asked (Pa, R-043)


class Function(StrEnum):
    """What a declared outage may take away (R-073): the steps of chapter 柒."""

    PAIRING = "PAIRING"  # 配櫃(封)
    DEPARTURE = "DEPARTURE"  # 出站讀取
    ARRIVAL = "ARRIVAL"  # 到站讀取


class Outage(Model, frozen=True, kw_only=True):
    """An outage that customs have declared for this place; nothing else counts as one (R-073)."""

    notice: Annotated[str, Meta(min_length=1, max_length=40)]
    since: UtcTime
    functions: Annotated[tuple[Function, ...], Meta(min_length=1, max_length=3)]


SealKey = Annotated[str, Meta(pattern=r"^[0-9A-F]{32}$(?!\n)", description="AES-128 SDMFileReadKey of one chip, hex")]
PinVerifier = Annotated[str, Meta(max_length=200, description="Argon2id in PHC form")]


class Secrets(Message, frozen=True, kw_only=True):
    """What a manifest tells this gate only, encrypted to its key (JWE, RFC 7516): nothing about other gates' seals."""

    gate: GateId
    seal_keys: dict[UidHex, SealKey]  # of exactly the seals that are expected here
    pins: dict[UidHex, PinVerifier]  # by badge: the proof of the person for acts that ask it


class Manifest(Message, frozen=True, kw_only=True):
    """Everything a gate must know to decide alone, valid from `issued` to `expires`."""

    gate: GateId
    version: Ordinal
    issued: UtcTime
    expires: UtcTime
    site: Site
    staff: Annotated[tuple[Staff, ...], Meta(max_length=2000)]
    expected: Annotated[tuple[Expected, ...], Meta(max_length=5000)]
    outages: Annotated[tuple[Outage, ...], Meta(max_length=16)] = ()  # in force now
    dead: Annotated[tuple[UidHex, ...], Meta(max_length=5000)] = ()  # scrapped or used up, of this site
    stock: Annotated[tuple[UidHex, ...], Meta(max_length=5000)] = ()  # issued to this site, not paired yet
    stock_whole: bool = False  # `stock` is all there is: a seal in none of the lists was never issued here
    papers_key: Hash | None = None  # X25519 public key (RFC 8037) to which drivers' papers are encrypted
    sealed: Annotated[str, Meta(max_length=2 * 2**20)] | None = None  # JWE of Secrets; None: the gate has no key for it
