"""The pulse: each fault has its code, telemetry tells the truth, systemd hears the heart."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta

import pytest

from edge.clock import SystemClock, clock_fault
from edge.domain.faults import Faults
from edge.health import Health, Keeping, Watchdog
from edge.ports import Board, Fix
from edge.store.papers import PaperStore
from edge.store.photos import PhotoStore
from schemas import envelope, topics
from schemas.envelope import Typ
from schemas.messages import EventTime, GateState, LaneHealth, Quality, Telemetry
from schemas.reasons import Group, group_of
from tests.edge_gate import (
    GATE,
    GATE_KEY,
    IDENTITY,
    JPEG,
    NOW,
    QUOTA,
    Receiver,
    StandingClock,
    WireLink,
    cloud_keys,
    manifest,
    open_outbox,
    signed,
)
from tests.integration.edge_core.scans import scan
from tests.waiting import eventually


@pytest.fixture
async def health(tmp_path):
    clock = StandingClock()
    opened = await open_outbox(tmp_path, clock)
    photos = PhotoStore(tmp_path / "photos", opened.database, QUOTA, clock.now)
    await photos.load()
    yield Health(
        identity=IDENTITY,
        clock=clock,
        gps_offset_s=lambda: None,
        locator=Receiver(clock),
        fix_age_max_s=5.0,
        link=WireLink(),
        faults=Faults(),
        records=opened.records,
        photos=photos,
        papers=PaperStore(tmp_path / "papers", GATE, cloud_keys),
        lanes=[lambda: LaneHealth(lane="1", reader_up=True, camera_up=False)],
        state_dir=tmp_path,
        keeping=Keeping(records_days=14.0, photos_h=72.0),
        every_s=10.0,
    )
    await opened.records.close()


def telemetry(health):
    jws = health.link.of(topics.telemetry(GATE))[-1]
    return envelope.decode(envelope.verify(jws, Typ.TELEMETRY, lambda _kid: GATE_KEY.verifying_key), Telemetry)


async def test_every_missing_thing_has_its_code(health):
    await health.papers.accept(signed(manifest()), health.clock.now())
    health.look()
    assert health.faults.all() == ()
    for code, break_it in (
        ("LINK-DOWN", lambda: setattr(health.link, "up", False)),
        ("GPS-STALE", lambda: setattr(health.locator, "age_s", 6.0)),
        ("SECRETS-UNREAD", lambda: setattr(health.papers, "unopened", "SEALED-KEY")),
        ("CLOCK-UNSET", lambda: setattr(health.clock, "quality", Quality.UNSET)),
    ):
        break_it()
        health.look()
        assert code in health.faults.all()
        assert group_of(code) is Group.FAULT
    health.clock.quality = Quality.NTP
    health.clock.forward(8 * 86_400)
    health.look()
    assert "PAPERS-OLD" in health.faults.all()
    health.papers.in_force = None
    health.look()
    assert {"NO-PAPERS"} == {code for code in health.faults.all() if "PAPERS" in code}


@pytest.mark.req("R-056", "R-111")
async def test_pictures_given_up_at_the_quota_are_told_for_a_day_and_counted_longer(health):
    clock, photos = health.clock, health.photos
    photos._bytes_max = len(JPEG)
    assert await photos.put_up(JPEG, "TEST", 1)
    await photos.keep(JPEG[::-1])
    for hours, told in ((0, True), (23, True), (2, False)):
        clock.forward(hours * 3600)
        health.look()
        assert ("PICTURES-SHED" in health.faults.all()) == told
    await health.report()
    assert telemetry(health).photos_shed == 1


async def test_the_receivers_own_word_is_passed_on(health):
    for why, code in (("GPS-DOWN", "GPS-DOWN"), ("GPS-SILENT", "GPS-SILENT"), ("", "GPS-NO-FIX")):
        health.locator.fix = lambda why=why: Fix(mode=0, why=why)
        health.look()
        assert {code} == {each for each in health.faults.all() if each.startswith("GPS")}


def test_a_clock_that_contradicts_the_satellites_is_told():
    time = EventTime(at=NOW, quality=Quality.RTC)
    assert clock_fault(time, 5.1) == clock_fault(time, -5.1) == "CLOCK-OFF"
    assert clock_fault(time, 4.9) is None
    assert clock_fault(EventTime(at=NOW, quality=Quality.UNSET), None) == "CLOCK-UNSET"


def test_the_clock_takes_the_satellites_quality_only_while_they_agree():
    clock = SystemClock()
    assert clock.now().quality in {Quality.NTP, Quality.RTC}
    for behind_s, quality in ((0, Quality.GNSS), (60, Quality.RTC)):
        gps_time = clock.now().at - timedelta(seconds=behind_s)
        fix = Fix(mode=3, gps_time=gps_time, fresh_mono_s=clock.monotonic_s())
        clock.fix = lambda fix=fix: fix
        assert clock.now().quality is quality
        assert abs(clock.gps_offset_s() - behind_s) < 1
    old = Fix(mode=3, gps_time=clock.now().at, fresh_mono_s=clock.monotonic_s() - 60)
    clock.fix = lambda: old
    assert clock.gps_offset_s() is None


async def test_telemetry_tells_depth_age_head_and_faults(health):
    await health.records.append(scan)
    health.clock.forward(90)
    health.faults.report("CAM-DOWN", stands=True, lane="1")
    await health.report()
    told = telemetry(health)
    assert (told.outbox_depth, told.outbox_oldest_s) == (2, 90.0)
    assert (told.head_epoch, told.head_seq) == health.records.head[:2]
    assert told.faults == ("CAM-DOWN",)
    assert told.lanes[0].camera_up is False
    assert told.disk_free_mb > 0


@pytest.mark.req("R-111")
async def test_telemetry_tells_board_receiver_papers_and_how_long_it_runs(health):
    health.board = lambda: Board(temperature_c=81.5, under_voltage=True)
    await health.papers.accept(signed(manifest()), health.clock.now())
    health.clock.forward(90)
    health.look()
    await health.report()
    told = telemetry(health)
    assert (told.temperature_c, told.under_voltage) == (81.5, True)
    assert (told.gps_mode, told.gps_age_s) == (3, 0.5)
    assert (told.manifest, told.manifest_age_s, told.uptime_s) == (1, 3690.0, 90.0)
    assert {"POWER-LOW", "BOARD-HOT"} <= set(told.faults)
    health.board = lambda: Board(temperature_c=79.9, under_voltage=False)
    health.look()
    assert not {"POWER-LOW", "BOARD-HOT"} & set(health.faults.all())


async def test_a_fix_of_this_moment_is_never_younger_than_now(health):
    health.locator.age_s = -0.3  # its thread was at it since the clock was read
    await health.report()
    assert telemetry(health).gps_age_s == 0.0


async def test_what_nobody_tells_is_unknown_in_telemetry(health):
    health.locator.fix = lambda: Fix(mode=0)
    await health.report()
    told = telemetry(health)
    assert (told.temperature_c, told.under_voltage, told.manifest_age_s, told.gps_age_s) == (None, None, None, None)
    assert told.gps_mode == 0


async def test_birth_and_death_are_signed_and_nothing_is_said_into_a_dead_link(health):
    await health.announce("ONLINE")
    jws = health.link.of(topics.state(GATE))[-1]
    state = envelope.decode(envelope.verify(jws, Typ.STATE, lambda _kid: GATE_KEY.verifying_key), GateState)
    assert (state.state, state.boot) == ("ONLINE", IDENTITY.boot)
    health.link.up = False
    await health.announce("OFFLINE")
    await health.report()
    assert len(health.link.published) == 1


async def test_systemd_hears_the_heart(health, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)  # noqa: FBT003 - the standard library's signature
        health.watchdog = Watchdog(str(tmp_path / "notify"))
        task = asyncio.create_task(health.run())
        said = await eventually(lambda: _heard(systemd))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert said == b"WATCHDOG=1"
    Watchdog(str(tmp_path / "nobody")).say("READY=1")  # and an absent one breaks nothing
    Watchdog(None).say("READY=1")


def _heard(sock):
    try:
        return sock.recv(100)
    except BlockingIOError:
        return b""


async def test_a_fault_of_one_lane_is_not_the_others(health):
    faults = health.faults
    faults.report("CAM-DOWN", stands=True, lane="1")
    faults.report("LINK-DOWN", stands=True)
    assert faults.of("1") == ("CAM-DOWN", "LINK-DOWN")
    assert faults.of("2") == ("LINK-DOWN",)
    faults.report("CAM-DOWN", stands=False, lane="2")
    assert "CAM-DOWN" in faults.all()
