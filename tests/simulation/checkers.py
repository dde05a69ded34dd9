"""What must be true after the world has healed: gate truth (disks, lights) against what the cloud has stored."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from cloud.store import engine as store
from schemas.envelope import decode_record, fingerprint, unb64url

if TYPE_CHECKING:
    from tests.simulation.cloud_side import CloudSide
    from tests.simulation.gate_side import GateSide
    from tests.simulation.world import World

Place = tuple[str, int, int]  # gate, epoch, sequence


def rows(cloud: CloudSide, sql: str) -> list[tuple[Any, ...]]:
    """Ask the cloud's database."""
    with store.reading(cloud.engine) as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def count(cloud: CloudSide, table: str) -> int:
    """How many rows a table has."""
    return int(rows(cloud, f"SELECT count(*) FROM {table}")[0][0])


async def check(world: World) -> list[str]:
    """Return every complaint; none means that this seed shows nothing wrong."""
    stored = rows(world.cloud, "SELECT gate, epoch, seq, hash, jws, verdict FROM record ORDER BY gate, epoch, seq")
    complaints: list[str] = []
    for gate in world.gates:
        truth = _disk(gate)
        here = [row for row in stored if row[0] == gate.id]
        complaints += _lights_are_stored(gate, here)
        complaints += _stored_once_as_on_disk(gate, truth, here)
        complaints += _chain_unbroken(gate, here)
        complaints += _drained(gate)
    complaints += _chains_closed(world)
    complaints += _nothing_refused(world)
    complaints += _no_anomaly_twice(world)
    complaints += _nothing_freed_too_early(world)
    return complaints


def _nothing_freed_too_early(world: World) -> list[str]:
    """No backup is restored here, so a cloud that asks for records again has told a gate too early that it had them."""
    asked = rows(world.cloud, "SELECT gate, epoch, \"first\" FROM command WHERE name = 'RESEND'")
    return [f"{gate}: was freed although record {(epoch, first)} is not in the cloud" for gate, epoch, first in asked]


def _disk(gate: GateSide) -> dict[tuple[int, int], str]:
    """Epoch, sequence → hash of every record on the gate's disk, read without the product's code."""
    with closing(sqlite3.connect(gate.folder / "outbox.db")) as connection:
        found = connection.execute("SELECT epoch, seq, jws FROM record").fetchall()
    return {(epoch, seq): fingerprint(bytes(jws)) for epoch, seq, jws in found}


def _lights_are_stored(gate: GateSide, here: list[tuple[Any, ...]]) -> list[str]:
    """Every light that somebody saw has its record in the cloud, with that verdict."""
    verdicts = {f"{epoch}/{seq}": verdict for _, epoch, seq, _, _, verdict in here}
    return [
        f"{gate.id}: {verdict} was shown for record {name}, the cloud has {verdicts.get(name)!r}"
        for name, verdict in gate.shown.items()
        if verdicts.get(name) != verdict
    ]


def _stored_once_as_on_disk(
    gate: GateSide, truth: dict[tuple[int, int], str], here: list[tuple[Any, ...]]
) -> list[str]:
    times = Counter((epoch, seq) for _, epoch, seq, *_ in here)
    hashes = {(epoch, seq): fingerprint(bytes(jws)) for _, epoch, seq, _, jws, _ in here}
    return [
        *(f"{gate.id}: record {place} is stored {number} times" for place, number in times.items() if number > 1),
        *(f"{gate.id}: record {place} on disk is not in the cloud" for place in sorted(truth.keys() - hashes.keys())),
        *(f"{gate.id}: record {place} in the cloud is not on disk" for place in sorted(hashes.keys() - truth.keys())),
        *(
            f"{gate.id}: record {place} differs between disk and cloud"
            for place in sorted(truth.keys() & hashes.keys())
            if truth[place] != hashes[place]
        ),
    ]


def _chain_unbroken(gate: GateSide, here: list[tuple[Any, ...]]) -> list[str]:
    """Sequences without a gap, each record naming the hash of the one before; power cuts begin no new epoch."""
    complaints, expected, previous = [], 1, None
    first = here[0][1] if here else 0
    for _, epoch, seq, name, jws, _ in here:
        link = decode_record(unb64url(bytes(jws).split(b".")[1])).link
        if (epoch, seq, link.prev) != (first, expected, previous):
            complaints.append(
                f"{gate.id}: record {epoch}/{seq} follows {link.prev}, not {previous} as number {expected}"
            )
        expected, previous = seq + 1, name
    return complaints


def _drained(gate: GateSide) -> list[str]:
    if gate.records is None:
        return [f"{gate.id}: did not come up again"]
    return [f"{gate.id}: {gate.records.depth} records still wait"] if gate.records.depth else []


def _chains_closed(world: World) -> list[str]:
    """The cloud's own word on the chains: no gap is left open."""
    return [
        f"{gate}: the cloud follows the chain to {contiguous} of {highest}"
        for gate, contiguous, highest in rows(world.cloud, "SELECT gate, contiguous, highest FROM chain")
        if contiguous != highest
    ]


def _nothing_refused(world: World) -> list[str]:
    """No fault of this world changes a byte, so nothing may be quarantined."""
    return [
        f"{gate}: quarantined for {reason}" for gate, reason in rows(world.cloud, "SELECT gate, reason FROM quarantine")
    ]


def _no_anomaly_twice(world: World) -> list[str]:
    times = rows(world.cloud, "SELECT code, subject, count(*) FROM cases GROUP BY code, subject HAVING count(*) > 1")
    return [f"{number} cases {code} of {subject}" for code, subject, number in times]
