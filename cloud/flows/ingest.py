"""One batch of upward messages, read from top to bottom: verify or quarantine, dedupe, fold, rules, commit, outcome.

MQTT is not known here: the loop in `cloud.adapters.mqtt` acknowledges only after `process_batch` has returned, and
safely runs it again after an error of the database.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cloud.domain.incidents import Incidents, Refusal
from cloud.flows.evaluate import Effects, evaluate, evaluate_gates
from cloud.flows.filing import Filed, file_records
from cloud.flows.hearing import hear
from cloud.flows.intake import Incoming, Proven, Refused, prove, scans
from cloud.flows.receipts import write_receipts
from cloud.flows.seal_proof import Proof, SealKeys, prove_seal
from cloud.store import changes, dispatches, folds, gate_keys, quarantine, rollups
from cloud.store.changes import Kind
from cloud.store.engine import reading, writing
from schemas.envelope import fingerprint
from schemas.messages import EpochEvent, ScanEvent, Telemetry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from cloud.store.folds import Kept
    from schemas.messages import Receipt

__all__ = ["BATCH_MESSAGES_MAX", "Incoming", "Outcome", "SealKeys", "process_batch", "process_surely"]

log = logging.getLogger(__name__)

BATCH_MESSAGES_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one committed batch brought: the receipts to sign and publish, and figures for logs and metrics."""

    receipts: tuple[Receipt, ...] = ()
    stored: int = 0  # new records
    duplicates: int = 0  # known records, acknowledged again
    rejected: int = 0  # messages or records quarantined

    def with_more(self, other: Outcome) -> Outcome:
        """Return what both batches brought."""
        return Outcome(
            receipts=self.receipts + other.receipts,
            stored=self.stored + other.stored,
            duplicates=self.duplicates + other.duplicates,
            rejected=self.rejected + other.rejected,
        )


def process_surely(engine: Engine, seal_keys: SealKeys, messages: Sequence[Incoming], now_ms: int) -> Outcome:
    """Process a batch, and set a message that trips a fault of ours aside alone: it must not dam up all the others.

    It gets no receipt: its gate keeps it and sends it again, until a mended cloud stores it. What the database cannot
    do now is raised, as by `process_batch`.
    """
    try:
        return process_batch(engine, seal_keys, messages, now_ms)
    except (OperationalError, InterfaceError, PoolTimeoutError):
        raise
    except Exception as error:
        if len(messages) > 1:
            half = len(messages) // 2
            first = process_surely(engine, seal_keys, messages[:half], now_ms)
            return first.with_more(process_surely(engine, seal_keys, messages[half:], now_ms))
        log.exception("a message trips a fault of ours and is set aside: %s", messages[0].topic)
        topic, payload = messages[0].topic, messages[0].payload
        aside = Refused(fingerprint(payload), topic, None, "OUR-FAULT", repr(error), payload)
        with writing(engine) as connection:
            quarantine.keep(connection, [aside], now_ms)
        return Outcome(rejected=1)


def process_batch(engine: Engine, seal_keys: SealKeys, messages: Sequence[Incoming], now_ms: int) -> Outcome:
    """Store a batch durably, once, and return what the gates must be told.

    Whatever the bytes, nothing is raised for them (R-113). An error of the database is raised after a rollback: nothing
    was stored, and the same batch may be given again (R-111).

    1. Verify each signature and form, or quarantine.   2. Verify each seal's own message.
    3. Store once; follow the hash chains.              4. Fold the movements concerned; ask the rules.
    5. Hear what gates say of themselves.               6. Quarantine; ask the rules about gates.
    7. Roll-ups and the trail of changes, last.         8. Commit; then, and only then, the receipts.
    """
    with reading(engine) as connection:
        intake = prove(connection, messages)  # 1
        proofs = _prove_seals(connection, intake.proven, seal_keys)  # 2
    with writing(engine) as connection:
        kept = folds.by_seal(connection, {event.tag.uid for _, event in scans(intake.proven)})
        arrived = [one for one in intake.proven if isinstance(one.message, (ScanEvent, EpochEvent))]
        filed = file_records(connection, arrived, proofs, _movements(arrived, kept), now_ms)  # 3
        fresh = scans(filed.new)
        touched = {event.tag.uid for _, event in fresh}
        effects = evaluate(connection, [one for one in kept if one.seal_uid in touched], touched, now_ms)  # 4
        told = hear(connection, intake.proven, now_ms)  # 5
        refused = [*intake.refused, *filed.forks]
        gates = gate_keys.registered(connection, {one.gate for one in refused if one.gate} | set(filed.breaks))
        quarantine.keep(connection, refused, now_ms)  # 6
        accused = evaluate_gates(connection, _incidents(refused, filed, gates), now_ms)
        dispatches.ask(connection, now_ms, sites=effects.sites)
        changes.append(connection, _trail(fresh, effects, accused, told, gates), now_ms)  # 7
        points = _points(fresh, intake.proven, refused, gates, now_ms)
        rollups.add(connection, points, changes.newest(connection))
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    return Outcome(  # 8
        receipts=write_receipts(filed.held, refused, gates, at),
        stored=len(filed.new),
        duplicates=filed.duplicates,
        rejected=len(refused),
    )


def _prove_seals(connection: Connection, proven: Sequence[Proven], seal_keys: SealKeys) -> dict[str, Proof]:
    events = scans(proven)
    numbers = folds.seal_numbers(connection, {event.tag.uid for _, event in events})
    return {one.hash: prove_seal(event, numbers.get(event.tag.uid), seal_keys) for one, event in events}


def _movements(arrived: Sequence[Proven], kept: Sequence[Kept]) -> dict[str, str | None]:
    """Return by record hash the movement a read belongs to: the one its manifest named, else the seal's current one."""
    of_seal: dict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        of_seal[one.seal_uid].append(one)
    belongs: dict[str, str | None] = {}
    for proven, event in scans(arrived):
        ids = [one.journey.id for one in of_seal.get(event.tag.uid, ())]
        current = [one.journey.id for one in of_seal.get(event.tag.uid, ()) if one.folded.state != "CANCELLED"]
        belongs[proven.hash] = event.movement if event.movement in ids else next(iter(current), None)
    return belongs


def _incidents(refused: Sequence[Refused], filed: Filed, gates: set[str]) -> list[Incidents]:
    refusals: dict[str, list[Refusal]] = defaultdict(list)
    for one in refused:
        if one.gate is not None:
            refusals[one.gate].append(Refusal(one.hash, one.reason))
    return [Incidents(gate, tuple(refusals[gate]), tuple(filed.breaks.get(gate, ()))) for gate in sorted(gates)]


def _trail(
    fresh: Sequence[tuple[Proven, ScanEvent]],
    effects: Effects,
    accused: Effects,
    told: Sequence[tuple[Kind, Mapping[str, str]]],
    gates: set[str],
) -> list[tuple[Kind, Mapping[str, str | int | None]]]:
    read: list[tuple[Kind, Mapping[str, str | int | None]]]
    read = [(Kind.RECORD, {"gate": one.gate, "epoch": event.link.epoch, "seq": event.link.seq}) for one, event in fresh]
    refusing = [(Kind.GATE, {"gate": gate}) for gate in sorted(gates)]
    return [*read, *effects.changes, *accused.changes, *told, *refusing]


def _points(
    fresh: Sequence[tuple[Proven, ScanEvent]],
    proven: Sequence[Proven],
    refused: Sequence[Refused],
    gates: set[str],
    now_ms: int,
) -> list[rollups.Point]:
    """Return what the batch adds to the series; for each there is a row in the trail, by which the sinks find it."""
    scanned = [point for _, event in fresh for point in rollups.of_scan(event, now_ms)]
    beats = [
        point for one in proven if isinstance(one.message, Telemetry) for point in rollups.of_telemetry(one.message)
    ]
    bad = [rollups.of_quarantined(one.gate, now_ms) for one in refused if one.gate in gates and one.gate is not None]
    return [*scanned, *beats, *bad]
