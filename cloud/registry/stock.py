"""The issue register: which seal is of which kind and carries which chip (R-002, R-031…R-034, 自備封條辦法 §15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import movements
from cloud.store import seals as rows
from schemas import messages

if TYPE_CHECKING:
    from sqlalchemy import Connection


def put_seal(connection: Connection, *, seal_no: str, uid: str, kind: str, now_ms: int) -> bool:
    """Register a seal with its chip; True if it is new. The kind never changes (R-002), the chip not once it is paired.

    Raises:
        Refusal: INVALID, SEAL-KIND, UID-TAKEN, SEAL-IN-USE.
    """
    checked(seal_no, messages.SealNumber, "seal_no")
    checked(uid, messages.UidHex, "uid")
    checked(kind, messages.SealKind, "kind")
    old = rows.find(connection, seal_no)
    if old is not None and old.kind != kind:
        raise Refusal("SEAL-KIND", seal_no)
    owner = rows.by_uid(connection, uid)
    if owner is not None and owner.seal_no != seal_no:
        raise Refusal("UID-TAKEN", uid)
    if old is None:
        rows.add(connection, {"seal_no": seal_no, "uid": uid, "kind": kind, "issued_ms": now_ms})
        return True
    if old.uid != uid:
        if movements.live_of_seal(connection, seal_no) is not None:
            raise Refusal("SEAL-IN-USE", seal_no)
        rows.set_uid(connection, seal_no, uid)
    return False
