"""Pictures put up by gates: who may, for which bytes, and how many may wait for the event that names them (R-056)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.registry.refusals import Refusal
from cloud.store import changes, gates
from cloud.store import photos as rows
from schemas import envelope, messages
from schemas.envelope import Rejected, Typ, VerifyingKey

if TYPE_CHECKING:
    from sqlalchemy import Connection


def accept(connection: Connection, signature: str, unclaimed_max: int) -> messages.PhotoUpload:
    """Return what a gate promises to send, if its registered key signed that; nothing is stored yet.

    Raises:
        Refusal: SIGNATURE, PHOTO-QUOTA.
    """
    owner = ""

    def find_key(kid: str) -> VerifyingKey | None:
        nonlocal owner
        row = gates.key(connection, kid)
        if row is None or row.revoked_ms is not None or row.retired_ms is not None:
            return None
        owner = row.gate
        return VerifyingKey.from_jwk(row.jwk)

    try:
        payload = envelope.verify(signature.encode("latin-1"), Typ.PHOTO, find_key)
        upload = envelope.decode(payload, messages.PhotoUpload)
    except Rejected as error:
        raise Refusal("SIGNATURE", str(error)) from error
    if upload.gate != owner:
        raise Refusal("SIGNATURE", "the key belongs to another gate")
    known = rows.find(connection, upload.gate, upload.sha256) is not None
    named = any(gate == upload.gate for _, gate in rows.claims(connection, upload.sha256))
    if not known and not named and rows.unclaimed(connection, upload.gate) >= unclaimed_max:
        raise Refusal("PHOTO-QUOTA", f"{unclaimed_max} wait already")
    return upload


def has(connection: Connection, upload: messages.PhotoUpload) -> bool:
    """Return whether the gate has put up these bytes already."""
    return rows.find(connection, upload.gate, upload.sha256) is not None


def stored(connection: Connection, upload: messages.PhotoUpload, path: str, now_ms: int) -> bool:
    """Register a picture whose bytes are on disk; True if it is new."""
    if rows.find(connection, upload.gate, upload.sha256) is not None:
        return False
    row = {"gate": upload.gate, "sha256": upload.sha256, "size": upload.size}
    rows.add(connection, row | {"received_ms": now_ms, "path": path})
    ref = {"gate": upload.gate, "sha256": upload.sha256}
    changes.append(connection, [(changes.Kind.PHOTO, ref)], now_ms)
    return True
