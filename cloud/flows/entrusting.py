"""What one gate only is told: the keys of exactly the seals it expects, the PIN verifiers of exactly its badges.

Sealed to the key that the gate has registered (R-113); a gate that can open nothing is told nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloud.store import folds
from cloud.store.registry import authorisations
from schemas import envelope, messages, sealed
from schemas.sealed import Purpose

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cloud.flows.seal_proof import SealKeys


@dataclass(frozen=True, kw_only=True)
class Entrusted:
    """The plain words for one gate, and to which of its keys they go; None: to none."""

    reader: str | None
    secrets: bytes = field(repr=False)

    @property
    def content(self) -> bytes:
        """What tells one state of it from another: the words and their reader."""
        return b"" if self.reader is None else b"\n" + self.reader.encode() + b"\n" + self.secrets

    def seal(self) -> str | None:
        """Return the JWE of RFC 7516 for the manifest, another one each time; None for a gate that opens none."""
        return None if self.reader is None else sealed.seal(self.secrets, self.reader, Purpose.SECRETS).decode()


def to_gate(connection: Connection, gate: Any, body: messages.Manifest, seal_keys: SealKeys, now_ms: int) -> Entrusted:
    """Write down what this gate may know beside the manifest `body`, by its active key; in one order always."""
    secrets = messages.Secrets(
        v=1,
        gate=gate.id,
        seal_keys=_of_seals(connection, [one.seal_uid for one in body.expected], seal_keys),
        pins=dict(sorted(authorisations.pins_at(connection, gate.site, now_ms).items())),
    )
    reader = None if gate.jwk is None else sealed.reader_of(gate.jwk)
    return Entrusted(reader=reader, secrets=envelope.encode(secrets))


def _of_seals(connection: Connection, uids: list[str], seal_keys: SealKeys) -> dict[str, str]:
    """Return the key of each chip whose series has one, as ingest would verify it."""
    names = folds.seal_series(connection, uids)
    found = {}
    for uid in sorted(names):
        series = seal_keys.for_seal(names[uid])
        key = None if series is None else series.file_key(bytes.fromhex(uid))
        if key is not None:
            found[uid] = key.hex().upper()
    return found
