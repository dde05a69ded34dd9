"""What the cloud asks of the device: done once, answered each time, and never while somebody works at the lane."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from edge.care.errands import REST_WAIT_MAX_S, Errands
from edge.care.hardware import LaneHardware, WatchedCamera, WatchedReader
from edge.domain.view import Act, Step
from edge.downlink import ERRANDS_MAX, Downlink
from edge.store.commands import CommandStore
from edge.store.database import NotStoredError
from edge.store.photos import ASKED_FOR_MAX
from schemas import envelope, topics
from schemas.envelope import Typ
from schemas.messages import Command, Reply
from tests.edge_gate import (
    CLOUD_KEY,
    GATE,
    GATE_KEY,
    IDENTITY,
    JPEG,
    NOW,
    Booth,
    WireLink,
    cloud_keys,
    delivery,
    signed,
)
from tests.integration.edge_core.booth import running, sign_in, to_checks, until
from tests.waiting import eventually


class Office:
    """A lane on real stores, and a downlink that may send it on errands."""

    def __init__(self, folder):
        self.booth = Booth(folder=folder)
        self.ended = 0
        self.woken = 0
        self.packed = b"zip"
        self.link = WireLink()

    async def open(self):
        booth = await self.booth.open()
        self.camera = WatchedCamera(booth.camera, booth.clock)
        self.hardware = LaneHardware(
            id="1",
            view=booth.lane.view,
            health=booth.lane.health,
            reader=WatchedReader(booth.hand),
            camera=self.camera,
            light=booth.lamp,
        )
        self.errands = Errands(
            clock=booth.clock,
            lanes={"1": self.hardware},
            photos=booth.photos,
            bundle=self._bundle,
            wake=self._wake,
            end=self._end,
        )
        self.downlink = self.fresh_downlink()
        return self

    def fresh_downlink(self):
        """The downlink as after a start of the agent, on the same store."""
        booth = self.booth

        async def nothing(*_):
            pass

        return Downlink(
            identity=IDENTITY,
            find_key=cloud_keys,
            clock=booth.clock,
            link=self.link,
            faults=booth.faults,
            papers=booth.papers,
            records=booth.opened.records,
            commands=CommandStore(booth.opened.database),
            receive=nothing,
            look_back=lambda: None,
            report=nothing,
            errands={
                "TEST_PHOTO": self.errands.test_photo,
                "DIAGNOSTICS": self.errands.diagnostics,
                "RESTART": self.errands.may_restart,
            },
            restart=self.errands.restart,
        )

    async def _bundle(self):
        return self.packed

    def _wake(self):
        self.woken += 1

    def _end(self):
        self.ended += 1

    @contextlib.asynccontextmanager
    async def at_work(self, downlink=None):
        task = asyncio.create_task((downlink or self.downlink).run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def order(self, name, number=1, **changes):
        facts = {"v": 1, "gate": GATE, "id": f"{number:032x}", "issued": NOW, "expires": NOW + timedelta(minutes=5)}
        return signed(Command(name=name, **{**facts, **changes}), Typ.COMMAND)

    def send(self, name, number=1, downlink=None, **changes):
        order = delivery(topics.command(GATE), self.order(name, number, **changes))
        (downlink or self.downlink).take(order)

    async def sent_out(self):
        """Wait until the command is taken from the line and its errand under way."""
        line = self.downlink
        await eventually(lambda: line._under_way and line._queue.empty() and line._waiting.empty())

    def replies(self):
        told = [
            envelope.verify(jws, Typ.REPLY, lambda _: GATE_KEY.verifying_key)
            for jws in self.link.of(topics.reply(GATE))
        ]
        return [envelope.decode(payload, Reply) for payload in told]

    async def reply(self, count=1):
        return (await eventually(lambda: len(self.replies()) >= count and self.replies(), what="an answer"))[-1]


@pytest.fixture
async def office(tmp_path):
    office = await Office(tmp_path).open()
    yield office
    await office.booth.close()


@pytest.mark.req("R-111")
async def test_a_test_picture_goes_up_as_one_and_the_answer_names_it(office):
    async with office.at_work():
        office.send("TEST_PHOTO", lane="1")
        reply = await office.reply()
    waiting = await office.booth.photos.next()
    assert (reply.outcome, reply.sha256) == ("DONE", waiting.sha256)
    assert (waiting.kind, await office.booth.photos.read(waiting.sha256)) == ("TEST", JPEG)
    assert office.woken == 1
    assert office.booth.opened.records.depth == 1, "the epoch event only: a test is no evidence"


async def test_a_single_lane_needs_no_name_and_an_unknown_one_is_refused(office):
    async with office.at_work():
        office.send("TEST_PHOTO")
        assert (await office.reply()).outcome == "DONE"
        office.send("TEST_PHOTO", 2, lane="9")
        reply = await office.reply(2)
    assert (reply.outcome, reply.note) == ("REFUSED", "no lane '9' here: 1")


async def test_no_test_picture_is_taken_while_somebody_works_at_the_lane(office):
    async with running(office.booth), office.at_work():
        await sign_in(office.booth)
        taken = office.booth.camera.taken
        office.send("TEST_PHOTO", lane="1")
        reply = await office.reply()
    assert (reply.outcome, reply.note) == ("FAILED", "lane 1 is at work")
    assert office.booth.camera.taken == taken


async def test_a_camera_that_fails_is_the_answer(office):
    office.booth.camera.fault = "CAM-AUTH"
    async with office.at_work():
        office.send("TEST_PHOTO", lane="1")
        reply = await office.reply()
    assert (reply.outcome, reply.note, reply.sha256) == ("FAILED", "CAM-AUTH at lane 1", None)
    assert office.camera.last.error.startswith("CAM-AUTH")


async def test_a_full_disk_is_the_answer(office, monkeypatch):
    async def full(*_):
        raise NotStoredError("DISK-FULL", "no room")

    monkeypatch.setattr(office.booth.photos, "put_up", full)
    async with office.at_work():
        office.send("TEST_PHOTO", lane="1")
        reply = await office.reply()
    assert (reply.outcome, reply.note) == ("FAILED", "DISK-FULL: no room")


async def test_diagnostics_go_up_and_the_answer_names_them(office):
    async with office.at_work():
        office.send("DIAGNOSTICS")
        reply = await office.reply()
    waiting = await office.booth.photos.next()
    assert (reply.outcome, reply.sha256, waiting.kind) == ("DONE", waiting.sha256, "DIAGNOSTICS")
    assert await office.booth.photos.read(waiting.sha256) == b"zip"


async def test_a_cloud_that_asks_on_and_on_fills_no_disk(office):
    for number in range(ASKED_FOR_MAX):
        await office.booth.photos.put_up(b"%d" % number, "DIAGNOSTICS", 0)
    async with office.at_work():
        office.send("DIAGNOSTICS")
        reply = await office.reply()
    assert reply.outcome == "FAILED"
    assert await office.booth.photos.waiting() == ASKED_FOR_MAX
    assert await office.booth.photos.read(envelope.fingerprint(b"zip")) is None, "what is not queued is not kept"


async def test_too_many_errands_at_once_are_refused_and_the_others_done(office):
    for number in range(ERRANDS_MAX + 2):
        await office.downlink.handle(delivery(topics.command(GATE), office.order("TEST_PHOTO", number)))
    async with office.at_work():
        await office.reply(ERRANDS_MAX + 2)
    outcomes = sorted(reply.outcome for reply in office.replies())
    assert outcomes == ["DONE"] * ERRANDS_MAX + ["REFUSED"] * 2


async def test_a_restart_is_answered_first_and_comes_once(office):
    seen = []
    office.link.answer = lambda _topic, _payload: seen.append(office.ended)
    async with office.at_work():
        office.send("RESTART")
        await eventually(lambda: office.ended, what="the agent ends")
    assert seen == [0], "the answer left before the end"
    assert [(reply.outcome, reply.note) for reply in office.replies()] == [("DONE", "restarting")]
    started_again = office.fresh_downlink()
    async with office.at_work(started_again):
        office.send("RESTART", downlink=started_again)
        reply = await office.reply(2)
    assert (reply.outcome, reply.note) == ("DONE", "repeated: restarting")
    assert office.ended == 1


async def test_a_restart_comes_once_though_its_answer_was_lost(office):
    office.link.up = False
    async with office.at_work():
        office.send("RESTART")
        await eventually(lambda: office.ended, what="the agent ends")
    office.link.up = True
    async with office.at_work(again := office.fresh_downlink()):
        office.send("RESTART", downlink=again)
        assert (await office.reply()).note == "repeated: restarting"
    assert office.ended == 1


async def test_a_restart_cut_short_by_a_power_cut_is_not_carried_out_after_it(office):
    await CommandStore(office.booth.opened.database).begin(f"{1:032x}", 0)
    async with office.at_work():
        office.send("RESTART")
        reply = await office.reply()
    assert (reply.outcome, reply.note, office.ended) == ("FAILED", "repeated: interrupted", 0)


@pytest.mark.req("R-111")
async def test_a_restart_waits_for_the_session_and_the_same_command_again_does_not_hurry_it(office):
    async with running(office.booth), office.at_work():
        await to_checks(office.booth)
        office.send("RESTART")
        office.send("RESTART")
        await office.sent_out()
        assert (office.replies(), office.ended) == ([], 0)
        await office.booth.lane.act(Act(act="cancel"))
        await until(office.booth, Step.VERDICT)
        assert office.ended == 0, "a light that is on stays on"
        await office.booth.lane.act(Act(act="acknowledge"))
        await eventually(lambda: office.ended, what="the agent ends")
    assert [reply.outcome for reply in office.replies()] == ["DONE"]


async def test_a_lane_that_never_rests_keeps_its_agent(office):
    office.hardware.view = lambda: SimpleNamespace(step=Step.CHECKS, busy=False)
    async with office.at_work():
        office.send("RESTART")
        await office.sent_out()
        office.booth.clock.forward(REST_WAIT_MAX_S)
        reply = await office.reply()
    assert (reply.outcome, reply.note, office.ended) == ("FAILED", "lane 1 is at work", 0)


async def test_a_command_of_a_later_version_is_answered(office):
    payload = json.loads(
        envelope.encode(envelope.decode(envelope.verify(office.order("REPORT"), Typ.COMMAND, cloud_keys), Command))
    )
    for number, (changes, note) in enumerate(
        (
            ({"name": "SELF_DESTRUCT"}, "not understood: MALFORMED SELF_DESTRUCT"),
            ({"lane": 7}, "not understood: MALFORMED REPORT"),
        )
    ):
        jws = CLOUD_KEY.sign(Typ.COMMAND, json.dumps({**payload, **changes, "id": f"{number:032x}"}).encode())
        await office.downlink.handle(delivery(topics.command(GATE), jws))
        assert (office.replies()[-1].outcome, office.replies()[-1].note) == ("REFUSED", note)
    other = CLOUD_KEY.sign(Typ.COMMAND, json.dumps({**payload, "gate": "KEL-OUT-2", "name": "NEW"}).encode())
    await office.downlink.handle(delivery(topics.command(GATE), other))
    assert len(office.replies()) == 2, "a command for another gate is nobody's to answer here"


async def test_an_errand_this_gate_cannot_run_is_refused(office):
    office.downlink.errands = {}
    await office.downlink.handle(delivery(topics.command(GATE), office.order("RESTART")))
    assert [(reply.outcome, reply.note) for reply in office.replies()] == [("REFUSED", "this gate knows no RESTART")]


async def test_an_expired_errand_is_answered_and_not_run(office):
    office.booth.clock.forward(301)
    await office.downlink.handle(delivery(topics.command(GATE), office.order("TEST_PHOTO")))
    assert [(reply.outcome, reply.note) for reply in office.replies()] == [("REFUSED", "expired")]
    assert office.booth.camera.taken == 0


async def test_a_hold_does_not_wait_behind_a_picture(office):
    opened = asyncio.Event()

    async def slow():
        await opened.wait()
        raise AssertionError

    office.booth.camera.take = slow
    async with office.at_work():
        office.send("TEST_PHOTO", 1)
        office.send("REPORT", 2)
        assert (await office.reply()).command == f"{2:032x}"
