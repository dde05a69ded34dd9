"""Gates and the one key each signs with (R-113); enrolling and retiring them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.authority import Act
from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import changes, dispatches
from cloud.store import gates as rows
from schemas import messages
from schemas.envelope import VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk

LaneId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,16}$(?!\n)")]
LaneIds = Annotated[list[LaneId], Meta(min_length=1, max_length=16)]


@dataclass(frozen=True, kw_only=True)
class GateEntry:
    """What is asked of the register for one gate."""

    gate: str
    site: str
    lanes: Sequence[str]
    jwk: Mapping[str, str]  # public key: OKP/Ed25519, or EC/P-256 for hardware keys
    replace_key: bool = False


def put_gate(desk: Desk, entry: GateEntry) -> bool:
    """Enrol a gate with its public key, or change it; True if it is new.

    Another key than the registered one is refused unless `replace_key` says that the old one shall make way. What the
    gate signed with the old key and has not sent yet still counts, until `revoke_key` says otherwise: a kiosk that got
    a new key must not lose the records of a long outage. A replaced key may come back, a revoked one never does.

    Raises:
        Refusal: INVALID, SITE-UNKNOWN, KEY, KEY-TAKEN, KEY-CHANGE, GATE-RETIRED, FORBIDDEN.
    """
    connection, now_ms = desk.connection, desk.now_ms
    gate, lanes = entry.gate, list(entry.lanes)
    desk.require(Act.GATE_WRITE, sites=[entry.site], subject=f"gate:{gate}")
    checked(gate, messages.GateId, "gate")
    checked(lanes, LaneIds, "lanes")
    places.require(connection, entry.site)
    key = _key(entry.jwk)
    old = rows.find(connection, gate)
    if old is not None and old.retired_ms is not None:
        raise Refusal("GATE-RETIRED", gate)
    registered = rows.key(connection, key.kid)
    if registered is not None and (registered.gate != gate or registered.revoked_ms is not None):
        raise Refusal("KEY-TAKEN", key.kid)
    if old is not None and old.kid not in {None, key.kid} and not entry.replace_key:
        raise Refusal("KEY-CHANGE", gate)
    if old is not None and (old.site, old.lanes, old.kid) == (entry.site, lanes, key.kid):
        return False
    enrolled_ms = now_ms if old is None else old.enrolled_ms
    rows.save(connection, {"id": gate, "site": entry.site, "lanes": lanes, "enrolled_ms": enrolled_ms})
    if registered is None or registered.replaced_ms is not None:
        rows.replace_key(connection, gate, now_ms)
    if registered is not None:
        rows.reinstate_key(connection, key.kid)
    else:
        public = {name: entry.jwk[name] for name in ("kty", "crv", "x", "y") if name in entry.jwk}
        row = {"kid": key.kid, "gate": gate, "alg": str(key.alg), "jwk": public, "registered_ms": now_ms}
        rows.add_key(connection, row)
    desk.note(Act.GATE_WRITE, f"gate:{gate}", site=entry.site, lanes=lanes, kid=key.kid)
    dispatches.ask(connection, now_ms, gates=[gate])
    changes.append(connection, [(changes.Kind.GATE, {"gate": gate})], now_ms)
    return old is None


def _key(jwk: Mapping[str, str]) -> VerifyingKey:
    if "d" in jwk:
        raise Refusal("KEY", "this is a private key: it must never leave the gate")
    try:
        return VerifyingKey.from_jwk(jwk)
    except ValueError as error:
        raise Refusal("KEY", str(error)) from error


def revoke_key(desk: Desk, gate: str, kid: str) -> None:
    """Trust a key no more (stolen, leaked): whatever it signed and was not stored yet is refused from now on (R-113).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN.
    """
    desk.require(Act.GATE_WRITE, subject=f"gate:{gate}")
    row = rows.key(desk.connection, kid)
    if row is None or row.gate != gate:
        raise Refusal("NOT-FOUND", kid)
    if row.revoked_ms is None:
        rows.revoke_keys(desk.connection, gate, desk.now_ms, kid)
        dispatches.ask(desk.connection, desk.now_ms, gates=[gate])  # nothing more is sealed to a stolen key
        desk.note(Act.GATE_WRITE, f"gate:{gate}", revoked=kid)
        changes.append(desk.connection, [(changes.Kind.GATE, {"gate": gate})], desk.now_ms)


def retire(desk: Desk, gate: str) -> None:
    """Take a gate out of service: its keys are refused from now on, what it recorded stays.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN.
    """
    desk.require(Act.GATE_WRITE, subject=f"gate:{gate}")
    connection, now_ms = desk.connection, desk.now_ms
    old = rows.find(connection, gate)
    if old is None:
        raise Refusal("NOT-FOUND", gate)
    if old.retired_ms is not None:
        return
    rows.retire(connection, gate, now_ms)
    rows.revoke_keys(connection, gate, now_ms)
    desk.note(Act.GATE_WRITE, f"gate:{gate}", retired=True)
    dispatches.forget(connection, gate)
    changes.append(connection, [(changes.Kind.GATE, {"gate": gate})], now_ms)


def get(desk: Desk, gate: str) -> Any:
    """Return a gate with its active key and its last known state; Refusal NOT-FOUND, FORBIDDEN."""
    row = rows.find(desk.connection, gate)
    desk.require(Act.REGISTRY_READ, sites=[] if row is None else [row.site], subject=f"gate:{gate}")
    if row is None:
        raise Refusal("NOT-FOUND", gate)
    return row


def keys(desk: Desk, gate: str) -> Sequence[Any]:
    """Return every key a gate has or had, the first one first; Refusal NOT-FOUND, FORBIDDEN."""
    get(desk, gate)
    return rows.keys(desk.connection, gate)


def find_active(connection: Connection, gate: str) -> Any:
    """Return a gate in service; Refusal GATE-UNKNOWN or GATE-RETIRED."""
    row = rows.find(connection, gate)
    if row is None:
        raise Refusal("GATE-UNKNOWN", gate)
    if row.retired_ms is not None:
        raise Refusal("GATE-RETIRED", gate)
    return row
