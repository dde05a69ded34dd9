"""Sends each gate what it must know: one signed, retained manifest, renewed before it ages; and commands.

A manifest goes out when something it says has changed, at a gate's birth, at the cloud's start, and daily or at
half its lifetime. What only this gate may know goes in it sealed to the gate's key (`cloud.flows.entrusting`). Rows
say what is due, so that a process killed at any point only sends again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from cloud.clock import from_ms
from cloud.domain.loads import load_of, positions_of
from cloud.flows import entrusting
from cloud.registry.places import fence_name
from cloud.store import commands, dispatches, gates, held, movements, places, seals
from cloud.store.engine import reading, writing
from cloud.store.registry import authorisations, location_tags, outages
from schemas import envelope, messages, topics
from schemas.envelope import Typ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from cloud.flows.seal_proof import SealKeys

GATES_PER_ROUND_MAX = 100
COMMANDS_PER_ROUND_MAX = 100
STOCK_MAX = 5_000  # as a manifest can hold
DEAD_MAX = 5_000
RENEW_AFTER_MS = 86_400_000  # a gate refers to the officer what it only knows from long ago
RETRY_DELAY_MS = 60_000  # for a gate whose manifest cannot be made or is not taken

_log = logging.getLogger(__name__)


class NotTakenError(Exception):
    """The broker answers, but refuses this one message: others may well be taken."""


class Publish(Protocol):
    """Hands a message to the broker at QoS 1; returns once the broker has it.

    Raises NotTakenError where the broker refuses the message, anything else where it cannot be reached.
    """

    def __call__(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish one message."""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Whose word goes out, by which way, for how long it counts, and which keys travel with it."""

    key: envelope.SigningKey
    publish: Publish
    lifetime_ms: int
    seal_keys: SealKeys
    papers_key: str  # X25519, public: to it gates seal drivers' papers


def begin(engine: Engine, now_ms: int) -> None:
    """Have every gate's manifest sent again: the broker may have forgotten what it retained."""
    with writing(engine) as connection:
        dispatches.ask_all(connection, now_ms)


def send_due(engine: Engine, sender: Sender, now_ms: int) -> int:
    """Send what is due and return how many manifests went out; an error of broker or database leaves the rest due.

    A gate whose manifest cannot be made (too many badges) or is refused waits a minute and holds up no other.
    """
    with reading(engine) as connection:
        waiting = dispatches.due(connection, now_ms, GATES_PER_ROUND_MAX)
        orders = commands.unsent(connection, now_ms, COMMANDS_PER_ROUND_MAX)
    gone_out = 0
    for gate_id, asked in waiting:
        try:
            _send_manifest(engine, sender, gate_id, asked, now_ms)
            gone_out += 1
        except (ValueError, NotTakenError) as error:
            _log.error("gate %s stays without a new manifest: %s", gate_id, error)
            with writing(engine) as connection:
                dispatches.done(connection, gate_id, asked, now_ms + RETRY_DELAY_MS)
    _send_commands(engine, sender, orders, now_ms)
    return gone_out


def _send_commands(engine: Engine, sender: Sender, orders: Sequence[Any], now_ms: int) -> None:
    refused: NotTakenError | None = None
    for order in orders:
        try:
            _send_command(engine, sender, order, now_ms)
        except NotTakenError as error:
            refused = error
    if refused is not None:
        raise refused  # when all others have gone out: the caller logs it and waits longer


def _send_manifest(engine: Engine, sender: Sender, gate_id: str, asked: int, now_ms: int) -> None:
    with writing(engine) as connection:
        row = gates.find(connection, gate_id)
        if row is None or row.retired_ms is not None:
            dispatches.forget(connection, gate_id)
            return
        # Committed before it is published: no version may ever be two documents.
        jws, renew_ms = _manifest_in_force(connection, sender, row, now_ms)
        changes_ms = authorisations.next_change_ms(connection, row.site, now_ms)
        open_orders = commands.unanswered(connection, gate_id, now_ms)
    sender.publish(topics.manifest(gate_id), jws, retain=True)
    for order in open_orders:
        _send_command(engine, sender, order, now_ms)
    with writing(engine) as connection:
        dispatches.done(connection, gate_id, asked, min(renew_ms, changes_ms or renew_ms))


def _manifest_in_force(connection: Connection, sender: Sender, gate: Any, now_ms: int) -> tuple[bytes, int]:
    """Return the manifest to send and when it must be renewed; a new version only if it says something new or ages."""
    body = msgspec.structs.replace(manifest_body(connection, gate, now_ms), papers_key=sender.papers_key)
    entrusted = entrusting.to_gate(connection, gate, body, sender.seal_keys, now_ms)
    # over what is said, not over how it was sealed: two seals of the same words never look alike
    content = envelope.fingerprint(envelope.encode(body) + entrusted.content)
    last = dispatches.newest(connection, gate.id)
    in_force = gate.manifest or 0  # may be above ours, where the cloud was restored from a backup
    if last is not None:
        renew_ms = _renewal(last.issued_ms, last.expires_ms)
        by_this_key = envelope.kid_of(last.jws) == sender.key.kid
        unchanged = last.content == content and by_this_key and last.version >= in_force
        if unchanged and last.issued_ms <= now_ms < renew_ms:
            return last.jws, renew_ms
    version = max(0 if last is None else last.version, in_force) + 1
    expires_ms = now_ms + sender.lifetime_ms
    body = msgspec.structs.replace(body, sealed=entrusted.seal())
    manifest = msgspec.structs.replace(body, version=version, issued=from_ms(now_ms), expires=from_ms(expires_ms))
    jws = sender.key.sign(Typ.MANIFEST, envelope.encode(manifest))
    row = {"gate": gate.id, "version": version, "content": content, "jws": jws}
    dispatches.keep(connection, row | {"issued_ms": now_ms, "expires_ms": expires_ms})
    return jws, _renewal(now_ms, expires_ms)


def _renewal(issued_ms: int, expires_ms: int) -> int:
    return min((issued_ms + expires_ms) // 2, issued_ms + RENEW_AFTER_MS)


def manifest_body(connection: Connection, gate: Any, now_ms: int) -> messages.Manifest:
    """Write down what a gate must know, with version and times left at their least, and nothing sealed."""
    site = places.find(connection, gate.site)
    if site is None:
        raise AssertionError("a gate's site is held by a foreign key")
    fence = {"version": fence_name(site.code, site.fence_version), "ring": site.ring}
    place = {"code": site.code, "name_zh": site.name_zh, "name_en": site.name_en, "fence": fence}
    stock = seals.in_stock(connection, site.code, STOCK_MAX + 1)
    body = {
        "v": 1,
        "gate": gate.id,
        "version": 1,
        "issued": from_ms(0),
        "expires": from_ms(0),
        "site": place | {"location_tags": location_tags.active(connection, site.code)},
        "staff": [
            {"badge_uid": row.badge_uid, "staff": row.staff, "role": row.role, "may": row.may}
            for row in authorisations.badges_at(connection, site.code, now_ms)
        ],
        "expected": [_expected(row) for row in movements.expected_at(connection, site.code, now_ms)],
        "outages": [
            {"notice": row.notice_no, "since": from_ms(row.start_ms), "functions": row.functions}
            for row in outages.in_force(connection, site.code, now_ms)
        ],
        "dead": seals.dead_at(connection, site.code, DEAD_MAX),
        "stock": stock[:STOCK_MAX],
        "stock_whole": len(stock) <= STOCK_MAX,
    }
    return msgspec.convert(body, messages.Manifest)


def _expected(row: Any) -> dict[str, Any]:
    expected = {
        "movement": row.id,
        "kind": row.kind,
        "seal_no": row.seal_no,
        "seal_uid": row.seal_uid,
        "container": row.container,
        "plate": row.plate,
        "transport_order": row.transport_order or "",
        "origin": row.origin,
        "destination": row.destination,
        "state": row.state,
        "load": load_of(row.document, row.classes, row.cargo),
        "positions": positions_of(row.kind, row.unit, row.position),
    }
    if row.deadline_ms is not None:
        expected["deadline"] = from_ms(row.deadline_ms)
    if (hold := held.shown(row)) is not None:
        expected["hold"] = {"reason": hold.reason, "since": from_ms(hold.since_ms)}
    return expected


def _send_command(engine: Engine, sender: Sender, order: Any, now_ms: int) -> None:
    command = messages.Command(
        v=1,
        gate=order.gate,
        id=order.id,
        issued=from_ms(order.issued_ms),
        expires=from_ms(order.expires_ms),
        name=order.name,
        epoch=order.epoch,
        first=order.first,
        last=order.last,
        lane=order.lane,
    )
    sender.publish(topics.command(order.gate), sender.key.sign(Typ.COMMAND, envelope.encode(command)), retain=False)
    if order.sent_ms is None:
        with writing(engine) as connection:
            commands.sent(connection, order.id, now_ms)
