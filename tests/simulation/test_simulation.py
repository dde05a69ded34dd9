"""Seeds replayed for good, the same seed giving the same trace, and planted bugs caught."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.simulation import faults
from tests.simulation.mutation import planted
from tests.simulation.planted import BUGS
from tests.simulation.world import Result, simulate

# A power cut leaves coroutines behind that can never finish, not even by being closed: that is what it is.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

HOURS = 0.3
SEEDS = [
    tuple(part.strip() for part in line.split("|")[:2])
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
SEEDS_PER_BUG_MAX = 5
SHORT_HOURS = 0.1


def told(result: Result) -> str:
    """What a person needs to follow a failure."""
    return "\n".join((f"seed {result.seed}: make sim SEED={result.seed}", *result.complaints, *result.story[-80:]))


@pytest.mark.req("R-111")
@pytest.mark.req("R-113")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "names"), SEEDS)
def test_no_seed_shows_anything_wrong(seed, names):
    chosen = faults.ALL if names == "all" else tuple(name.strip() for name in names.split(","))
    result = simulate(int(seed), hours=HOURS, names=chosen)
    assert result.ok, told(result)
    assert result.shown > 20
    assert sum(result.struck.values()) >= 2


@pytest.mark.timeout(300)
def test_the_same_seed_gives_the_same_trace_in_another_process():
    command = (sys.executable, "-m", "tests.simulation", "--seed", "21", "--hours", str(SHORT_HOURS))
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}  # noqa: TID251 -- handed to a child
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    here, other = simulate(21, hours=SHORT_HOURS), simulate(22, hours=SHORT_HOURS)
    assert f"trace {here.digest[:16]}" in done.stdout
    assert here.digest != other.digest


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_caught(name):
    bug = BUGS[name]
    for seed in range(1, SEEDS_PER_BUG_MAX + 1):
        with planted(bug.change):
            mutant = simulate(seed, hours=HOURS, names=bug.brought_out_by)
        if any(bug.complaint in complaint for complaint in mutant.complaints):
            shipped = simulate(seed, hours=HOURS, names=bug.brought_out_by)
            assert shipped.ok, told(shipped)
            return
    raise AssertionError(f"{name}: not caught by {SEEDS_PER_BUG_MAX} seeds; last: {mutant.complaints[:5]}")


@pytest.mark.req("R-111")
@pytest.mark.timeout(200)
@pytest.mark.parametrize("point", faults.power_points())
def test_a_power_cut_at_this_point_loses_nothing(point):
    result = simulate(1, hours=SHORT_HOURS, names=(), power_cuts_at=(point,))
    assert result.ok, told(result)
    assert result.power_cuts == 1, f"the flow never passed {point!r}"
