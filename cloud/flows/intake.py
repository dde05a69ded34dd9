"""Takes messages apart and proves who signed them: what comes out is either proven or refused with a reason (R-113)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from cloud.domain.entry import Entry, Scan, entry_of
from cloud.store import gate_keys
from schemas import topics
from schemas.envelope import Rejected, Typ, decode, decode_record, fingerprint, kid_of, split_batch, verify
from schemas.messages import GateState, Reply, Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.store.gate_keys import GateKey
    from schemas.envelope import VerifyingKey

Said: TypeAlias = Entry | Telemetry | GateState | Reply

ADDRESSES_MAX = 4_096  # topics remembered
_TYPES: dict[str, Typ] = {"scan": Typ.SCAN, "telemetry": Typ.TELEMETRY, "state": Typ.STATE, "reply": Typ.REPLY}
_KINDS: dict[str, type[Telemetry | GateState | Reply]] = {"telemetry": Telemetry, "state": GateState, "reply": Reply}
_address = lru_cache(ADDRESSES_MAX)(topics.parse)
_NUL = b"\\u0000"  # no field of ours may hold it, and PostgreSQL cannot


class Incoming(NamedTuple):
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
    said: Said


class Refused(NamedTuple):
    """Bytes for the quarantine; `gate` is what the topic says, None where it says nothing."""

    hash: str
    topic: str
    gate: str | None
    reason: str
    detail: str
    payload: bytes


class KnownKey(NamedTuple):
    """A registered key, as a verifier needs it."""

    gate: str
    retired: bool
    jwk: tuple[tuple[str, str], ...]  # members of the public key


class Task(NamedTuple):
    """Signatures to verify, and all that takes: it may be done in this process or in another."""

    signed: list[tuple[str, str, bytes]]  # gate and leaf of the topic, JWS
    keys: dict[str, KnownKey]  # by thumbprint


class Verified(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The answer to one signature: refused (code, detail), or a record's entry, or the payload of anything else."""

    hash: str
    refused: tuple[str, str] | None
    entry: Entry | None
    payload: bytes


@dataclass(frozen=True)
class Taken:
    """A batch taken apart, its keys looked up; no signature is verified yet."""

    sealed: list[Sealed]
    keys: dict[str, GateKey]
    refused: list[Refused]

    @property
    def task(self) -> Task:
        """What is left to verify."""
        keys = {kid: KnownKey(key.gate, key.retired, key.jwk) for kid, key in self.keys.items()}
        return Task([(one.gate, one.leaf, one.jws) for one in self.sealed], keys)


@dataclass(frozen=True)
class Intake:
    """A batch, sorted."""

    proven: list[Proven] = field(default_factory=list)  # in the order of arrival
    refused: list[Refused] = field(default_factory=list)


def prove(connection: Connection, messages: Sequence[Incoming]) -> Intake:
    """Sort a batch into what is proven and what is refused, here and now; raises only for the database."""
    taken = take_apart(connection, messages)
    return conclude(taken, verify_all(taken.task))


def take_apart(connection: Connection, messages: Iterable[Incoming]) -> Taken:
    """Split a batch into single messages and look up the keys they claim; raises only for the database."""
    refused: list[Refused] = []
    sealed = [one for message in messages for one in _parts(message, refused)]
    headers = {one.jws.partition(b".")[0] for one in sealed}
    keys = gate_keys.find(connection, {kid for header in headers if (kid := _claimed_key(header)) is not None})
    return Taken(sealed, keys, refused)


def _parts(message: Incoming, refused: list[Refused]) -> list[Sealed]:
    gate: str | None = None
    try:
        address = _address(message.topic)
        gate, leaf = address.gate, address.leaf
        parts = _split(leaf, message.payload)
    except Rejected as error:
        digest = fingerprint(message.payload)
        refused.append(Refused(digest, message.topic, gate, error.code, error.detail, message.payload))
        return []
    return [Sealed(message.topic, gate, leaf, part) for part in parts]


def _split(leaf: str, payload: bytes) -> list[bytes]:
    if leaf not in _TYPES:
        raise Rejected("TOPIC", leaf)
    return split_batch(payload) if leaf == "scan" else [payload]


def _claimed_key(header: bytes) -> str | None:
    try:
        return kid_of(header + b"..")
    except Rejected:
        return None  # `verify` says why


def verify_all(task: Task) -> list[Verified]:
    """Verify each message by itself: nothing but the task decides, and nothing is raised for any bytes."""
    find_key = _finder(task.keys)
    return [_verify(jws, gate, leaf, task.keys, find_key) for gate, leaf, jws in task.signed]


def _finder(keys: Mapping[str, KnownKey]) -> Callable[[str], VerifyingKey | None]:
    def find_key(kid: str) -> VerifyingKey | None:
        known = keys.get(kid)
        if known is not None and known.retired:
            raise Rejected("KEY-RETIRED", kid)
        return gate_keys.parsed(known.jwk) if known is not None else None

    return find_key


def _verify(
    jws: bytes, gate: str, leaf: str, keys: Mapping[str, KnownKey], find_key: Callable[[str], VerifyingKey | None]
) -> Verified:
    """Check one JWS; the numbers continue those of `schemas.envelope.verify`.

    7. The key is one of the gate that the topic names.
    8. The payload is of this channel's form, of a known version, and names that gate, too.
    """
    digest = fingerprint(jws)
    try:
        payload = verify(jws, _TYPES[leaf], find_key)
        _same_gate(gate, keys[kid_of(jws)].gate)  # 7
        entry, named = _read(leaf, payload)  # 8
        _same_gate(gate, named)
    except Rejected as error:
        return Verified(digest, (error.code, error.detail), None, b"")
    return Verified(digest, None, entry, b"" if entry is not None else payload)


def _read(leaf: str, payload: bytes) -> tuple[Entry | None, str]:
    if _NUL in payload:
        raise Rejected("MALFORMED", "NUL in a text")
    if leaf != "scan":
        return None, decode(payload, _KINDS[leaf]).gate
    entry = entry_of(decode_record(payload))
    return entry, entry.gate


def _same_gate(of_topic: str, other: str) -> None:
    if of_topic != other:
        raise Rejected("GATE", f"{other} under the topic of {of_topic}")


def conclude(taken: Taken, answers: Sequence[Verified]) -> Intake:
    """Sort a batch into what is proven and what is refused."""
    intake = Intake(refused=list(taken.refused))
    sites = {key.gate: key.site for key in taken.keys.values()}
    for one, answer in zip(taken.sealed, answers, strict=True):
        if answer.refused is not None:
            intake.refused.append(Refused(answer.hash, one.topic, one.gate, *answer.refused, one.jws))
        else:
            said = answer.entry if answer.entry is not None else decode(answer.payload, _KINDS[one.leaf])
            intake.proven.append(Proven(one.gate, sites[one.gate], answer.hash, one.jws, said))
    return intake


def scans(proven: Sequence[Proven]) -> list[tuple[Proven, Entry, Scan]]:
    """Return the scans of a batch with their entries and what proves them."""
    return [
        (one, one.said, one.said.scan) for one in proven if isinstance(one.said, Entry) and one.said.scan is not None
    ]
