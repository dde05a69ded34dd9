"""`make bench`: what the product needs, each figure beside the bare limit measured in the same run.

Exit code 0 unless the bench itself breaks; promises that do not hold are marked FAILED.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench import drain, ingest, path
from tests.bench.bare import insert_alone, verify_alone
from tests.bench.figures import Line, MustHold, Report
from tests.servers import Mosquitto
from tests.system.center import Center

PARTS = ("path", "drain", "ingest")
SHARE_MIN = 0.5  # of paho's own rate


def measure_ingest(folder: Path, report: Report, *, runs: int, messages: int) -> None:
    """Stages of ingest (tests/bench/ingest.py), and the libraries underneath alone."""
    with Mosquitto.create(folder / "broker").start() as broker:
        measured = [ingest.measure(folder, broker, messages) for _ in range(runs)]
    verify = tuple(verify_alone() for _ in range(runs))
    insert = tuple(insert_alone(folder) for _ in range(runs))
    receive = tuple(figures[0].events_per_s for figures in measured)
    for number, stage in enumerate(ingest.STAGES):
        rates = tuple(figures[number].events_per_s for figures in measured)
        cpu = f"{sorted(figures[number].cpu_us_per_event for figures in measured)[runs // 2]:.0f} µs CPU/event"
        bare = {"bare": receive, "bare_name": "paho receive"} if number else {}
        report.add([Line(name=f"ingest, {stage}", unit="events/s", runs=rates, note=cpu, **bare)])
    report.add(
        [
            Line(name="Ed25519 verify alone", unit="events/s", runs=verify),
            Line(name="SQLite insert alone, 200 a batch", unit="events/s", runs=insert),
        ]
    )
    share = report.lines[-3].ratio or 0.0
    promise = f"ingest, verified, folded, judged and durable, reaches {SHARE_MIN:.0%} of what paho alone can receive"
    report.add([], [MustHold(promise=promise, measured=f"{share:.0%}", ok=share >= SHARE_MIN)])


def main() -> int:
    """Measure the chosen parts, print the table, write the JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--taps", type=int, default=40, help="taps in each run (%(default)s)")
    parser.add_argument("--messages", type=int, default=8_000, help="backlog of each stage of ingest (%(default)s)")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave the other parts out")
    parser.add_argument("--json", type=Path, default=Path(".cache/bench.json"))
    options = parser.parse_args()
    parts, report = options.only or PARTS, Report()
    with tempfile.TemporaryDirectory(prefix="sealgate-bench-") as name:
        folder = Path(name)
        if {"path", "drain"} & set(parts):
            with (
                Mosquitto.create(folder / "mosquitto").start() as mosquitto,
                Center(folder=folder / "yard", mosquitto=mosquitto) as center,
            ):
                center.start()
                if "path" in parts:
                    path.measure(center, report, runs=options.runs, taps=options.taps)
                if "drain" in parts:
                    drain.measure(center, report, runs=options.runs)
        if "ingest" in parts:
            measure_ingest(folder, report, runs=options.runs, messages=options.messages)
    report.save(options.json)
    print(report.table(), f"\nas JSON: {options.json}", sep="\n")  # noqa: T201 -- a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main())
