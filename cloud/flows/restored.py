"""What a heartbeat shows of a cloud that knows less than its gate: after a restored backup, most of all."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from cloud.registry.commands import LIFETIME_MS
from cloud.store import commands, dispatches, records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from schemas.messages import Telemetry

_log = logging.getLogger(__name__)


def catch_up(connection: Connection, heartbeats: Iterable[Telemetry], now_ms: int) -> None:
    """Ask for what the cloud had and lost; once for each gap, so that a gate which cannot help is not asked for ever.

    A gate that rests on a higher manifest than ours gets one above it. A gate with nothing left to send, whose last
    record is not stored here, sends what is missing again: it freed its outbox on receipts we no longer know of.
    """
    newest = {beat.gate: beat for beat in heartbeats}
    if not newest:
        return
    versions = dispatches.versions(connection, newest)
    higher = [gate for gate, beat in newest.items() if beat.manifest > versions.get(gate, 0)]
    dispatches.ask(connection, now_ms, gates=higher)
    chains = records.chains(connection, [gate for gate, beat in newest.items() if beat.outbox_depth == 0])
    for gate, beat in sorted(newest.items()):
        chain = chains.get((gate, beat.head_epoch))
        have = chain.contiguous if chain else 0
        if beat.outbox_depth == 0 and beat.head_seq > have:
            _ask_again(connection, beat, have, now_ms)


def _ask_again(connection: Connection, beat: Telemetry, have: int, now_ms: int) -> None:
    gap = f"resend {beat.gate} {beat.head_epoch} {have}"
    order = hashlib.sha256(gap.encode()).hexdigest()[:32]  # the same gap, the same order
    if commands.find(connection, order) is not None:
        return
    _log.warning(
        "gate %s has sent all up to record %d/%d, but only %d are stored: it is asked for them again",
        *(beat.gate, beat.head_epoch, beat.head_seq, have),
    )
    wanted = {"name": "RESEND", "epoch": beat.head_epoch, "first": have + 1, "last": beat.head_seq}
    times = {"issued_ms": now_ms, "expires_ms": now_ms + LIFETIME_MS}
    commands.add(connection, {"id": order, "gate": beat.gate, **wanted, **times})
