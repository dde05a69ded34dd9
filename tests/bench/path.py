"""The way of one event through real processes: tap → verdict → stored → on the board, and what an idle agent weighs."""

from __future__ import annotations

import contextlib
import http.client
import queue
import random
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tests import town
from tests.bench.bare import BareReader
from tests.bench.figures import Line, MustHold, percentile
from tests.processes import LOOPBACK
from tests.waiting import pause, wait_for

if TYPE_CHECKING:
    from tests.bench.figures import Report
    from tests.system.center import Center
    from tests.system.gate import Gate

LANE, SPARE = "L1", "B1"
HOLD_MS = 350
GAP_S = (0.5, 0.9)
IDLE_S = 15.0
MEMORY_MAX_MB = 120
ADDED_MAX_MS = 50
BOARD_MAX_MS = 1000
WAIT_S = 20.0
READ_MAX_S = 2.0
ATTEMPTS_MAX = 5
CARDS = [town.Seal(number=970_000 + number) for number in range(2)]


@dataclass
class Samples:
    """Milliseconds of one run."""

    read: list[float] = field(default_factory=list)
    verdict: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)
    board: list[float] = field(default_factory=list)


class Board:
    """Listens to the live board's stream and notes when it told of which change."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._cookie = cookie
        self._told: list[tuple[int, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="board", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        wait_for(lambda: self._told, WAIT_S, what="the board's first picture")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def told_at_s(self, change: int) -> float | None:
        """When a page first had the state that includes this change."""
        return next((at_s for head, at_s in self._told if head >= change), None)

    def _run(self) -> None:
        with closing(http.client.HTTPConnection(LOOPBACK, self._port, timeout=WAIT_S)) as connection:
            connection.request("GET", "/live", headers={"Cookie": self._cookie})
            answer = connection.getresponse()
            while not self._over.is_set() and (line := answer.readline()):
                if line.startswith(b"id:"):
                    self._told.append((int(line[3:]), time.monotonic()))


def measure(center: Center, report: Report, *, runs: int, taps: int) -> None:
    """Start one gate behind nfcpy's real PN532 driver and follow its events."""
    gate = center.enrol("KEL-GATE-1", town.ORIGIN, (LANE,), taps=CARDS, reader="pn532", spare_readers=(SPARE,))
    gate.until_papers()
    pause(IDLE_S)
    idle_mb = memory_mb(gate.agent.pid)
    chance = random.Random(1)
    cookie = center.watcher()
    with BareReader(gate.whereabouts["readers"][SPARE]) as bare, Board(center.port, cookie) as board:
        online = [_run(Bench(gate, center, bare, board, chance), taps) for _ in range(runs)]
    gate.cable("cut")
    wait_for(lambda: not gate.witness.views[LANE]["online"], WAIT_S, what="the kiosk is offline")
    offline = [_offline(gate, chance, taps) for _ in range(runs)]
    gate.cable("up")
    center.until_drained(WAIT_S)
    report.add(*_lines(online, offline, idle_mb))


@dataclass(frozen=True)
class Bench:
    """What a run uses."""

    gate: Gate
    center: Center
    bare: BareReader
    board: Board
    chance: random.Random


def _run(on: Bench, taps: int) -> Samples:
    gate, center, chance, samples = on.gate, on.center, on.chance, Samples()
    for turn in range(taps):
        card = f"seal-{CARDS[turn % len(CARDS)].number}"
        samples.read.append(_bare_read(gate, on.bare, chance, card))
        light_s, record = _tap(gate, chance, card, samples.verdict)
        stored_s, change = _stored(center, gate.id, record)
        samples.stored.append(1000 * (stored_s - light_s))
        told_s = wait_for(lambda change=change: on.board.told_at_s(change), WAIT_S, what="the board tells of it")  # type: ignore[misc]
        samples.board.append(1000 * max(0.0, told_s - stored_s))
    return samples


def _offline(gate: Gate, chance: random.Random, taps: int) -> list[float]:
    verdict: list[float] = []
    for turn in range(taps):
        _tap(gate, chance, f"seal-{CARDS[turn % len(CARDS)].number}", verdict)
    return verdict


def _bare_read(gate: Gate, bare: BareReader, chance: random.Random, card: str) -> float:
    """Milliseconds from holding a card to the spare reader until nfcpy alone has read it."""
    for _ in range(ATTEMPTS_MAX):
        pause(chance.uniform(*GAP_S))
        while not bare.read.empty():
            bare.read.get()
        began_s = time.monotonic()
        gate.door.must("POST", "/present", {"card": card, "lane": SPARE, "hold_ms": HOLD_MS})
        with contextlib.suppress(queue.Empty):
            return 1000 * (bare.read.get(timeout=READ_MAX_S) - began_s)
    raise AssertionError("nfcpy alone cannot read the card")


def _tap(gate: Gate, chance: random.Random, card: str, into: list[float]) -> tuple[float, str]:
    """Hold a card to the agent's reader; notes the milliseconds until the light, returns when and for which record.

    A tap that the reader missed is made again, as a person would: the emulated chip answers late on a busy machine.
    """
    for _ in range(ATTEMPTS_MAX):
        pause(chance.uniform(*GAP_S))
        before = gate.witness.views[LANE].get("record")
        began_s = time.monotonic()
        gate.door.must("POST", "/present", {"card": card, "lane": LANE, "hold_ms": HOLD_MS})
        with contextlib.suppress(AssertionError):
            view = gate.witness.until(LANE, lambda view: view.get("record") not in (None, before), READ_MAX_S)  # noqa: B023 -- asked before the next turn
            light_s = gate.witness.lights[LANE, view["record"]].seen_s
            into.append(1000 * (light_s - began_s))
            return light_s, view["record"]
    raise AssertionError("the agent cannot read the card")


def _stored(center: Center, gate: str, record: str) -> tuple[float, int]:
    """When the record was seen in the cloud's database, and the id of the change that tells of it."""
    epoch, seq = record.split("/")
    sql = "SELECT max(id) FROM change WHERE kind = 'record' AND ref ->> 'gate' = ? AND ref ->> 'seq' = ?"
    asked = "SELECT 1 FROM record WHERE gate = ? AND epoch = ? AND seq = ?"
    wait_for(lambda: center.rows(asked, gate, int(epoch), int(seq)), WAIT_S, what="the record is stored", every_s=0.001)
    return time.monotonic(), int(center.rows(sql, gate, int(seq))[0][0])


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123 -- a file of the kernel
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _lines(online: list[Samples], offline: list[list[float]], idle_mb: float) -> tuple[list[Line], list[MustHold]]:
    lines, at = [], {50: "p50", 99: "p99"}
    for percent, name in at.items():
        read = tuple(percentile(run.read, percent) for run in online)
        bare = {"bare": read, "bare_name": "nfcpy read"}
        verdict = tuple(percentile(run.verdict, percent) for run in online)
        down = tuple(percentile(run, percent) for run in offline)
        lines += [
            Line(name=f"tap → verdict, {name}", unit="ms", runs=verdict, **bare),
            Line(name=f"tap → verdict, network down, {name}", unit="ms", runs=down, **bare),
            Line(
                name=f"verdict → stored, {name}", unit="ms", runs=tuple(percentile(r.stored, percent) for r in online)
            ),
            Line(name=f"stored → board, {name}", unit="ms", runs=tuple(percentile(r.board, percent) for r in online)),
        ]
    lines.append(Line(name="memory of an idle agent", unit="MB", runs=(idle_mb,)))
    worst = {line.name: line for line in lines}
    added = [_added(worst[f"tap → verdict{how}, p99"]) for how in ("", ", network down")]
    board_ms = worst["stored → board, p99"].median
    return lines, [
        MustHold(
            promise=f"tap → verdict adds at most {ADDED_MAX_MS} ms (p99)",
            measured=f"{added[0]:.0f} ms",
            ok=added[0] <= ADDED_MAX_MS,
        ),
        MustHold(
            promise="the network being down changes nothing of that",
            measured=f"{added[1]:.0f} ms",
            ok=added[1] <= ADDED_MAX_MS,
        ),
        MustHold(
            promise="stored → board in under 1 s (p99)", measured=f"{board_ms:.0f} ms", ok=board_ms < BOARD_MAX_MS
        ),
        MustHold(
            promise=f"an idle agent stays under {MEMORY_MAX_MB} MB",
            measured=f"{idle_mb:.0f} MB",
            ok=idle_mb < MEMORY_MAX_MB,
        ),
    ]


def _added(line: Line) -> float:
    assert line.bare_median is not None
    return line.median - line.bare_median
