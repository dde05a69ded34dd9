"""What can go wrong in the simulated world, by plain names; which of them happen is an option, when is drawn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from edge.lane.desk import CrashPoint
from tests.simulation.broker import Odds
from tests.simulation.cloud_side import CRASH_POINTS
from tests.simulation.machine import STORE_POINTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.world import World

EVERY_MEAN_S = 120.0  # between two faults that strike somewhere
PARTITION_MEAN_S = 300.0
CLOUD_DOWN_MEAN_S = 120.0
DISK_FULL_MEAN_S = 60.0
CLOCK_BACK_MAX_S = 3 * 3600.0
MESSAGE_ODDS = 0.03

MESSAGE_FAULTS = ("lost publish", "lost puback", "duplicate", "reorder", "lost receipt")


def power_points() -> tuple[str, ...]:
    """Where the power can go: at the points that the lane names, and inside the store."""
    return (*CrashPoint, *STORE_POINTS)


def _power_cut(world: World) -> None:
    """The next time the flow of a gate passes a named point, its power goes there."""
    gate = world.chance.choice(world.gates)
    gate.fails_at(world.chance.choice(power_points()))


def _power_cut_now(world: World) -> None:
    world.chance.choice(world.gates).cut_power("somewhere")


def _partition(world: World) -> None:
    """A gate's cable is cut for a while."""
    gate = world.chance.choice(world.gates).id
    world.trace.note(f"{gate} cut off")
    world.broker.cut.add(gate)
    if gate in world.broker.links:
        world.broker.links[gate].lose("LINK-DOWN")
    _heal_later(world, PARTITION_MEAN_S, lambda: world.broker.cut.discard(gate))


def _black_hole(world: World) -> None:
    """A gate's link looks up and carries nothing."""
    gate = world.chance.choice(world.gates).id
    world.trace.note(f"{gate} black-holed")
    world.broker.hole.add(gate)
    _heal_later(world, PARTITION_MEAN_S, lambda: world.broker.hole.discard(gate))


def _cloud_down(world: World) -> None:
    world.cloud.stop_for(world.chance.expovariate(1 / CLOUD_DOWN_MEAN_S))


def _cloud_crash(world: World) -> None:
    """The cloud dies at a named point of its next batch."""
    world.cloud.crash_at = world.chance.choice(CRASH_POINTS)


def _commit_refused(world: World) -> None:
    """The cloud's disk is full for a while."""
    now_s = asyncio.get_running_loop().time()
    world.cloud.disk_full_until_s = now_s + world.chance.expovariate(1 / DISK_FULL_MEAN_S)


def _broker_restart(world: World) -> None:
    world.broker.restart()


def _clock_set_back(world: World) -> None:
    """Somebody sets a gate's clock back; later it is set right again."""
    gate = world.chance.choice(world.gates)
    gate.clock.error_s = -world.chance.uniform(1.0, CLOCK_BACK_MAX_S)
    world.trace.note(f"{gate.id} clock {gate.clock.error_s:.3f} s")
    _heal_later(world, PARTITION_MEAN_S, lambda: setattr(gate.clock, "error_s", 0.0))


STRIKES: dict[str, Callable[[World], None]] = {
    "partition": _partition,
    "black hole": _black_hole,
    "power cut at a named point": _power_cut,
    "power cut": _power_cut_now,
    "cloud down": _cloud_down,
    "cloud crash at a named point": _cloud_crash,
    "commit refused": _commit_refused,
    "broker restart": _broker_restart,
    "clock set back": _clock_set_back,
}
ALL = (*STRIKES, *MESSAGE_FAULTS)


def odds_of(names: tuple[str, ...]) -> Odds:
    """The chances of each message, where its fault is among `names`."""
    return Odds(**{name.replace(" ", "_"): MESSAGE_ODDS for name in MESSAGE_FAULTS if name in names})


async def strike(world: World, names: tuple[str, ...]) -> None:
    """Let the faults `names` happen until cancelled."""
    possible = [name for name in STRIKES if name in names]
    world.broker.odds = odds_of(names)
    while possible:
        await asyncio.sleep(world.chance.expovariate(1 / EVERY_MEAN_S))
        name = world.chance.choice(possible)
        world.trace.note(f"fault: {name}")
        world.struck[name] += 1
        STRIKES[name](world)


def _heal_later(world: World, mean_s: float, heal: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(world.chance.expovariate(1 / mean_s), heal)
