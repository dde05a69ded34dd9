"""One batch of upward messages, read from top to bottom: verify or quarantine, dedupe, fold, rules, commit, outcome.

MQTT is not known here: the loop in `cloud.adapters.mqtt` acknowledges only after a batch is stored, and safely runs it
again after an error of the database. While one batch is stored, the signatures of the next may be verified elsewhere.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cloud.domain.entry import Entry
from cloud.domain.incidents import Incidents, Refusal
from cloud.flows.evaluate import Effects, evaluate, evaluate_gates
from cloud.flows.filing import Filed, file_records
from cloud.flows.hearing import hear
from cloud.flows.intake import Incoming, Proven, Refused, conclude, prove, scans, take_apart
from cloud.flows.lane_acts import act
from cloud.flows.receipts import write_receipts
from cloud.flows.seal_proof import Proof, SealKeys, prove_seal
from cloud.flows.unread import named_by
from cloud.store import changes, dispatches, folds, gate_keys, quarantine, rollups
from cloud.store.changes import Kind
from cloud.store.engine import reading, writing
from schemas.envelope import fingerprint
from schemas.messages import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from sqlalchemy import Connection, Engine

    from cloud.domain.entry import Scan
    from cloud.flows.intake import Taken, Task, Verified
    from cloud.flows.unread import Named
    from cloud.store.folds import Kept
    from schemas.messages import Receipt

    Verifier: TypeAlias = Callable[[Task], Callable[[], Sequence[Verified]]]

__all__ = ["BATCH_MESSAGES_MAX", "Begun", "Incoming", "Outcome", "SealKeys", "begin", "process_batch", "process_surely"]

log = logging.getLogger(__name__)

BATCH_MESSAGES_MAX = 400  # two batches are in hand at a time: less than half the window of the broker


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


@dataclass(frozen=True)
class Begun:
    """A batch whose signatures are being verified; `verified` waits for that."""

    taken: Taken
    verified: Callable[[], Sequence[Verified]]


def begin(engine: Engine, messages: Sequence[Incoming], verifier: Verifier) -> Begun | None:
    """Let a batch be verified ahead of its turn; None where it cannot even begin: who processes it will meet why."""
    try:
        with reading(engine) as connection:
            taken = take_apart(connection, messages)
        return Begun(taken, verifier(taken.task))
    except Exception as error:  # noqa: BLE001 -- the same comes again, and is sorted out, when its turn comes
        log.warning("a batch is not verified ahead of its turn: %r", error)
        return None


def process_surely(
    engine: Engine, seal_keys: SealKeys, messages: Sequence[Incoming], now_ms: int, begun: Begun | None = None
) -> Outcome:
    """Process a batch, and set a message that trips a fault of ours aside alone: it must not dam up all the others.

    It gets no receipt: its gate keeps it and sends it again, until a mended cloud stores it. What the database cannot
    do now is raised, as by `process_batch`.
    """
    try:
        return process_batch(engine, seal_keys, messages, now_ms, begun)
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


def process_batch(
    engine: Engine, seal_keys: SealKeys, messages: Sequence[Incoming], now_ms: int, begun: Begun | None = None
) -> Outcome:
    """Store a batch durably, once, and return what the gates must be told; `begun` is what `begin` made of it.

    Whatever the bytes, nothing is raised for them (R-113). An error of the database is raised after a rollback: nothing
    was stored, and the same batch may be given again (R-111).

    1. Verify each signature and form, or quarantine.   2. Verify each seal's own message.
    3. Store once; follow the hash chains, and what     4. Fold the movements concerned; ask the rules.
       was done at lanes: hold, scrap.
    5. Hear what gates say of themselves.               6. Quarantine; ask the rules about gates.
    7. Roll-ups and the trail of changes, last.         8. Commit; then, and only then, the receipts.
    """
    with reading(engine) as connection:
        intake = conclude(begun.taken, begun.verified()) if begun is not None else prove(connection, messages)  # 1
        proofs = _prove_seals(connection, intake.proven, seal_keys)  # 2
    with writing(engine) as connection:
        read = scans(intake.proven)
        named = named_by(connection, read)
        kept = folds.by_seal(connection, {scan.uid for _, _, scan in read if scan.uid} | _uids(named.values()))
        arrived = [one for one in intake.proven if isinstance(one.said, Entry)]
        belongs = _movements(arrived, kept, named)
        filed = file_records(connection, arrived, proofs, belongs, now_ms)  # 3
        fresh = scans(filed.new)
        acted = act(connection, fresh, belongs, now_ms)
        touched = {scan.uid for _, _, scan in fresh if scan.uid}
        touched |= _uids(named[one.hash] for one, _, _ in fresh if one.hash in named)
        own = [one for one in kept if one.seal_uid in touched]
        effects = acted.joined(evaluate(connection, own, touched, now_ms))  # 4
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
    read = scans(proven)
    series = folds.seal_series(connection, {scan.uid for _, _, scan in read})
    return {one.hash: prove_seal(scan, series.get(scan.uid), seal_keys) for one, _, scan in read}


def _uids(named: Iterable[Named]) -> set[str]:
    return {one.uid for one in named}


def _movements(arrived: Sequence[Proven], kept: Sequence[Kept], named: Mapping[str, Named]) -> dict[str, str | None]:
    """Return by record hash the movement a read belongs to: the one its manifest named, else the seal's current one.

    `named` are those of seals that could not be read.
    """
    of_seal: dict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        of_seal[one.seal_uid].append(one)
    belongs: dict[str, str | None] = {}
    for proven, _, scan in scans(arrived):
        own = of_seal.get(scan.uid, ())
        if proven.hash in named:
            belongs[proven.hash] = named[proven.hash].movement
        elif scan.movement in [one.journey.id for one in own]:
            belongs[proven.hash] = scan.movement
        else:
            current = (one.journey.id for one in own if one.folded.state != "CANCELLED")
            belongs[proven.hash] = next(current, None)
    return belongs


def _incidents(refused: Sequence[Refused], filed: Filed, gates: set[str]) -> list[Incidents]:
    refusals: dict[str, list[Refusal]] = defaultdict(list)
    for one in refused:
        if one.gate is not None:
            refusals[one.gate].append(Refusal(one.hash, one.reason))
    return [Incidents(gate, tuple(refusals[gate]), tuple(filed.breaks.get(gate, ()))) for gate in sorted(gates)]


def _trail(
    fresh: Sequence[tuple[Proven, Entry, Scan]],
    effects: Effects,
    accused: Effects,
    told: Sequence[tuple[Kind, Mapping[str, str]]],
    gates: set[str],
) -> list[tuple[Kind, Mapping[str, str | int | None]]]:
    read: list[tuple[Kind, Mapping[str, str | int | None]]]
    read = [(Kind.RECORD, {"gate": one.gate, "epoch": one.epoch, "seq": one.seq}) for _, one, _ in fresh]
    refusing = [(Kind.GATE, {"gate": gate}) for gate in sorted(gates)]
    return [*read, *effects.changes, *accused.changes, *told, *refusing]


def _points(
    fresh: Sequence[tuple[Proven, Entry, Scan]],
    proven: Sequence[Proven],
    refused: Sequence[Refused],
    gates: set[str],
    now_ms: int,
) -> list[rollups.Point]:
    """Return what the batch adds to the series; for each there is a row in the trail, by which the sinks find it."""
    scanned = [point for _, entry, scan in fresh for point in rollups.of_scan(entry, scan, now_ms)]
    beats = [point for one in proven if isinstance(one.said, Telemetry) for point in rollups.of_telemetry(one.said)]
    bad = [rollups.of_quarantined(one.gate, now_ms) for one in refused if one.gate in gates and one.gate is not None]
    return [*scanned, *beats, *bad]
