"""Store-and-forward: records go up over the Link and leave the outbox only by the cloud's signed receipt.

What happens now goes before what is old; the backlog is sent oldest first, paced and in batches. A PUBACK means
that the broker has a record, never that the cloud stored it (C6). No thread and no wall clock: runs in virtual time.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.domain.window import Window
from edge.ports import LinkDownError
from schemas import topics
from schemas.envelope import MESSAGE_BYTES_MAX, RECORDS_PER_MESSAGE_MAX, join_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.domain.faults import Faults
    from edge.ports import Clock, Link
    from edge.settings import Outbox as Limits
    from edge.store.records import RecordStore, Stored
    from schemas.messages import Receipt

log = logging.getLogger("sealgate.outbox")
LOOK_AGAIN_S = 1.0  # how often time-outs are looked at
BUSY_DELAY_S = 1.0  # after the broker says that nobody receives or that its quota is used; doubled each time
BUSY_DELAY_MAX_S = 30.0
PARKED_S = 900.0  # what the broker denies is tried again after this, or on the next connection
LINK_FAULTS = frozenset({"LINK-DENIED", "LINK-BUSY", "LINK-NO-SUBSCRIBER"})
LAST_ID = 2**62


@dataclass(kw_only=True)
class _Sent:
    """One record under way."""

    stored: Stored
    sent_s: float  # monotonic second
    again_s: float  # monotonic second at which it is sent again


@dataclass(kw_only=True)
class Outbox:
    """The sending side of one gate."""

    gate: str
    records: RecordStore
    link: Link
    clock: Clock
    faults: Faults
    limits: Limits
    on_change: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        """Start with nothing under way."""
        self._topic = topics.scan(self.gate)
        self._wake = asyncio.Event()
        self._sent: dict[int, _Sent] = {}  # sent on this connection and not yet received, by id
        self._under_way = {"live": 0, "backlog": 0}  # messages without the broker's answer
        self._live_id = 0  # newer records are what happens now
        self._backlog_id = 0  # older records were looked at in this pass
        self._connected_anew = True
        self._receipt_wait_s = self.limits.receipt_wait_s
        self._busy_delay_s = BUSY_DELAY_S
        self._not_before_s = -math.inf  # of the next message, after the broker asked for rest
        self._backlog_not_before_s = -math.inf  # pace
        self._window = Window(self.limits.backlog_messages_max)
        self.turn_s = self.clock.monotonic_s()  # when it last took its turn: the watchdog asks

    def wake(self) -> None:
        """Something was stored, or asked for again."""
        self._wake.set()

    def connected(self) -> None:
        """A connection stands: whatever was under way on the old one is sent again."""
        self._connected_anew = True
        self._wake.set()

    def look_back(self) -> None:
        """Records of old were asked for again: begin the backlog anew."""
        self._backlog_id = 0
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as messages:
            while True:
                self._wake.clear()
                self.turn_s = self.clock.monotonic_s()
                delay_s = await self._round(messages)
                with suppress(TimeoutError):
                    async with asyncio.timeout(delay_s):
                        await self._wake.wait()

    async def _round(self, messages: asyncio.TaskGroup) -> float:
        """Send what may go now; return in how many seconds to look again unless woken."""
        if not self.link.up:
            return LOOK_AGAIN_S
        if self._connected_anew:
            await self._start_over()
        self._expire()
        now_s = self.clock.monotonic_s()
        if now_s < self._not_before_s:
            return min(LOOK_AGAIN_S, self._not_before_s - now_s)
        while self._room("live", self.limits.live_messages_max) and (batch := await self._live()):
            self._send(messages, "live", batch)
        if not self._room("backlog", self._window.messages):
            return LOOK_AGAIN_S
        if now_s < self._backlog_not_before_s:
            return self._backlog_not_before_s - now_s
        batch = await self._backlog()
        if not batch:
            return LOOK_AGAIN_S
        self._send(messages, "backlog", batch)
        pause_s = len(batch) / self.limits.backlog_records_per_s
        self._backlog_not_before_s = self.clock.monotonic_s() + pause_s
        return pause_s

    async def _start_over(self) -> None:
        """Begin a connection: everything without receipt is backlog, everything stored from here on is live."""
        self._connected_anew = False
        self.faults.report("RECORD-REFUSED", stands=await self.records.refused() > 0)
        self._sent.clear()
        self._window.reset()
        self._backlog_id = 0
        self._live_id = await self.records.last_id()
        self._not_before_s = self._backlog_not_before_s = -math.inf

    def _expire(self) -> None:
        """Take back what waited too long for its receipt, and wait longer the next time."""
        now_s = self.clock.monotonic_s()
        late = [number for number, sent in self._sent.items() if sent.again_s <= now_s]
        if late:
            log.info("%d records wait for a receipt too long and are sent again", len(late))
            self._take_back(late)
            self._receipt_wait_s = min(2 * self._receipt_wait_s, self.limits.receipt_wait_max_s)

    def _take_back(self, numbers: list[int]) -> None:
        for number in numbers:
            self._sent.pop(number, None)
        self._backlog_id = min([self._backlog_id, *(number - 1 for number in numbers)])

    def _room(self, way: str, messages_max: int) -> bool:
        """Whether another message may go: messages without PUBACK and records without receipt are bounded."""
        if self._under_way[way] >= messages_max:
            return False
        return len(self._sent) < RECORDS_PER_MESSAGE_MAX * (
            self._window.messages + (self.limits.live_messages_max if way == "live" else 0)
        )

    async def _live(self) -> list[Stored]:
        batch = _fitting(await self.records.unsent(self._live_id, LAST_ID, RECORDS_PER_MESSAGE_MAX))
        if batch:
            self._live_id = batch[-1].id
        return batch

    async def _backlog(self) -> list[Stored]:
        """Return the oldest records without receipt that are not under way."""
        while rows := await self.records.unsent(self._backlog_id, self._live_id, RECORDS_PER_MESSAGE_MAX):
            batch = _fitting([stored for stored in rows if stored.id not in self._sent])
            self._backlog_id = batch[-1].id if batch else rows[-1].id
            if batch:
                return batch
        return []

    def _send(self, messages: asyncio.TaskGroup, way: str, batch: list[Stored]) -> None:
        now_s = self.clock.monotonic_s()
        for stored in batch:
            self._sent[stored.id] = _Sent(stored=stored, sent_s=now_s, again_s=math.inf)  # until the broker has it
        self._under_way[way] += 1
        messages.create_task(self._publish(way, batch))

    async def _publish(self, way: str, batch: list[Stored]) -> None:
        """Hand a message to the broker, and act on its answer (C6)."""
        try:
            await self.link.publish(self._topic, join_batch([stored.jws for stored in batch]))
        except LinkDownError as error:
            self._not_delivered([stored.id for stored in batch], error)
        else:
            self._busy_delay_s = BUSY_DELAY_S
            self.faults.only((), among=LINK_FAULTS)
            again_s = self.clock.monotonic_s() + self._receipt_wait_s
            for stored in batch:
                if stored.id in self._sent:
                    self._sent[stored.id].again_s = again_s
        finally:
            self._under_way[way] -= 1
            self._wake.set()

    def _not_delivered(self, numbers: list[int], error: LinkDownError) -> None:
        now_s = self.clock.monotonic_s()
        if error.code == "LINK-DENIED":  # not allowed, or bytes the broker calls invalid: never in a loop
            log.error("the broker denies %d records, parked: %s", len(numbers), error)
            self.faults.only((error.code,), among=LINK_FAULTS)
            for number in numbers:
                if number in self._sent:
                    self._sent[number].again_s = now_s + PARKED_S
            return
        if error.code in LINK_FAULTS:
            log.warning("%d records were not delivered: %s", len(numbers), error)
            self.faults.only((error.code,), among=LINK_FAULTS)
            self._not_before_s = now_s + self._busy_delay_s
            self._busy_delay_s = min(2 * self._busy_delay_s, BUSY_DELAY_MAX_S)
        self._take_back(numbers)

    async def receive(self, receipt: Receipt) -> None:
        """Free what the cloud says it stored, where its hash is ours; park what it refused."""
        before_s = self.clock.monotonic_s()
        for span in receipt.stored:
            if await self.records.mark_received(span):
                freed = [number for number, sent in self._sent.items() if self.records.is_received(sent.stored)]
                if freed:
                    waited_s = before_s - min(self._sent[number].sent_s for number in freed)
                    self._window.answered(math.ceil(len(freed) / RECORDS_PER_MESSAGE_MAX), waited_s)
                self._settle(freed)
            else:
                log.error("a receipt names another head than ours: %s", span)
                self.faults.report("RECEIPT-DIFFERS", stands=True)
        for refused in receipt.refused:
            if await self.records.refuse(refused.record, refused.reason):
                log.error("the cloud refused record %s: %s", refused.record, refused.reason)
                self.faults.report("RECORD-REFUSED", stands=True)
                self._settle(number for number, sent in self._sent.items() if sent.stored.hash == refused.record)
        self._receipt_wait_s = self.limits.receipt_wait_s
        self._wake.set()
        self.on_change()

    def _settle(self, numbers: Iterable[int]) -> None:
        for number in list(numbers):
            del self._sent[number]


def _fitting(batch: list[Stored]) -> list[Stored]:
    """Return as many of the first records as one message may carry."""
    size, fitting = 0, []
    for stored in batch:
        size += len(stored.jws) + 1
        if size > MESSAGE_BYTES_MAX:
            break
        fitting.append(stored)
    return fitting
