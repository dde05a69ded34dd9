"""What a gate records: scan events and the starts of its chain, with everything they are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schemas.messages.vocabulary import (
    Abnormal,
    BootId,
    Code,
    ContainerNumber,
    Count,
    EventTime,
    GateId,
    Hash,
    HexBytes,
    Latitude,
    Location,
    Longitude,
    Message,
    Metres,
    Model,
    Operation,
    Ordinal,
    PaperKind,
    SealNumber,
    SealPosition,
    SealProof,
    Seconds,
    Text,
    UidHex,
    UtcTime,
    Verdict,
)


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
    """One picture by the hash of its original bytes (R-056), and what the gate thought of it."""

    sha256: Hash
    size: Annotated[int, Meta(ge=1, le=16 * 2**20)]
    at: UtcTime
    found: Annotated[tuple[Code, ...], Meta(max_length=8)] = ()  # PICTURE-…: dark, blurred, covered, frozen, same
    override: Code | None = None  # why the person kept it all the same
    reads: ContainerNumber | None = None  # the number a machine read from it: a hint, never a verdict


class SealedPaper(Model, frozen=True, kw_only=True):
    """A paper by the hash of the encrypted bytes that go up (R-069, R-070, R-116): a JWE to the cloud's key.

    Inside is a JPEG, PNG or PDF; a statement may be words: UTF-8 text, or JSON with text, driver, company, plate.
    """

    kind: PaperKind
    sha256: Hash
    size: Annotated[int, Meta(ge=1, le=24 * 2**20)]
    at: UtcTime


class Written(Model, frozen=True, kw_only=True):
    """What a person typed or scanned where neither chip nor manifest could tell (R-060, R-068, R-074)."""

    container: ContainerNumber | None = None
    seal_no: SealNumber | None = None
    plate: Text | None = None
    transport_order: Text | None = None


class About(Model, frozen=True, kw_only=True):
    """An earlier record of the same gate that this one adds to."""

    epoch: Ordinal
    seq: Ordinal


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
    decision: Decision
    tag: Tag | None = None  # None: there was a seal, and no chip could be read
    actor: Actor | None = None
    answers: Answers | None = None
    photos: Annotated[tuple[Photo, ...], Meta(max_length=8)] = ()
    movement: Annotated[str, Meta(max_length=32)] | None = None  # as the manifest names it
    container: ContainerNumber | None = None
    seal_position: SealPosition | None = None  # where the seal sits, as the person saw it
    abnormal: Annotated[tuple[Abnormal, ...], Meta(max_length=5)] = ()  # with ABNORMAL_IN
    grounds: Code | None = None  # GROUNDS-…: why 讀取確認, 補作進站讀取 or 報廢 was chosen
    written: Written | None = None
    papers: Annotated[tuple[SealedPaper, ...], Meta(max_length=4)] = ()  # with PAPERS
    about: About | None = None  # with PAPERS: the ABNORMAL_IN they belong to
    outage: Annotated[str, Meta(min_length=1, max_length=40)] | None = (
        None  # the notice under which it was done
    )


class EpochEvent(Message, frozen=True, kw_only=True, tag_field="kind", tag="EPOCH"):
    """The signed start of a new chain epoch: always seq 1, naming the last head known."""

    link: Link
    time: EventTime
    cause: Literal["ENROLMENT", "CORRUPTION", "REPLACEMENT"]
    last_epoch: Count = 0  # 0: none known
    last_seq: Count = 0
    last_hash: Hash | None = None


Record = ScanEvent | EpochEvent
