"""Takes messages apart and proves who signed them: what comes out is either proven or refused with a reason (R-113)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cloud.store import gate_keys
from schemas import topics
from schemas.envelope import Rejected, Typ, decode, decode_record, fingerprint, kid_of, split_batch, verify
from schemas.messages import GateState, Reply, ScanEvent, Telemetry
from schemas.messages import Record as RecordMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.store.gate_keys import GateKey
    from schemas.envelope import VerifyingKey

Signed: TypeAlias = RecordMessage | Telemetry | GateState | Reply

# libsodium works without Python's lock: two threads use the second core. Below this many, handing over costs more.
VERIFY_THREADS = 2
VERIFY_INLINE_MAX = 8
ADDRESSES_MAX = 4_096  # topics remembered
_POOL = ThreadPoolExecutor(VERIFY_THREADS, thread_name_prefix="verify")
_TYPES: dict[str, Typ] = {"scan": Typ.SCAN, "telemetry": Typ.TELEMETRY, "state": Typ.STATE, "reply": Typ.REPLY}
_address = lru_cache(ADDRESSES_MAX)(topics.parse)
_NUL = b"\\u0000"  # no field of ours may hold it, and PostgreSQL cannot


@dataclass(frozen=True, slots=True)
class Incoming:
    """One MQTT message as it came: nothing of it is trusted."""

    topic: str
    payload: bytes


class Sealed(NamedTuple):
    """One JWS and the address it came to."""

    topic: str
    gate: str
    leaf: str
    jws: bytes


class Proven(NamedTuple):
    """A message whose signature holds and whose topic, key and payload name one gate."""

    gate: str
    site: str
    hash: str
    jws: bytes
    message: Signed


class Refused(NamedTuple):
    """Bytes for the quarantine; `gate` is what the topic says, None where it says nothing."""

    hash: str
    topic: str
    gate: str | None
    reason: str
    detail: str
    payload: bytes


@dataclass(frozen=True)
class Intake:
    """A batch, sorted."""

    proven: list[Proven] = field(default_factory=list)  # in the order of arrival
    refused: list[Refused] = field(default_factory=list)


def prove(connection: Connection, messages: Sequence[Incoming]) -> Intake:
    """Sort a batch into what is proven and what is refused; raises only for the database."""
    intake = Intake()
    sealed = [one for message in messages for one in _take_apart(message, intake.refused)]
    headers = {one.jws.partition(b".")[0] for one in sealed}
    keys = gate_keys.find(connection, {kid for header in headers if (kid := _claimed_key(header)) is not None})
    for result in _in_threads(sealed, keys):
        if isinstance(result, Proven):
            intake.proven.append(result)
        else:
            intake.refused.append(result)
    return intake


def _take_apart(message: Incoming, refused: list[Refused]) -> list[Sealed]:
    gate: str | None = None
    try:
        address = _address(message.topic)
        gate = address.gate
        parts = _parts(address.leaf, message.payload)
    except Rejected as error:
        digest = fingerprint(message.payload)
        refused.append(Refused(digest, message.topic, gate, error.code, error.detail, message.payload))
        return []
    return [Sealed(message.topic, address.gate, address.leaf, part) for part in parts]


def _parts(leaf: str, payload: bytes) -> list[bytes]:
    if leaf not in _TYPES:
        raise Rejected("TOPIC", leaf)
    return split_batch(payload) if leaf == "scan" else [payload]


def _claimed_key(header: bytes) -> str | None:
    try:
        return kid_of(header + b"..")
    except Rejected:
        return None  # `verify` says why


def _in_threads(sealed: Sequence[Sealed], keys: Mapping[str, GateKey]) -> list[Proven | Refused]:
    if len(sealed) <= VERIFY_INLINE_MAX:
        return _prove_all(sealed, keys)
    share = -(-len(sealed) // VERIFY_THREADS)
    parts = [sealed[start : start + share] for start in range(0, len(sealed), share)]
    return [result for part in _POOL.map(_prove_all, parts, [keys] * len(parts)) for result in part]


def _prove_all(sealed: Sequence[Sealed], keys: Mapping[str, GateKey]) -> list[Proven | Refused]:
    find_key = _finder(keys)
    return [_prove(one, keys, find_key) for one in sealed]


def _finder(keys: Mapping[str, GateKey]) -> Callable[[str], VerifyingKey | None]:
    def find_key(kid: str) -> VerifyingKey | None:
        known = keys.get(kid)
        if known is not None and known.retired:
            raise Rejected("KEY-RETIRED", kid)
        return known.key if known is not None else None

    return find_key


def _prove(
    one: Sealed, keys: Mapping[str, GateKey], find_key: Callable[[str], VerifyingKey | None]
) -> Proven | Refused:
    """Check one JWS; the numbers continue those of `schemas.envelope.verify`.

    7. The key is one of the gate that the topic names.
    8. The payload is of this channel's form, of a known version, and names that gate, too.
    """
    digest = fingerprint(one.jws)
    try:
        payload = verify(one.jws, _TYPES[one.leaf], find_key)
        key = keys[kid_of(one.jws)]
        _same_gate(one.gate, key.gate)  # 7
        message, named = _read(one.leaf, payload)  # 8
        _same_gate(one.gate, named)
    except Rejected as error:
        return Refused(digest, one.topic, one.gate, error.code, error.detail, one.jws)
    return Proven(one.gate, key.site, digest, one.jws, message)


def _same_gate(of_topic: str, other: str) -> None:
    if of_topic != other:
        raise Rejected("GATE", f"{other} under the topic of {of_topic}")


def _read(leaf: str, payload: bytes) -> tuple[Signed, str]:
    if _NUL in payload:
        raise Rejected("MALFORMED", "NUL in a text")
    if leaf == "scan":
        record = decode_record(payload)
        return record, record.link.gate
    kinds: dict[str, type[Telemetry | GateState | Reply]] = {"telemetry": Telemetry, "state": GateState, "reply": Reply}
    message = decode(payload, kinds[leaf])
    return message, message.gate


def scans(proven: Sequence[Proven]) -> list[tuple[Proven, ScanEvent]]:
    """Return the scan events of a batch with what proves them."""
    return [(one, one.message) for one in proven if isinstance(one.message, ScanEvent)]
