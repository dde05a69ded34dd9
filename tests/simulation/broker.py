"""A broker as the wild makes it: messages get lost, come late, twice and out of order, and the receiver of the
acknowledgement may be gone. Gates see it as an `edge.ports.Link`, the cloud as an inbox with acknowledgements.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.ports import Delivery, LinkDownError, LinkEvents
from schemas import topics

if TYPE_CHECKING:
    import random

LATENCY_MEAN_S = 0.05
STRAGGLER_MEAN_S = 20.0
NOTICE_MAX_S = 10.0  # a dead link is noticed within this (measured on the real adapter by the system tests)
RECONNECT_DELAY_MIN_S = 1.0
RECONNECT_DELAY_MAX_S = 20.0
SESSION_QUEUE_MAX = 1000


@dataclass(frozen=True, kw_only=True)
class Odds:
    """Chance that one message suffers this (0…1)."""

    lost_publish: float = 0.0  # never arrives; the sender notices a dead link
    lost_puback: float = 0.0  # arrives, but the sender notices a dead link
    duplicate: float = 0.0  # arrives twice
    reorder: float = 0.0  # overtaken by later ones
    lost_receipt: float = 0.0  # a downward message vanishes


class Trace:
    """Everything that happened, as one hash: the same seed must give the same hash."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.lines: deque[str] = deque(maxlen=400)  # the end of the story, for the person who reads a failure

    def note(self, what: str) -> None:
        line = f"{asyncio.get_running_loop().time():.6f} {what}"
        self._hash.update(line.encode())
        self.lines.append(line)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


@dataclass(frozen=True)
class Arrived:
    """A message in the cloud's inbox; `number` is what the cloud acknowledges."""

    number: int
    topic: str
    payload: bytes


class Broker:
    """MQTT at QoS 1 with persistent sessions that a restart of the broker forgets."""

    def __init__(self, chance: random.Random, trace: Trace) -> None:
        self.chance = chance
        self.trace = trace
        self.odds = Odds()
        self.cut: set[str] = set()  # gates that cannot connect
        self.hole: set[str] = set()  # gates whose link looks up and carries nothing
        self.links: dict[str, SimLink] = {}
        self.retained: dict[str, bytes] = {}
        self._sessions: dict[str, deque[Delivery]] = {}
        self._inbox: deque[Arrived] = deque()
        self._unacknowledged: dict[int, Arrived] = {}
        self._count = 0
        self._something = asyncio.Event()

    # ------------------------------------------------------------- the gates' side

    def arrive(self, topic: str, payload: bytes) -> None:
        """A message from a gate has reached the broker."""
        self._count += 1
        self._inbox.append(Arrived(self._count, topic, payload))
        self._something.set()

    def connect(self, gate: str, link: SimLink) -> None:
        """A gate's session stands: what was kept for it follows, then what is retained."""
        self.links[gate] = link
        kept = self._sessions.setdefault(gate, deque(maxlen=SESSION_QUEUE_MAX))
        while kept:
            self._deliver(gate, kept.popleft())
        for topic, payload in self.retained.items():
            if topics.parse(topic).gate == gate:
                self._deliver(gate, Delivery(topic=topic, payload=payload, retained=True))

    def drop(self, gate: str) -> None:
        """The gate's connection is gone; its session stays."""
        self.links.pop(gate, None)

    # ------------------------------------------------------------- the cloud's side

    async def inbox(self, batch_max: int) -> list[Arrived]:
        """Wait for messages and take what is there, at most `batch_max`; each stays ours until acknowledged."""
        while not self._inbox:
            self._something.clear()
            await self._something.wait()
        batch = [self._inbox.popleft() for _ in range(min(batch_max, len(self._inbox)))]
        self._unacknowledged |= {arrived.number: arrived for arrived in batch}
        return batch

    def acknowledge(self, number: int) -> None:
        """The cloud has taken responsibility."""
        self._unacknowledged.pop(number, None)

    def cloud_gone(self) -> None:
        """The cloud's connection broke: what it has not acknowledged comes again."""
        self._inbox.extendleft(reversed(self._unacknowledged.values()))
        self._unacknowledged.clear()

    def send_down(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """The cloud publishes to a gate."""
        if retain:
            self.retained[topic] = payload
        if self.chance.random() < self.odds.lost_receipt:
            self.trace.note(f"lost on the way down: {topic}")
            return
        self._deliver(topics.parse(topic).gate, Delivery(topic=topic, payload=payload))

    def restart(self) -> None:
        """The broker dies and comes back empty, as an embedded one does: queues, sessions and retained are gone."""
        self.trace.note("broker restarted")
        self._inbox.clear()
        self._unacknowledged.clear()
        self._sessions.clear()
        self.retained.clear()
        for link in list(self.links.values()):
            link.lose("LINK-DOWN")

    # ------------------------------------------------------------- the air between

    def latency_s(self) -> float:
        if self.chance.random() < self.odds.reorder:
            return self.chance.expovariate(1 / STRAGGLER_MEAN_S)
        return self.chance.expovariate(1 / LATENCY_MEAN_S)

    def _deliver(self, gate: str, delivery: Delivery) -> None:
        asyncio.get_running_loop().call_later(self.latency_s(), self._hand_over, gate, delivery)

    def _hand_over(self, gate: str, delivery: Delivery) -> None:
        link = self.links.get(gate)
        if link is None or gate in self.hole:
            self._sessions.setdefault(gate, deque(maxlen=SESSION_QUEUE_MAX)).append(delivery)
            return
        self.trace.note(f"{gate} hears {delivery.topic} {_short(delivery.payload)}")
        link.events.on_delivery(delivery)


class SimLink:
    """`edge.ports.Link` of one power-up of one gate."""

    def __init__(self, gate: str, broker: Broker) -> None:
        self.gate = gate
        self.broker = broker
        self.events = LinkEvents()
        self._up = False
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        return self._up

    def start(self, events: LinkEvents) -> None:
        self.events = events
        self._task = asyncio.get_running_loop().create_task(self._stay_connected())

    async def stop(self) -> None:
        self.unplug()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def unplug(self) -> None:
        """The machine lost power: nobody is told."""
        self._up = False
        self.broker.drop(self.gate)
        if self._task is not None:
            self._task.cancel()

    def lose(self, code: str) -> None:
        """The connection breaks and both ends know."""
        if self._up:
            self._up = False
            self.broker.drop(self.gate)
            self.broker.trace.note(f"{self.gate} link down")
            self._lost.set()
            self.events.on_down(code)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """As the port says; each message has its own fate."""
        if not self._up:
            raise LinkDownError("LINK-DOWN", "no session")
        del retain  # nobody reads a gate's retained state in this world
        chance, odds, trace = self.broker.chance, self.broker.odds, self.broker.trace
        await self._pass(self.broker.latency_s())
        if chance.random() < odds.lost_publish:
            trace.note(f"{self.gate} publish lost {_short(payload)}")
            await self._die()
        trace.note(f"{self.gate} -> {topic} {_short(payload)}")
        self.broker.arrive(topic, payload)
        if chance.random() < odds.duplicate:
            trace.note(f"{self.gate} duplicate {_short(payload)}")
            self.broker.arrive(topic, payload)
        if chance.random() < odds.lost_puback:
            trace.note(f"{self.gate} puback lost {_short(payload)}")
            await self._die()
        await self._pass(self.broker.latency_s())

    async def _pass(self, seconds: float) -> None:
        """Let the message travel; LinkDownError if the link is lost or found dead meanwhile."""
        lost = self._lost
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(lost.wait(), seconds)
        if self.gate in self.broker.hole and not lost.is_set():
            await self._die()
        if lost.is_set():
            raise LinkDownError("LINK-DOWN", "lost while sending")

    async def _die(self) -> None:
        """Nothing comes back any more; after a while the keep-alive notices."""
        lost = self._lost
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(lost.wait(), self.broker.chance.uniform(0, NOTICE_MAX_S))
        if not lost.is_set():
            self.lose("LINK-DOWN")
        raise LinkDownError("LINK-DOWN", "no answer")

    async def _stay_connected(self) -> None:
        while True:
            delay_s = self.broker.chance.uniform(RECONNECT_DELAY_MIN_S, RECONNECT_DELAY_MAX_S)
            await asyncio.sleep(delay_s)
            if self.gate in self.broker.cut | self.broker.hole:
                continue
            self._lost = asyncio.Event()
            self._up = True
            self.broker.trace.note(f"{self.gate} link up")
            self.broker.connect(self.gate, self)
            self.events.on_up()
            await self._lost.wait()


def _short(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()[:10]
