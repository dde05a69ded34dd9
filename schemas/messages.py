"""The messages that gate and cloud exchange, as frozen models; bytes and signatures live in `envelope`.

A reader ignores fields it does not know (a newer writer may add some) and refuses a version `v` it does
not know (ADR 0002). Times are RFC 3339 in UTC, lengths metres, hashes base64url SHA-256 without padding.
A pattern ends by refusing a line break after `$`, which Python would let through and ECMA 262 would not.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

GateId = Annotated[
    str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$(?!\n)", description="One kiosk computer, one signing key")
]
PlaceCode = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,8}$(?!\n)", description="卸存地代碼 (A8d: an..8)")]
SealNumber = Annotated[
    str, Meta(pattern=r"^[0-9A-Z-]{1,17}$(?!\n)", description="明碼, the printed number (A8d: an..17)")
]
ContainerNumber = Annotated[
    str, Meta(pattern=r"^[0-9A-Z]{1,17}$(?!\n)", description="container or bonded unit (R-047)")
]
UidHex = Annotated[str, Meta(pattern=r"^[0-9A-F]{8,20}$(?!\n)", description="UID of an NFC chip, 暗碼, upper-case hex")]
HexBytes = Annotated[
    str, Meta(pattern=r"^([0-9A-F]{2})*$(?!\n)", max_length=2048, description="raw bytes, upper-case hex")
]
Hash = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)", description="SHA-256, base64url without padding (RFC 7515)")
]
BootId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)", description="drawn anew at each start of the agent")]
Code = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9-]{1,39}$(?!\n)", description="a stable code of `reasons`")]
Ordinal = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Metres = Annotated[float, Meta(gt=0, le=100_000)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Text = Annotated[str, Meta(max_length=200)]
UtcTime = Annotated[datetime, Meta(tz=True)]
YEAR_MIN, YEAR_MAX = 1970, 2200  # 1970: a clock that was never set still has to be recorded


class Model(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message."""


class Message(Model, frozen=True, kw_only=True):
    """A whole signed payload; `v` is its version."""

    v: Literal[1]


class SealKind(StrEnum):
    """R-002: two kinds of seal with rules of their own."""

    E = "E"  # 被動式電子封條
    PA = "PA"  # 電子紙封條


class Operation(StrEnum):
    """What a person does at a lane (A8d 作業別; R-051, R-059, R-065, R-067, R-091)."""

    SEAL_OUT_E = "SEAL_OUT_E"  # 加封出站
    SEAL_OUT_P = "SEAL_OUT_P"  # 加封
    ARRIVE = "ARRIVE"  # 到站讀取
    READ_CONFIRM_OUT = "READ_CONFIRM_OUT"  # 讀取確認 at the origin
    READ_CONFIRM_IN = "READ_CONFIRM_IN"  # 讀取確認 at the destination
    MAKEUP_ARRIVE = "MAKEUP_ARRIVE"  # 補作進站讀取
    INSPECT = "INSPECT"  # a tap for which the manifest foresees nothing: recorded, moves nothing


class Verdict(StrEnum):
    """The light of the lane: the same words in code, events and screens."""

    GO = "GO"  # 放行
    STOP = "STOP"  # 停車
    REFER = "REFER"  # 請洽關員


class Location(StrEnum):
    """Whether the lane stands where it claims to stand (R-052, R-058, R-112)."""

    CONFIRMED = "CONFIRMED"
    OUTSIDE = "OUTSIDE"
    UNCONFIRMED = "UNCONFIRMED"


class SealProof(StrEnum):
    """What is known cryptographically of the seal when the light was shown."""

    VERIFIED = "VERIFIED"
    FAILED = "FAILED"
    NOT_VERIFIED = "NOT_VERIFIED"  # no key at the gate: the cloud checks later and may send a hold


class Quality(StrEnum):
    """Where the gate's clock has its time from, best first (B0 clock trust)."""

    GNSS = "GNSS"
    NTP = "NTP"
    RTC = "RTC"
    UNSET = "UNSET"


class EventTime(Model, frozen=True, kw_only=True):
    """When it happened at the gate; the true time lies within ±`bound_ms` of `at` if a bound is known."""

    at: UtcTime
    quality: Quality
    bound_ms: Count | None = None

    def __post_init__(self) -> None:
        """Refuse years that no clock of ours can show: arithmetic on them would overflow."""
        if not YEAR_MIN <= self.at.year <= YEAR_MAX:
            raise ValueError(f"year {self.at.year} is outside {YEAR_MIN}…{YEAR_MAX}")


class Position(Model, frozen=True, kw_only=True):
    """Where the lane stood; an accuracy that is not known is None, never 0."""

    location: Location
    source: Literal["GPS", "TAG", "NONE"]
    lat: Latitude | None = None
    lon: Longitude | None = None
    accuracy_m: Metres | None = None  # radius of the 95 % circle
    age_s: Seconds | None = None
    fence: Text | None = None  # version of the fence judged against
    tag_uid: UidHex | None = None


class Tag(Model, frozen=True, kw_only=True):
    """The chip as read, before anyone believes it."""

    uid: UidHex
    chip: Literal["NTAG424", "NTAG213", "OTHER"]
    ndef: HexBytes | None = None  # the whole NDEF message, exact bytes: the MAC covers them
    seal_no: SealNumber | None = None  # as the manifest maps this UID; None where it is unknown here


class Actor(Model, frozen=True, kw_only=True):
    """Who acted: a staff number, never a name or national ID. A badge UID identifies, it proves nothing."""

    badge_uid: UidHex
    staff: Annotated[str, Meta(max_length=32)] | None = None
    method: Literal["BADGE", "BADGE_PIN"]


class Answers(Model, frozen=True, kw_only=True):
    """What the person saw (R-054, R-055, R-065): True is the good answer, None was not asked any more."""

    container: bool | None = None
    seal: bool | None = None
    plate: bool | None = None
    load: bool | None = None
    locked: bool | None = None
    intact: bool | None = None


class Photo(Model, frozen=True, kw_only=True):
    """One picture by the hash of its original bytes (R-056)."""

    sha256: Hash
    size: Annotated[int, Meta(ge=1, le=16 * 2**20)]
    at: UtcTime


class Decision(Model, frozen=True, kw_only=True):
    """What the gate showed and on which papers it rests (R-117)."""

    verdict: Verdict
    reasons: Annotated[tuple[Code, ...], Meta(max_length=16)]
    proof: SealProof
    manifest: Count  # version of the manifest in force; 0 where there was none


class Link(Model, frozen=True, kw_only=True):
    """Place in the gate's chain: gate + epoch + seq is the identity of a record, `prev` the hash before it."""

    gate: GateId
    epoch: Ordinal
    seq: Ordinal  # gapless within the epoch, from 1
    boot: BootId
    prev: Hash | None  # None only for the first record of the first epoch


class ScanEvent(Message, frozen=True, kw_only=True, tag_field="kind", tag="SCAN"):
    """One tap at a lane with everything that was seen, answered and decided."""

    link: Link
    time: EventTime
    lane: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,16}$(?!\n)")]
    operation: Operation
    position: Position
    tag: Tag
    decision: Decision
    actor: Actor | None = None
    answers: Answers | None = None
    photos: Annotated[tuple[Photo, ...], Meta(max_length=8)] = ()
    movement: Annotated[str, Meta(max_length=32)] | None = None  # as the manifest names it
    container: ContainerNumber | None = None


class EpochEvent(Message, frozen=True, kw_only=True, tag_field="kind", tag="EPOCH"):
    """The signed start of a new chain epoch: always seq 1, naming the last head known."""

    link: Link
    time: EventTime
    cause: Literal["ENROLMENT", "CORRUPTION", "REPLACEMENT"]
    last_epoch: Count = 0  # 0: none known
    last_seq: Count = 0
    last_hash: Hash | None = None


Record = ScanEvent | EpochEvent


class LaneHealth(Model, frozen=True, kw_only=True):
    """State of one lane's hardware."""

    lane: Annotated[str, Meta(max_length=16)]
    reader_up: bool
    camera_up: bool
    taps: Count = 0
    torn: Count = 0  # taps that broke off; never "no seal"


class Telemetry(Message, frozen=True, kw_only=True):
    """Heartbeat: signed, since an empty outbox at a time is what makes silence evidence (B0 watermark)."""

    gate: GateId
    boot: BootId
    time: EventTime
    outbox_depth: Count
    outbox_oldest_s: Seconds
    head_epoch: Count
    head_seq: Count
    manifest: Count
    lanes: Annotated[tuple[LaneHealth, ...], Meta(max_length=16)]
    photos_waiting: Count = 0
    gps_age_s: Seconds | None = None
    disk_free_mb: Count | None = None
    temperature_c: float | None = None
    faults: Annotated[tuple[Code, ...], Meta(max_length=32)] = ()


class GateState(Message, frozen=True, kw_only=True):
    """Birth (ONLINE) and, signed beforehand as Last Will, death (OFFLINE) of one agent run."""

    gate: GateId
    boot: BootId
    state: Literal["ONLINE", "OFFLINE"]
    at: UtcTime  # when this statement was signed


class Range(Model, frozen=True, kw_only=True):
    """Records `first`…`last` of an epoch are stored; `head` is the hash of record `last` as the cloud has it."""

    epoch: Ordinal
    first: Ordinal
    last: Ordinal
    head: Hash


class Refused(Model, frozen=True, kw_only=True):
    """A record that was quarantined, named by the hash of its bytes since nothing in it can be trusted."""

    record: Hash
    reason: Code


class Receipt(Message, frozen=True, kw_only=True):
    """The cloud's word on records: only this frees the outbox, and only where the heads agree."""

    gate: GateId
    at: UtcTime
    stored: Annotated[tuple[Range, ...], Meta(max_length=256)] = ()
    refused: Annotated[tuple[Refused, ...], Meta(max_length=256)] = ()


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
    may: Annotated[tuple[Operation, ...], Meta(max_length=8)]


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


class Manifest(Message, frozen=True, kw_only=True):
    """Everything a gate must know to decide alone, valid from `issued` to `expires`."""

    gate: GateId
    version: Ordinal
    issued: UtcTime
    expires: UtcTime
    site: Site
    staff: Annotated[tuple[Staff, ...], Meta(max_length=2000)]
    expected: Annotated[tuple[Expected, ...], Meta(max_length=5000)]


class Command(Message, frozen=True, kw_only=True):
    """An order to one gate; expired or repeated ones are answered and not carried out."""

    gate: GateId
    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    issued: UtcTime
    expires: UtcTime
    name: Literal["RESEND", "REPORT"]  # send a range again (restored backup) / send telemetry now
    epoch: Count = 0
    first: Count = 0
    last: Count = 0


class Reply(Message, frozen=True, kw_only=True):
    """A gate's signed answer to a command."""

    gate: GateId
    command: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    at: UtcTime
    outcome: Literal["DONE", "REFUSED", "FAILED"]
    note: Text = ""


class PhotoUpload(Message, frozen=True, kw_only=True):
    """What the gate signs to put a picture up over HTTP: hash and length of the body that follows."""

    gate: GateId
    sha256: Hash
    size: Annotated[int, Meta(ge=1, le=16 * 2**20)]
    at: UtcTime
