"""Steady load on many lanes: cards held to readers at a rate, whatever the agents behind them go through."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

from tests import town
from tests.system.hands import Door, GoneError
from tests.waiting import pause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.system.gate import Gate

HOLD_MS = 150
UNPAIRED_FROM = 900_000  # seals of these numbers are paired with nothing: each tap is recorded at once (REFER)
CARDS_PER_LANE = 2


def unpaired_cards(gate_number: int, lanes: Sequence[str]) -> list[town.Seal]:
    """Two seals for each lane, held in turn, so that no tap is taken for the card that just lay there."""
    first = UNPAIRED_FROM + gate_number * 100
    return [town.Seal(number=first + each) for each in range(CARDS_PER_LANE * len(lanes))]


class Taps:
    """Holds unpaired seals to every lane of some gates, `rate` taps a second over all of them."""

    def __init__(self, gates: Sequence[Gate], rate: float, skip: Sequence[str] = ()) -> None:
        self.offered = 0
        self._places = [
            (gate, lane, gate.taps[CARDS_PER_LANE * number : CARDS_PER_LANE * (number + 1)])
            for gate in gates
            for number, lane in enumerate(gate.lanes)
            if lane not in skip
        ]
        self._rate = rate
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="taps", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        doors: dict[str, Door] = {}
        started_s, turn = time.monotonic(), 0
        while not self._over.is_set():
            gate, lane, seals = self._places[turn % len(self._places)]
            seal = seals[turn // len(self._places) % len(seals)]
            self._hold(doors.setdefault(gate.id, Door(gate.control_port)), lane, f"seal-{seal.number}")
            turn += 1
            pause(max(0.0, started_s + turn / self._rate - time.monotonic()))

    def _hold(self, door: Door, lane: str, card: str) -> None:
        order: dict[str, Any] = {"card": card, "lane": lane, "hold_ms": HOLD_MS}
        try:
            door.must("POST", "/present", order)
            self.offered += 1
        except GoneError:
            door.close()
