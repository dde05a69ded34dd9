"""A minute without the network at 20 scans a second, cut once and black-holed once: nothing lost, nothing twice."""

from __future__ import annotations

import time

import pytest

from tests import town
from tests.system.judge import judge
from tests.system.load import Taps, unpaired_cards
from tests.waiting import pause, wait_for

OUTAGE_S = 60.0
RATE = 20.0  # scans a second over all lanes
NOTICED_MAX_S = 10.0
FIRST_EVENT_MAX_S = 5.0
DRAIN_MAX_S = 60.0
LANES = ("L1", "L2", "L3", "L4")


@pytest.mark.req("R-111")
@pytest.mark.req("R-113")
@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", ["cut", "blackhole"])
def test_an_outage_of_a_minute_loses_nothing(center, report, how):
    gates = [
        center.enrol(name, place, LANES, taps=unpaired_cards(number, LANES))
        for number, (name, place) in enumerate((("KEL-GATE-1", town.ORIGIN), ("TXG-GATE-1", town.DESTINATION)))
    ]
    for gate in gates:
        gate.until_papers()
    with Taps(gates, RATE) as taps:
        wait_for(lambda: all(len(gate.witness.lights) > len(LANES) for gate in gates), what="the load is on")
        wait_for(lambda: center.rows("SELECT 1 FROM record LIMIT 1"), what="records arrive")
        offered_before, gone_s = taps.offered, time.monotonic()
        for gate in gates:
            gate.cable(how)
        wait_for(
            lambda: not any(view["online"] for gate in gates for view in gate.witness.views.values()),
            NOTICED_MAX_S,
            what="every kiosk says that it is buffering",
        )
        pause(OUTAGE_S - (time.monotonic() - gone_s))
        offered = taps.offered - offered_before
        waiting = sum(view["waiting"] for gate in gates for view in [next(iter(gate.witness.views.values()))])
        back_ms = time.time_ns() // 1_000_000
        for gate in gates:
            gate.cable("up")
        wait_for(
            lambda: center.rows("SELECT 1 FROM record WHERE record_ms >= ? LIMIT 1", back_ms),
            FIRST_EVENT_MAX_S,
            what="the first event after the link's return",
        )
    center.until_drained(DRAIN_MAX_S)
    verdict = judge(center)
    report(f"{how}: {offered} taps offered in {OUTAGE_S:g} s, {waiting} records waited, {verdict}")
    assert offered >= 0.9 * RATE * OUTAGE_S, "the load was not offered: this run shows nothing"
    assert waiting >= 0.8 * offered, "the readers did not keep up: this run shows nothing"
    assert (verdict.lost, verdict.twice, verdict.gaps, verdict.differs) == ((), (), (), ())
