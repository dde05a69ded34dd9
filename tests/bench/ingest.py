"""How fast one ingest process is, stage by stage, beside what paho alone can receive of the same messages.

Each stage receives the same preloaded backlog of single-record messages with real NTAG 424 DNA reads, over MQTT 5 from
the same broker with the same settings. CPU per event, with that of the helper, is the number to trust on a shared
machine.

Run: python -m tests.bench.ingest [--messages N] [--runs N] [--json PATH]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from cloud.adapters.mqtt import Endpoint, IngestLoop, calm_collector
from cloud.adapters.verifier import INLINE_MAX, Verifier
from cloud.flows import filing, intake
from cloud.flows.ingest import begin, process_surely
from cloud.flows.intake import Task
from cloud.flows.receipts import sign
from cloud.flows.seal_proof import UNVERIFIED
from cloud.store import gate_keys, records
from cloud.store.engine import open_engine, reading, upgrade, writing
from cloud.store.schema import record
from schemas import envelope
from schemas.envelope import SigningKey, Typ
from schemas.messages import Operation
from tests import town
from tests.bench.backlog import lay_backlog, receive_only
from tests.servers import Mosquitto
from tests.townsfolk import MINUTE_MS, START_MS, SigningGate, TownKeys, enter_town, gate_of, pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from sqlalchemy import Engine

    from cloud.flows.ingest import Begun, Incoming
    from cloud.flows.intake import Intake

    Publications: TypeAlias = Iterable[tuple[str, bytes]]
    Handle: TypeAlias = Callable[[Sequence[Incoming], Begun | None], Publications]

GATES_EACH_SIDE = 4
THREADED, LEANEST = "paho alone, loop thread", "paho alone, leanest"
STAGES = (THREADED, LEANEST, "ours, receive", "+ verify", "+ decode", "+ by the helper", "+ commit", "full")
AHEAD = STAGES[5:]  # the shipped way: the next batch is verified by the helper while this one is worked on
STORING = STAGES[6:]
CLOUD_KEY = SigningKey.from_seed(b"C" * 32)


@dataclass(frozen=True)
class Figure:
    """One stage of one run."""

    stage: str
    events_per_s: float
    cpu_us_per_event: float
    of_receive: float = 1.0


def messages_of(count: int) -> tuple[list[SigningGate], list[town.Seal], list[tuple[str, bytes]]]:
    """Departures and arrivals of count/2 movements, at eight gates, in the order in which they happen."""
    origins = [gate_of(f"ORIGIN-{number}", town.ORIGIN) for number in range(GATES_EACH_SIDE)]
    destinations = [gate_of(f"DEST-{number}", town.DESTINATION) for number in range(GATES_EACH_SIDE)]
    seals = [town.Seal(number=number) for number in range(1, count // 2 + 1)]
    out: list[tuple[str, bytes]] = []
    for turn, (operation, gates) in enumerate(((Operation.SEAL_OUT_E, origins), (Operation.ARRIVE, destinations))):
        for seal in seals:
            gate = gates[seal.number % GATES_EACH_SIDE]
            at_ms = START_MS + turn * 30 * MINUTE_MS + seal.number * 100
            out.append((gate.topic, gate.scan(seal, operation, at_ms, turn + 1)))
    return [*origins, *destinations], seals, out


def ingest(broker: Mosquitto, client_id: str, count: int, engine: Engine, stage: str) -> tuple[float, float]:
    """Wall and CPU seconds, the helper's included, in which the shipped loop takes the backlog through a stage."""
    seen, handle, helper = 0, HANDLES[stage](engine), Verifier()

    def counted(batch: Sequence[Incoming], begun: Begun | None = None) -> Publications:
        nonlocal seen
        publications = handle(batch, begun)
        seen += len(batch)
        if seen >= count:
            loop.stop()
        return publications

    def begin_with(batch: Sequence[Incoming]) -> Callable[[], Publications]:
        return partial(counted, batch, begin(engine, batch, helper) if stage in AHEAD else None)

    endpoint = Endpoint(host=broker.host, port=broker.port, client_id=client_id)
    loop = IngestLoop(endpoint, counted, begin=begin_with)
    helper(Task([("", "scan", b"")] * (INLINE_MAX + 1), {}))()  # it has started
    wall_s, cpu_s = time.perf_counter(), cpu_seconds(helper)
    loop.run()
    taken = time.perf_counter() - wall_s, cpu_seconds(helper) - cpu_s
    helper.close()
    return taken


def cpu_seconds(helper: Verifier) -> float:
    """CPU seconds of this process and of the helper so far."""
    fields = Path(f"/proc/{helper.start()}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def receive_ours(_engine: Engine) -> Handle:
    return lambda _batch, _begun: ()


def verify_only(engine: Engine) -> Handle:
    def handle(batch: Sequence[Incoming], _begun: Begun | None) -> Publications:
        with reading(engine) as connection:
            keys = gate_keys.find(connection, {envelope.kid_of(message.payload) for message in batch})
        for message in batch:
            for jws in envelope.split_batch(message.payload):
                envelope.verify(jws, Typ.SCAN, lambda kid: keys[kid].key)
        return ()

    return handle


def proven_of(engine: Engine, batch: Sequence[Incoming], begun: Begun | None) -> Intake:
    if begun is not None:
        return intake.conclude(begun.taken, begun.verified())
    with reading(engine) as connection:
        return intake.prove(connection, batch)


def verify_and_decode(engine: Engine) -> Handle:
    def handle(batch: Sequence[Incoming], begun: Begun | None) -> Publications:
        assert not proven_of(engine, batch, begun).refused
        return ()

    return handle


def verify_and_commit(engine: Engine) -> Handle:
    def handle(batch: Sequence[Incoming], begun: Begun | None) -> Publications:
        proven = proven_of(engine, batch, begun).proven
        with writing(engine) as connection:
            rows = [filing._row(one, UNVERIFIED, None, START_MS) for one in proven]
            records.append(connection, rows, [filing._photos(one) for one in proven])
        return ()

    return handle


def full(engine: Engine) -> Handle:
    keys = TownKeys()

    def handle(batch: Sequence[Incoming], begun: Begun | None) -> Publications:
        outcome = process_surely(engine, keys, batch, START_MS + 40 * MINUTE_MS, begun)
        assert outcome.stored == len(batch)
        return [sign(receipt, CLOUD_KEY) for receipt in outcome.receipts]

    return handle


STEPS = (receive_ours, verify_only, verify_and_decode, verify_and_decode, verify_and_commit, full)
HANDLES = dict(zip(STAGES[2:], STEPS, strict=True))


def measure(folder: Path, broker: Mosquitto, count: int) -> list[Figure]:
    """All stages once, each on a backlog and a database of its own."""
    gates, seals, messages = messages_of(count)
    figures: list[Figure] = []
    for number, stage in enumerate(STAGES):
        client_id = f"stage-{number}"
        lay_backlog(broker, client_id, messages)
        engine = open_engine(f"sqlite:///{tempfile.mkdtemp(dir=folder)}/cloud.db")
        upgrade(engine)
        enter_town(engine, gates)
        pair(engine, seals)
        calm_collector()
        if stage in (THREADED, LEANEST):
            wall_s, cpu_s = receive_only(broker, client_id, count, threaded=stage == THREADED)
        else:
            wall_s, cpu_s = ingest(broker, client_id, count, engine, stage)
        if stage in STORING:
            with reading(engine) as connection:
                assert connection.scalar(select(func.count()).select_from(record)) == count
        engine.dispose()
        rate = count / wall_s
        of_receive = rate / figures[0].events_per_s if figures else 1.0
        figures.append(Figure(stage, rate, cpu_s / count * 1e6, of_receive))
    return figures


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=8_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, Mosquitto.create(Path(name) / "broker").start() as broker:
        runs = [measure(Path(name), broker, options.messages) for _ in range(options.runs)]
    lines = [f"{'stage':26}{'events/s':>10}{'CPU us/event':>14}{'of receive':>12}   ({options.runs} runs, median)"]
    summary: list[Figure] = []
    for number, stage in enumerate(STAGES):
        columns = [run[number] for run in runs]
        summary.append(
            Figure(
                stage,
                median(one.events_per_s for one in columns),
                median(one.cpu_us_per_event for one in columns),
                median(one.of_receive for one in columns),
            )
        )
        one = summary[-1]
        lines.append(f"{stage:26}{one.events_per_s:>10,.0f}{one.cpu_us_per_event:>14.0f}{one.of_receive:>12.2f}")
    sys.stdout.write("\n".join(lines) + "\n")
    if options.json:
        document = {"summary": [asdict(one) for one in summary], "runs": [[asdict(one) for one in run] for run in runs]}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
