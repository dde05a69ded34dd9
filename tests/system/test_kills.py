"""kill -9 of agent, broker or cloud at random moments under steady load: no light is lost, no event stored twice.

Judged by a log of lights kept outside the agents: what a witness saw on the kiosks' event streams.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import TYPE_CHECKING, Self

import pytest

from tests import town
from tests.system.hands import GoneError
from tests.system.judge import judge
from tests.system.load import Taps, unpaired_cards
from tests.waiting import pause, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.system.center import Center
    from tests.system.gate import Gate
    from tests.system.hands import Visitor

SEED = 20261123
KILLS = 60
RATE = 10.0
DRAIN_MAX_S = 90.0
TAP_LANES = ("L1", "L2")
WALK_LANE = "W1"
SEALS = [town.Seal(number=number) for number in range(1, 121)]


class Walker:
    """A truck after another at one lane, each through the whole session, whatever dies meanwhile."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.greens = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="walker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        for seal in SEALS:
            for _attempt in range(3):
                if self._over.is_set():
                    return
                try:
                    view = self.visitor.pass_through("badge", f"seal-{seal.number}")
                except (GoneError, AssertionError):
                    pause(0.2)  # the agent died under our hands: start over
                    continue
                self.greens += view["verdict"] == "GO"
                break


def kills_of(center: Center, gates: list[Gate]) -> dict[str, Callable[[], None]]:
    """What can be killed; each comes back as its supervisor would bring it back."""

    def kill_cloud(name: str) -> Callable[[], None]:
        def kill() -> None:
            center.processes[name].kill()
            center.run(name)

        return kill

    def kill_agent(gate: Gate) -> Callable[[], None]:
        def kill() -> None:
            gate.agent.kill()
            gate.agent.start()

        return kill

    def kill_broker() -> None:
        center.mosquitto.kill()
        center.mosquitto.start()

    return {
        **{f"agent {gate.id}": kill_agent(gate) for gate in gates},
        "broker": kill_broker,
        **{f"cloud {name}": kill_cloud(name) for name in ("ingest", "work")},
    }


@pytest.mark.req("R-111")
@pytest.mark.req("R-057")
@pytest.mark.timeout(400)
def test_kills_at_random_moments_lose_no_light(center, report):
    chance = random.Random(SEED)
    center.pair(SEALS)
    lanes = (WALK_LANE, *TAP_LANES)
    gates = [
        center.enrol(name, place, lanes, seals=SEALS, taps=unpaired_cards(number, lanes))
        for number, (name, place) in enumerate((("KEL-GATE-1", town.ORIGIN), ("TXG-GATE-1", town.DESTINATION)))
    ]
    for gate in gates:
        gate.until_papers()
    kills, done = kills_of(center, gates), Counter[str]()
    with Walker(gates[0].visitor(WALK_LANE)) as walker, Taps(gates, RATE, skip=(WALK_LANE,)) as taps:
        wait_for(lambda: all(len(gate.witness.lights) > len(lanes) for gate in gates), what="the load is on")
        for _ in range(KILLS):
            pause(chance.uniform(0.1, 1.2))
            victim = chance.choice(sorted(kills))
            kills[victim]()
            done[victim] += 1
    center.until_drained(DRAIN_MAX_S)
    verdict = judge(center)
    report(f"{sum(done.values())} kills ({dict(done)}), {taps.offered} taps, {walker.greens} greens, {verdict}")
    assert sum(done.values()) >= 50
    assert len(done) == len(kills)
    assert walker.greens > 0
    assert (verdict.lost, verdict.twice, verdict.gaps, verdict.differs) == ((), (), (), ())
