"""The sending side over a link in the test's hand: order, windows, receipts, and what each refusal leads to."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from edge.domain.faults import Faults
from edge.outbox import Outbox
from edge.settings import Outbox as Limits
from schemas import topics
from schemas.envelope import RECORDS_PER_MESSAGE_MAX, fingerprint, split_batch
from schemas.messages import Range, Receipt, Refused
from tests.edge_gate import GATE, NOW, StandingClock, WireLink, open_outbox
from tests.integration.edge_core.scans import scan
from tests.waiting import eventually

TOPIC = topics.scan(GATE)


class TickingClock(StandingClock):
    """Stands for people, but never shows the same instant twice: pacing by a very high rate passes."""

    def monotonic_s(self):
        self.mono_s += 1e-7
        return self.mono_s


class Sender:
    """An outbox with what a test wants to see of it."""

    def __init__(self, opened, **limits):
        self.records = opened.records
        self.clock = TickingClock()
        self.link = WireLink()
        self.faults = Faults()
        self.outbox = Outbox(
            gate=GATE,
            records=opened.records,
            link=self.link,
            clock=self.clock,
            faults=self.faults,
            limits=Limits(**{"backlog_records_per_s": 1e9, **limits}),
        )
        opened.records.on_stored = lambda _stored: self.outbox.wake()

    @contextlib.asynccontextmanager
    async def running(self):
        self.outbox.connected()
        task = asyncio.create_task(self.outbox.run())
        yield self
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    @property
    def messages(self):
        return [split_batch(payload) for payload in self.link.of(TOPIC)]

    @property
    def sent(self):
        return [jws for message in self.messages for jws in message]

    async def receive(self, *stored, refused=()):
        spans = tuple(Range(epoch=each.epoch, first=each.seq, last=each.seq, head=each.hash) for each in stored)
        await self.outbox.receive(Receipt(v=1, gate=GATE, at=NOW, stored=spans, refused=tuple(refused)))

    async def until_sent(self, count):
        await eventually(lambda: len(self.sent) >= count, what=f"{count} records sent")
        assert len(self.sent) == count

    async def settled(self):
        """Let everything that can happen without time happen."""
        for _ in range(50):
            await asyncio.sleep(0.002)


@pytest.fixture
async def opened(tmp_path):
    opened = await open_outbox(tmp_path)
    yield opened
    await opened.records.close()


async def test_the_backlog_goes_oldest_first_twenty_a_message(opened):
    for _ in range(49):
        await opened.records.append(scan)
    async with Sender(opened).running() as sender:
        await sender.until_sent(50)
        assert [len(message) for message in sender.messages] == [20, 20, 10]
        assert sender.sent == [each.jws for each in await opened.records.unsent(0, 2**62, 100)]


async def test_what_happens_now_goes_before_what_is_old(opened):
    for _ in range(400):
        await opened.records.append(scan)
    async with Sender(
        opened, backlog_records_per_s=1.0
    ).running() as sender:  # the clock stands: one message is paced out
        await sender.until_sent(20)
        now = await opened.records.append(scan)
        await eventually(lambda: now.jws in sender.sent)
        assert len(sender.sent) == 21


async def test_unreceived_records_are_bounded_though_the_broker_takes_everything(opened):
    for _ in range(600):
        await opened.records.append(scan)
    async with Sender(opened, backlog_messages_max=3, live_messages_max=1).running() as sender:
        await sender.settled()
        assert len(sender.sent) == 3 * RECORDS_PER_MESSAGE_MAX
        live = await opened.records.append(scan)  # and yet there is room for what happens now
        await eventually(lambda: live.jws in sender.sent)


async def test_prompt_receipts_let_more_of_the_backlog_be_under_way_and_a_late_one_less(opened):
    stored = [await opened.records.append(scan) for _ in range(1_200)]
    async with Sender(opened, backlog_messages_max=50).running() as sender:
        await eventually(lambda: len(sender.sent) == 8 * RECORDS_PER_MESSAGE_MAX)
        await sender.settled()
        assert len(sender.sent) == 160
        await sender.outbox.receive(Receipt(v=1, gate=GATE, at=NOW, stored=(whole(stored[:159]),)))
        await eventually(lambda: len(sender.sent) == 160 + 16 * RECORDS_PER_MESSAGE_MAX)
        await sender.settled()
        assert len(sender.sent) == 480
        sender.clock.forward(2)
        await sender.outbox.receive(Receipt(v=1, gate=GATE, at=NOW, stored=(whole(stored[:479]),)))
        await eventually(lambda: len(sender.sent) == 480 + 8 * RECORDS_PER_MESSAGE_MAX)
        await sender.settled()
        assert len(sender.sent) == 640


async def test_only_a_receipt_frees(opened):
    stored = [await opened.records.append(scan) for _ in range(5)]
    async with Sender(opened).running() as sender:
        await sender.until_sent(6)
        await sender.settled()
        assert opened.records.depth == 6  # acknowledged by the broker, and still ours
        await sender.receive(*stored)
        assert opened.records.depth == 1


async def test_a_receipt_with_another_head_frees_nothing_and_alarms(opened):
    stored = await opened.records.append(scan)
    async with Sender(opened).running() as sender:
        await sender.until_sent(2)
        await sender.receive(stored._replace(hash="x" * 43))
        assert opened.records.depth == 2
        assert sender.faults.all() == ("RECEIPT-DIFFERS",)


async def test_a_receipt_whose_head_we_lost_frees_nothing_and_the_rest_goes_again(opened):
    stored = [await opened.records.append(scan) for _ in range(3)]
    async with Sender(opened, receipt_wait_s=10.0).running() as sender:
        await sender.until_sent(4)
        await opened.database.rows("DELETE FROM record WHERE seq = ?", stored[-1].seq)
        await sender.outbox.receive(Receipt(v=1, gate=GATE, at=NOW, stored=(whole(stored),)))
        sender.clock.forward(11)
        sender.outbox.wake()
        await eventually(lambda: sender.sent[4:7] == sender.sent[:3])
        await sender.outbox.receive(Receipt(v=1, gate=GATE, at=NOW, stored=(whole(stored[:-1]),)))
        assert opened.records.depth == 1  # as counted before the loss
        assert await opened.records.unsent(0, 2**62, 10) == []


def whole(stored):
    return Range(epoch=stored[-1].epoch, first=1, last=stored[-1].seq, head=stored[-1].hash)


async def test_without_a_receipt_records_are_sent_again_ever_more_patiently(opened):
    await opened.records.append(scan)
    async with Sender(opened, receipt_wait_s=10.0, receipt_wait_max_s=30.0).running() as sender:
        await sender.until_sent(2)
        for round_, wait_s in enumerate((10, 20, 30, 30), start=2):
            await sender.settled()
            sender.clock.forward(wait_s - 0.1)
            sender.outbox.wake()
            await sender.settled()
            assert len(sender.sent) == 2 * (round_ - 1)
            sender.clock.forward(0.2)
            sender.outbox.wake()
            await sender.until_sent(2 * round_)


async def test_after_a_reconnect_everything_without_receipt_goes_again(opened):
    stored = [await opened.records.append(scan) for _ in range(9)]
    async with Sender(opened).running() as sender:
        await sender.until_sent(10)
        await sender.receive(*stored[:4])
        sender.outbox.connected()
        await sender.until_sent(16)
        assert {fingerprint(jws) for jws in sender.sent[10:]} & {each.hash for each in stored[:4]} == set()


async def test_nothing_is_sent_while_the_link_is_down(opened):
    sender = Sender(opened)
    sender.link.up = False
    async with sender.running():
        await opened.records.append(scan)
        await sender.settled()
        assert sender.sent == []
        sender.link.up = True
        sender.outbox.connected()
        await sender.until_sent(2)


@pytest.mark.parametrize("code", ["LINK-NO-SUBSCRIBER", "LINK-BUSY"])
async def test_a_broker_that_cannot_is_given_rest_and_asked_again(opened, code):
    sender = Sender(opened)
    sender.link.answer = lambda _topic, _payload: code
    async with sender.running():
        await eventually(lambda: sender.faults.all() == (code,))
        sender.link.answer = lambda _topic, _payload: None
        await sender.settled()
        assert sender.sent == []  # not before its rest is over
        sender.clock.forward(1.1)
        sender.outbox.wake()
        await sender.until_sent(1)
        assert sender.faults.all() == ()


async def test_what_the_broker_denies_is_parked_and_never_looped(opened):
    sender = Sender(opened)
    tried = []
    sender.link.answer = lambda _topic, payload: tried.append(payload) or "LINK-DENIED"
    async with sender.running():
        await eventually(lambda: sender.faults.all() == ("LINK-DENIED",))
        for _ in range(5):
            sender.clock.forward(60)
            sender.outbox.wake()
            await sender.settled()
        assert len(tried) == 1
        assert opened.records.depth == 1
        sender.link.answer = lambda _topic, _payload: None
        sender.outbox.connected()  # rights may have been given meanwhile
        await sender.until_sent(1)


async def test_a_record_the_cloud_refuses_is_parked_and_alarms(opened):
    stored = await opened.records.append(scan)
    async with Sender(opened).running() as sender:
        await sender.until_sent(2)
        await sender.receive(refused=[Refused(record=stored.hash, reason="SIGNATURE")])
        assert sender.faults.all() == ("RECORD-REFUSED",)
        assert opened.records.depth == 1
        sender.outbox.connected()
        await sender.until_sent(3)


async def test_a_range_asked_for_again_is_sent_again(opened):
    stored = [await opened.records.append(scan) for _ in range(3)]
    async with Sender(opened).running() as sender:
        await sender.until_sent(4)
        await sender.receive(*stored)
        assert await opened.records.send_again(stored[0].epoch, stored[0].seq, stored[1].seq) == 2
        sender.outbox.look_back()
        await sender.until_sent(6)
        assert sender.sent[4:] == [stored[0].jws, stored[1].jws]


async def test_a_refused_record_is_told_after_a_restart_too(opened):
    stored = await opened.records.append(scan)
    await opened.records.refuse(stored.hash, "SIGNATURE")
    async with Sender(opened).running() as sender:
        await eventually(lambda: "RECORD-REFUSED" in sender.faults.all())
