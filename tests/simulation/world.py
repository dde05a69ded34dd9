"""The simulated world: gates with shipped flows, trucks, a lossy broker, a cloud, faults, all under one seed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from edge import health
from schemas import sealed
from schemas.envelope import SigningKey
from tests import town
from tests.simulation import checkers, faults, traffic
from tests.simulation.broker import Broker, Odds, Trace
from tests.simulation.cloud_side import CloudSide
from tests.simulation.gate_side import LANE, GateSide
from tests.simulation.virtual import DeadlockError, VirtualLoop, inline_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOURS = 1.0
HEAL_S = 900.0  # after the last fault everything must have arrived within this
WARM_S = 60.0
PAIR_EVERY_S = 20.0
GATES = (("KEL-GATE-1", town.ORIGIN), ("KEL-GATE-2", town.ORIGIN), ("TXG-GATE-1", town.DESTINATION))
PULSE_S = 5.0  # the gate looks at itself less often than every second: virtual hours stay cheap
RAM_DISK = Path("/dev/shm")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run showed."""

    seed: int
    digest: str
    complaints: tuple[str, ...]
    shown: int
    stored: int
    cases: int
    struck: dict[str, int]
    power_cuts: int
    story: tuple[str, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        return not self.complaints


class World:
    """One run's worth of everything."""

    def __init__(self, seed: int, folder: Path, power_cuts_at: tuple[str, ...] = ()) -> None:
        self.seed = seed
        self._power_cuts_at = power_cuts_at
        self.chance = random.Random(seed)
        self.trace = Trace()
        self.broker = Broker(self.chance, self.trace)
        self.cloud = CloudSide(folder, self.broker, self.chance, self.trace)
        self.struck: Counter[str] = Counter()
        self.failures: list[str] = []  # exceptions of the product's own tasks
        self._counters: Counter[int] = Counter()
        self._waiting: list[town.Seal] = []  # paired, not yet sent off
        self._travelling: list[tuple[float, town.Seal]] = []  # arrival time, seal
        self._numbers = iter(range(1, 100_000))
        self.gates = [self._gate(name, place, folder) for name, place in GATES]

    def _gate(self, name: str, place: town.Place, folder: Path) -> GateSide:
        key = SigningKey.from_seed(name.encode().ljust(32, b"."))
        (folder / name).mkdir()
        return GateSide(name, place, key, folder / name, self.broker, self.chance, self.trace)

    # ------------------------------------------------------------- seals on their way

    def seal_for(self, gate: GateSide) -> town.Seal | None:
        """A seal that a truck may bring to this gate now."""
        if gate.place is town.ORIGIN:
            return self._waiting[0] if self._waiting else None
        now_s = asyncio.get_running_loop().time()
        return next((seal for at_s, seal in self._travelling if at_s <= now_s), None)

    def passed(self, gate: GateSide, seal: town.Seal) -> None:
        """The truck got green light and drives on."""
        if gate.place is town.ORIGIN and seal in self._waiting:
            self._waiting.remove(seal)
            trip_s = self.chance.expovariate(1 / traffic.TRIP_MEAN_S)
            self._travelling.append((asyncio.get_running_loop().time() + trip_s, seal))
            self._travelling.sort(key=lambda entry: entry[0])
        elif gate.place is town.DESTINATION:
            self._travelling = [entry for entry in self._travelling if entry[1] != seal]

    def count(self, seal: town.Seal) -> int:
        """Read the chip once more: its counter never goes back."""
        self._counters[seal.number] += 1
        return self._counters[seal.number]

    # ------------------------------------------------------------- the run

    async def run(self, hours: float, names: tuple[str, ...]) -> list[str]:
        """Let the world run, heal it, and look for what must not be; returns the complaints."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._failed)
        self.cloud.register(
            {gate.id: gate.key for gate in self.gates}, {gate.id: gate.place for gate in self.gates}, [LANE]
        )
        for gate in self.gates:
            gate.power_up()
        for point in self._power_cuts_at:
            loop.call_later(WARM_S, self.chance.choice(self.gates).fails_at, point)
        steady = [loop.create_task(work) for work in self.cloud.work()]
        lively = [loop.create_task(work) for work in (self._pairing(), faults.strike(self, names))]
        lively += [loop.create_task(traffic.serve(self, gate)) for gate in self.gates]
        await asyncio.sleep(hours * 3600)
        for task in lively:
            task.cancel()
        self._heal()
        await asyncio.sleep(HEAL_S)
        for task in (*lively, *steady):
            if task.done() and not task.cancelled() and task.exception() is not None:
                self.failures.append(f"a part of the world failed: {task.exception()!r}")
        complaints = [*self.failures, *await checkers.check(self)]
        for task in steady:
            task.cancel()
        return complaints

    def _heal(self) -> None:
        self.trace.note("healed")
        self.broker.odds = Odds()
        self.broker.cut.clear()
        self.broker.hole.clear()
        self.cloud.crash_at, self.cloud.disk_full_until_s = None, 0.0
        for gate in self.gates:
            gate.clock.error_s = 0.0
            if gate.machine is not None:
                gate.machine.fails_at = None

    async def _pairing(self) -> None:
        """Users' systems send transport orders."""
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / PAIR_EVERY_S))
            seal = town.Seal(number=next(self._numbers))
            self.cloud.pair(seal)
            self._waiting.append(seal)

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self.failures.append(f"{context['message']}: {error!r}")


def simulate(
    seed: int, *, hours: float = HOURS, names: tuple[str, ...] = faults.ALL, power_cuts_at: tuple[str, ...] = ()
) -> Result:
    """Run the world of one seed with the faults `names` and judge it; each of `power_cuts_at` strikes one gate once."""
    folder = Path(tempfile.mkdtemp(prefix="sealgate-sim-", dir=RAM_DISK if RAM_DISK.is_dir() else None))
    try:
        with _quiet(), inline_sqlite(), _same_machine(random.Random(seed)):
            loop = VirtualLoop(random.Random(seed ^ 0xC0FFEE))
            try:
                world = lambda: World(seed, folder, power_cuts_at)  # noqa: E731 -- made on the loop, where time is
                return loop.run_until_complete(_simulate(world, hours, names))
            finally:
                loop.wind_up()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _simulate(make: Callable[[], World], hours: float, names: tuple[str, ...]) -> Result:
    world = make()
    try:
        try:
            complaints = await world.run(hours, names)
        except DeadlockError as error:
            complaints = [str(error)]
        return Result(
            seed=world.seed,
            digest=world.trace.digest,
            complaints=tuple(complaints),
            shown=sum(len(gate.shown) for gate in world.gates),
            stored=checkers.count(world.cloud, "record"),
            cases=checkers.count(world.cloud, "cases"),
            struck=dict(world.struck),
            power_cuts=sum(gate.boots - 1 for gate in world.gates),
            story=tuple(world.trace.lines),
        )
    finally:
        for gate in world.gates:
            gate.shut()
        world.cloud.close()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextlib.contextmanager
def _same_machine(chance: random.Random) -> Iterator[None]:
    """Telemetry tells of the disk, what is sealed of drawn keys: the same at every run, or the trace would differ."""
    with (
        mock.patch.object(sealed, "draw", chance.randbytes),
        mock.patch.object(shutil, "disk_usage", _roomy),
        mock.patch.object(health, "LOOK_S", PULSE_S),
    ):
        yield


def _roomy(_path: object) -> tuple[int, int, int]:
    return shutil._ntuple_diskusage(2**40, 2**39, 2**39)
