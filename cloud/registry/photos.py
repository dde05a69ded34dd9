"""Pictures and other files put up by gates: who may, for which bytes, and how many may wait to be named (R-056)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.registry.refusals import Refusal
from cloud.store import changes, gates
from cloud.store import photos as rows
from schemas import envelope, messages
from schemas.envelope import Rejected, Typ, VerifyingKey

if TYPE_CHECKING:
    from sqlalchemy import Connection


EVIDENCE = frozenset({"PHOTO", "PAPER"})


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
    named = known or rows.is_named(connection, upload.gate, upload.sha256, upload.kind)
    if not named and rows.unclaimed(connection, upload.gate, upload.kind) >= unclaimed_max:
        raise Refusal("PHOTO-QUOTA", f"{unclaimed_max} wait already")
    return upload


def has(connection: Connection, upload: messages.PhotoUpload) -> bool:
    """Return whether the gate has put up these bytes already, as what they are now."""
    old = rows.find(connection, upload.gate, upload.sha256)
    return old is not None and not _becomes_evidence(old, upload)


def stored(connection: Connection, upload: messages.PhotoUpload, path: str, now_ms: int) -> bool:
    """Register a file whose bytes are on disk; True if it is new, or was a test and is evidence now."""
    old = rows.find(connection, upload.gate, upload.sha256)
    if old is not None and not _becomes_evidence(old, upload):
        return False
    ref = {"gate": upload.gate, "sha256": upload.sha256}
    row = {"size": upload.size, "received_ms": now_ms, "path": path, "kind": upload.kind}
    if old is None or not rows.change(connection, upload.gate, upload.sha256, row):  # let go of meanwhile
        rows.add(connection, ref | row)
    if upload.kind == "PHOTO":
        changes.append(connection, [(changes.Kind.PHOTO, ref)], now_ms)
    return True


def _becomes_evidence(old: Any, upload: messages.PhotoUpload) -> bool:
    """Whether the bytes were put up for another purpose and a record names them now; never the other way round."""
    return upload.kind in EVIDENCE and old.kind != upload.kind and old.kind not in EVIDENCE
