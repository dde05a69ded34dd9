"""Three days without the network, with power cuts and a torn page: then everything confirmed arrives once, in order.

The shipped agents, their hardware and the cloud live under one clock that this test moves on by the scan. In the suite
with few scans; SEALGATE_SCANS=5000 runs what R-111 asks (some twenty minutes).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import sys
import threading
import time
from typing import TYPE_CHECKING, Self

import pytest

from tests import town
from tests.system.center import Center
from tests.system.gate import BADGE, START_S
from tests.system.hands import GoneError
from tests.system.judge import judge
from tests.system.load import unpaired_cards
from tests.system.shifted import Shift
from tests.waiting import pause, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import Mosquitto
    from tests.system.gate import Gate
    from tests.system.hands import Visitor

SCANS = int(os.environ.get("SEALGATE_SCANS", "48"))  # noqa: TID251 - a longer run is asked for by hand
OFFLINE_S = 72 * 3600.0
POWER_CUTS = 5
TORN_AT = 3  # the cut that also leaves half a page behind
SEED = 20261201
LANES = ("L1", "L2", "L3", "L4")
LIVE_LANE = "LIVE"
ARRIVALS = max(4, SCANS // 50)
DEPARTURES = SCANS - ARRIVALS
ATTEMPTS_MAX = 15
FIRST_EVENT_MAX_S = 5.0
BACKLOG_S = 8.0  # the backlog is given this long, so that there is one when the live scan comes
DRAIN_MAX_S = 120.0
DONE_BEFORE = frozenset({"ALREADY-DEPARTED", "ALREADY-ARRIVED"})  # stored, and the power failed before the light
EARLIER = [town.Seal(number=number) for number in range(1, ARRIVALS + 1)]  # on the road when the network goes
LATER = [town.Seal(number=number) for number in range(ARRIVALS + 1, SCANS + 1)]


class Trucks:
    """Trucks at some lanes of a gate, one after another at each; whatever breaks off under a driver is done again."""

    def __init__(self, gate: Gate, seals: list[town.Seal], lanes: tuple[str, ...], passed: Callable[[], None]) -> None:
        self.greens = 0
        self.left = len(seals)
        self._count = threading.Lock()
        self._passed = passed
        self._queue = iter(seals)
        self._threads = [
            threading.Thread(target=self._lane, args=(gate, lane), name=f"{gate.id} {lane}", daemon=True)
            for lane in lanes
        ]

    def start(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()
        assert self.left == 0, f"{self.left} trucks never came through"

    def _next(self) -> town.Seal | None:
        with self._count:
            return next(self._queue, None)

    def _lane(self, gate: Gate, lane: str) -> None:
        visitor = gate.visitor(lane)
        while (seal := self._next()) is not None:
            for _attempt in range(ATTEMPTS_MAX):
                try:
                    view = visitor.pass_through(f"{BADGE}-{lane.lower()}", f"seal-{seal.number}")
                except (GoneError, AssertionError):
                    leave(visitor)  # the power failed under our hands
                    continue
                if view["verdict"] != "GO" and not DONE_BEFORE & set(view["reasons"]):
                    pause(1.0)  # the badge is forgotten, or there is no position yet, so soon after a power cut
                    continue
                with self._count:
                    self.left -= 1
                    self.greens += view["verdict"] == "GO"
                self._passed()
                break


def leave(visitor: Visitor) -> None:
    """Go away from a lane as a driver who starts over."""
    pause(0.5)
    with contextlib.suppress(GoneError, AssertionError):
        visitor.press("cancel")


def badges() -> list[dict[str, str]]:
    """The officer's badge once for each lane: one card lies on one reader at a time."""
    return [
        {
            "id": f"{BADGE}-{lane.lower()}",
            "kind": "uid",
            "uid": town.OFFICER.badge_uid,
            "label_zh": "識別證",
            "label_en": "Badge",
        }
        for lane in LANES
    ]


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return Shift(tmp_path / "clock").at_zero()


@pytest.fixture
def center(tmp_path: Path, mosquitto: Mosquitto, shift: Shift) -> Iterator[Center]:
    program = (sys.executable, "-m", "tests.system.shifted", str(shift.path))
    center = Center(folder=tmp_path / "yard", mosquitto=mosquitto, program=program)
    try:
        yield center.start()
    finally:
        center.stop()


@pytest.mark.req("R-111")
@pytest.mark.req("R-113")
@pytest.mark.timeout(3600)
def test_three_days_alone_lose_nothing(center: Center, shift: Shift, report: Callable[[str], None]) -> None:
    center.pair((*EARLIER, *LATER))
    slowly = {"outbox": {"backlog_records_per_s": SCANS / BACKLOG_S}}
    origin, destination = (
        center.enrol(
            name,
            place,
            (*LANES, LIVE_LANE),
            seals=seals,
            taps=unpaired_cards(number, LANES),
            extra_cards=badges(),
            settings=slowly,
        )
        for number, (name, place, seals) in enumerate(
            (
                ("KEL-GATE-1", town.ORIGIN, (*EARLIER, *LATER)),
                ("TXG-GATE-1", town.DESTINATION, EARLIER),
            )
        )
    )
    for gate in (origin, destination):
        gate.until_papers()
    Trucks(origin, list(EARLIER), LANES, passed=lambda: None).start().finish()
    for seal in EARLIER:
        destination.until_expected(seal, "IN_TRANSIT")

    began_ms = now_ms(center)
    for gate in (origin, destination):
        gate.cable("cut")
    passed = itertools.count(1)
    done = [0]

    def moved_on() -> None:
        done[0] = next(passed)
        shift.add(OFFLINE_S / SCANS)

    crews = [
        Trucks(origin, list(LATER), LANES, moved_on).start(),
        Trucks(destination, list(EARLIER), LANES, moved_on).start(),
    ]
    cut_power_now_and_then(origin, lambda: done[0])
    for crew in crews:
        crew.finish()
    shift.add(max(0.0, began_ms / 1000 + OFFLINE_S - now_ms(center) / 1000))

    waiting = origin.witness.views[LIVE_LANE]["waiting"]
    for gate in (origin, destination):
        gate.cable("up")
    first_s, before = live_scan(center, origin)
    center.until_drained(DRAIN_MAX_S)
    center.until_photos(DRAIN_MAX_S)
    verdict = judge(center)
    report(
        f"{sum(crew.greens for crew in crews)} greens of {SCANS}, {waiting} records waited, a live scan was stored"
        f" after {first_s:.1f} s behind {before} of them, {verdict}"
    )
    assert (verdict.lost, verdict.twice, verdict.gaps, verdict.differs) == ((), (), (), ())
    assert waiting >= DEPARTURES
    assert before < waiting // 2, "a live scan waited behind the backlog"
    assert_folded_in_order(center)


def cut_power_now_and_then(gate: Gate, done: Callable[[], int]) -> None:
    """Kill the agent in the middle of its work, each time at a random moment; once half a page is left behind."""
    chance = random.Random(SEED)
    for number in range(1, POWER_CUTS + 1):
        wait_for(
            lambda at=number * SCANS // (POWER_CUTS + 2): done() >= at, 3600, what="the next power cut", every_s=0.05
        )
        pause(chance.uniform(0.0, 1.0))
        gate.agent.kill()
        if number == TORN_AT:
            tear_last_page(gate)
        gate.agent.start(START_S)


def tear_last_page(gate: Gate) -> None:
    """Leave what the disk has of a page when the power goes in the middle of writing it."""
    [wal] = (gate.folder / "state").rglob("*.db-wal")
    half = random.Random(SEED).randbytes(24 + 2048)  # header and half of a frame of 4096
    with wal.open("ab") as file:
        file.write(half)


def live_scan(center: Center, gate: Gate) -> tuple[float, int]:
    """Tap a seal as the network returns; return after how long its record is stored, and behind how many others."""
    known = stored_of(center, gate)
    visitor = gate.visitor(LIVE_LANE)
    wait_for(lambda: visitor.view.get("online"), START_S, what="the link is back")
    online_s = time.monotonic()
    visitor.present(f"seal-{gate.taps[0].number}")
    record = visitor.until(step="VERDICT", busy=False)["record"]
    epoch, seq = map(int, record.split("/"))
    of_scan = "SELECT id FROM record WHERE gate = ?1 AND epoch = ?2 AND seq = ?3"
    stored = wait_for(lambda: center.rows(of_scan, gate.id, epoch, seq), FIRST_EVENT_MAX_S, what="it is stored")
    took_s = time.monotonic() - online_s
    [(before,)] = center.rows("SELECT count(*) FROM record WHERE gate = ? AND id < ?", gate.id, stored[0][0])
    return took_s, before - known


def stored_of(center: Center, gate: Gate) -> int:
    [(count,)] = center.rows("SELECT count(*) FROM record WHERE gate = ?", gate.id)
    return int(count)


def now_ms(center: Center) -> int:
    """The clock of everybody but this test."""
    return time.time_ns() // 1_000_000 + round(Shift(center.folder.parent / "clock").seconds * 1000)


def assert_folded_in_order(center: Center) -> None:
    """Every movement stands where its last event took it, at that event's time, and time runs along each chain."""
    for events in center.stored().values():
        times = [record.time.at for _, record in events]
        assert times == sorted(times)
    departed = {
        record.movement: record.time.at
        for _, record in center.stored()["KEL-GATE-1"]
        if getattr(record, "operation", "") == "SEAL_OUT_E" and record.decision.verdict == "GO"
    }
    folded = dict(center.rows("SELECT id, departed_ms FROM movement WHERE departed_ms IS NOT NULL"))
    assert folded == {movement: round(at.timestamp() * 1000) for movement, at in departed.items()}
    states = dict(center.rows("SELECT state, count(*) FROM movement GROUP BY state"))
    assert states == {"ARRIVED": ARRIVALS, "IN_TRANSIT": DEPARTURES}
