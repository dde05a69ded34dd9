"""Runs the simulation by hand: `make sim SEED=…`, or `python -m tests.simulation --seed N --hours H`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation import faults
from tests.simulation.world import HOURS, simulate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, counted from --seed")
    parser.add_argument("--hours", type=float, default=HOURS, help="virtual hours (%(default)s)")
    parser.add_argument("--faults", default=",".join(faults.ALL), help="comma-separated; all: %(default)s")
    options = parser.parse_args()
    names = tuple(name.strip() for name in options.faults.split(",") if name.strip())
    unknown = set(names) - set(faults.ALL)
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    failed = 0
    for seed in range(options.seed, options.seed + options.seeds):
        started_s = time.perf_counter()
        result = simulate(seed, hours=options.hours, names=names)
        took_s = time.perf_counter() - started_s
        print(  # noqa: T201 -- a command's output
            f"seed {seed}: {'ok' if result.ok else 'FAILED'}, {result.shown} lights, {result.stored} records, "
            f"{result.cases} cases, {sum(result.struck.values())} faults, trace {result.digest[:16]}, {took_s:.1f} s"
        )
        if not result.ok:
            failed += 1
            print(*(f"  {complaint}" for complaint in result.complaints), sep="\n")  # noqa: T201 -- a command's output
            print("  … the end of the story:", *(f"    {line}" for line in result.story[-60:]), sep="\n")  # noqa: T201 -- a command's output
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
