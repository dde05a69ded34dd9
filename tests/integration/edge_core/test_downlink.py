"""What comes down is believed by its signature alone, and every refusal leaves things as they were."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from edge.domain.faults import Faults
from edge.downlink import Downlink
from edge.store.commands import CommandStore
from edge.store.papers import PaperStore
from edge.store.photos import PhotoStore
from schemas import envelope, topics
from schemas.envelope import SigningKey, Typ
from schemas.messages import Command, Photo, Quality, Range, Receipt, Reply
from tests.edge_gate import (
    GATE,
    GATE_KEY,
    IDENTITY,
    JPEG,
    NOW,
    QUOTA,
    StandingClock,
    WireLink,
    cloud_keys,
    delivery,
    expected,
    hold,
    manifest,
    open_outbox,
    signed,
)
from tests.integration.edge_core.scans import scan


class Desk:
    """A downlink on real stores."""

    async def open(self, folder):
        self.folder = folder
        self.clock = StandingClock()
        self.opened = await open_outbox(folder, self.clock)
        self.papers = PaperStore(folder / "papers", GATE, cloud_keys)
        self.link = WireLink()
        self.faults = Faults()
        self.receipts = []
        self.looked_back = 0
        self.reports = 0
        self.downlink = Downlink(
            identity=IDENTITY,
            find_key=cloud_keys,
            clock=self.clock,
            link=self.link,
            faults=self.faults,
            papers=self.papers,
            records=self.opened.records,
            commands=CommandStore(self.opened.database),
            receive=self._receive,
            look_back=self._look_back,
            report=self._report,
        )
        return self

    async def _receive(self, receipt):
        self.receipts.append(receipt)

    def _look_back(self):
        self.looked_back += 1

    async def _report(self):
        self.reports += 1

    async def handle(self, topic, payload):
        await self.downlink.handle(delivery(topic, payload))

    async def manifest(self, *movements, key=None, **changes):
        jws = signed(manifest(*movements, **changes), key=key) if key else signed(manifest(*movements, **changes))
        await self.handle(topics.manifest(GATE), jws)

    async def command(self, **changes):
        facts = {
            "v": 1,
            "gate": GATE,
            "id": "a" * 32,
            "issued": NOW,
            "expires": NOW + timedelta(minutes=5),
            "name": "REPORT",
        }
        await self.handle(topics.command(GATE), signed(Command(**{**facts, **changes}), Typ.COMMAND))

    def answers(self):
        replies = self.link.of(topics.reply(GATE))
        verified = [envelope.verify(jws, Typ.REPLY, lambda _kid: GATE_KEY.verifying_key) for jws in replies]
        return [(reply.outcome, reply.note) for reply in (envelope.decode(payload, Reply) for payload in verified)]


@pytest.fixture
async def desk(tmp_path):
    desk = await Desk().open(tmp_path)
    yield desk
    await desk.opened.records.close()


@pytest.mark.req("R-111")
async def test_a_manifest_comes_into_force_and_survives_a_restart(desk):
    await desk.manifest(expected(hold=hold()), version=3)
    assert desk.papers.in_force.manifest.version == 3
    again = PaperStore(desk.folder / "papers", GATE, cloud_keys)
    assert again.load() is None
    assert again.in_force.manifest == desk.papers.in_force.manifest
    assert again.floor == desk.papers.floor


async def test_a_refused_manifest_leaves_the_old_one_in_force_and_shows(desk):
    await desk.manifest(version=3)
    stranger = SigningKey.from_seed(b"s" * 32)
    for code, changes in (
        ("MANIFEST-OLD", {"version": 2}),
        ("GATE", {"version": 9, "gate": "KEL-OUT-2"}),
        ("KEY-UNKNOWN", {"version": 9, "key": stranger}),
        ("MANIFEST-LAPSED", {"version": 9, "expires": NOW}),
    ):
        await desk.manifest(**changes)
        assert set(desk.faults.all()) == {"PAPERS-REFUSED", code}
        assert desk.papers.in_force.manifest.version == 3
    await desk.manifest(version=10)
    assert desk.faults.all() == ()


@pytest.mark.req("R-111")
async def test_a_manifest_sent_again_or_anew_recovers_from_every_refusal(desk):
    await desk.manifest(version=3)
    stranger = SigningKey.from_seed(b"s" * 32)
    for version, refused in enumerate(
        (b"", b"no", b"\xff" * 70_000, signed(manifest(version=99), key=stranger), signed(manifest(version=2))), start=4
    ):
        await desk.handle(topics.manifest(GATE), refused)
        assert bool(desk.faults.all()) is bool(refused)
        await desk.manifest(version=version - 1)  # the one in force, sent again
        assert (desk.faults.all(), desk.papers.in_force.manifest.version) == ((), version - 1)
        await desk.handle(topics.manifest(GATE), refused)
        await desk.manifest(version=version)  # a newer one
        assert (desk.faults.all(), desk.papers.in_force.manifest.version) == ((), version)


async def test_the_same_manifest_again_is_no_refusal(desk):
    await desk.manifest(version=3)
    await desk.manifest(version=3)
    await desk.handle(topics.manifest(GATE), b"")  # what clears a retained message
    assert desk.faults.all() == ()


async def test_a_clock_set_back_revives_no_manifest(desk):
    await desk.manifest(version=1, issued=NOW + timedelta(days=3), expires=NOW + timedelta(days=10))
    desk.clock.at, desk.clock.quality = NOW - timedelta(days=30), Quality.RTC
    await desk.manifest(version=2, issued=NOW, expires=NOW + timedelta(days=2))
    assert "MANIFEST-LAPSED" in desk.faults.all()
    again = PaperStore(desk.folder / "papers", GATE, cloud_keys)
    again.load()
    assert again.floor == NOW + timedelta(days=3)


async def test_a_damaged_file_of_papers_is_refused_at_the_start(desk):
    await desk.manifest(version=1)
    file = desk.folder / "papers" / "manifest.jws"
    file.write_bytes(file.read_bytes()[:-3] + b"AAA")
    again = PaperStore(desk.folder / "papers", GATE, cloud_keys)
    assert again.load() == "SIGNATURE"
    assert again.in_force is None


@pytest.mark.parametrize("quality", [Quality.GNSS, Quality.NTP])
@pytest.mark.parametrize("leap_days", [5, 400])
async def test_a_leap_of_the_clock_does_not_make_papers_expire_for_good(desk, quality, leap_days):
    await desk.manifest(version=1)
    desk.clock.quality = quality
    desk.clock.at = NOW + timedelta(days=leap_days)
    await desk.papers.observe(desk.clock.now())
    assert desk.papers.floor < NOW + timedelta(days=1)
    desk.clock.at = NOW + timedelta(days=2)
    await desk.papers.observe(desk.clock.now())
    assert desk.papers.floor == NOW + timedelta(days=2)
    await desk.manifest(version=2, issued=NOW + timedelta(days=50), expires=NOW + timedelta(days=57))
    assert desk.papers.floor == NOW + timedelta(days=50)  # the cloud's word carries any leap


async def test_a_first_start_with_a_clock_years_ahead_believes_the_cloud_afterwards(desk):
    desk.clock.at = NOW + timedelta(days=4000)
    await desk.papers.observe(desk.clock.now())
    desk.clock.at = NOW
    await desk.manifest(version=1)
    assert desk.papers.in_force is not None


async def test_a_receipt_is_passed_on_if_the_cloud_signed_it_for_us(desk):
    receipt = Receipt(v=1, gate=GATE, at=NOW, stored=(Range(epoch=1, first=1, last=1, head="h" * 43),))
    other = Receipt(v=1, gate="KEL-OUT-2", at=NOW)
    await desk.handle(topics.receipt(GATE), signed(receipt, Typ.RECEIPT))
    await desk.handle(topics.receipt(GATE), signed(other, Typ.RECEIPT))
    await desk.handle(topics.receipt(GATE), signed(receipt, Typ.RECEIPT, GATE_KEY))
    await desk.handle(topics.receipt("KEL-OUT-2"), signed(receipt, Typ.RECEIPT))
    assert desk.receipts == [receipt]


@pytest.mark.parametrize("leaf", ["receipt", "manifest", "command"])
@pytest.mark.parametrize("payload", [b"\x00", b"no", b"a.b.c", b"{}", b"\xff" * 70_000])
async def test_no_bytes_on_any_topic_break_anything(desk, leaf, payload):
    await desk.handle(getattr(topics, leaf)(GATE), payload)
    await desk.handle("sealgate/v1/99/x", payload)
    assert desk.papers.in_force is None
    assert desk.receipts == []


async def test_a_range_is_sent_again_when_the_cloud_asks(desk):
    stored = [await desk.opened.records.append(scan) for _ in range(3)]
    await desk.opened.records.mark_received(
        Range(epoch=stored[0].epoch, first=1, last=stored[-1].seq, head=stored[-1].hash)
    )
    await desk.command(name="RESEND", epoch=stored[0].epoch, first=2, last=3)
    assert desk.answers() == [("DONE", "2 records")]
    assert (desk.looked_back, desk.opened.records.depth) == (1, 2)


async def test_a_range_that_is_none_or_not_here_is_said(desk):
    await desk.command(id="b" * 32, name="RESEND", epoch=1, first=9, last=3)
    await desk.command(id="c" * 32, name="RESEND", epoch=1, first=1, last=3)
    assert [outcome for outcome, _ in desk.answers()] == ["REFUSED", "FAILED"]


async def test_a_command_is_carried_out_once_and_answered_each_time(desk):
    await desk.command()
    await desk.command()
    assert desk.reports == 1
    assert desk.answers() == [("DONE", ""), ("DONE", "repeated: ")]


async def test_an_expired_command_is_answered_and_not_carried_out(desk):
    desk.clock.forward(301)
    await desk.command()
    assert desk.reports == 0
    assert desk.answers() == [("REFUSED", "expired")]


async def test_an_answer_that_cannot_leave_breaks_nothing(desk):
    desk.link.up = False
    await desk.command()
    assert desk.reports == 1


async def test_the_pictures_of_a_range_go_again_too(desk):
    photos = PhotoStore(desk.folder / "photos", desk.opened.database, QUOTA, StandingClock().now)
    await photos.load()
    names = [await photos.keep(JPEG + bytes([number])) for number in range(3)]
    for name in names:
        picture = Photo(sha256=name, size=len(JPEG) + 1, at=NOW)
        last = await desk.opened.records.append(
            lambda link, picture=picture: msgspec.structs.replace(scan(link), photos=(picture,))
        )
        await photos.settle(name, "SENT")
    await desk.opened.records.mark_received(Range(epoch=last.epoch, first=1, last=last.seq, head=last.hash))
    assert await photos.next() is None
    await desk.command(name="RESEND", epoch=last.epoch, first=1, last=last.seq - 1)
    assert await photos.waiting() == 2
    await photos.settle(names[0], "SENT")
    assert (await photos.next()).sha256 == names[1]
