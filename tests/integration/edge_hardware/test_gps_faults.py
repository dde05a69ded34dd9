"""The locator against a real gpsd: every way in which a receiver or its daemon fails, and its return."""

import asyncio
import contextlib
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest

from edge.adapters.gps import GpsdLocator
from edge.emulate import nmea
from edge.emulate.gps import GpsEmulator, GpsError
from edge.emulate.settings import GpsSettings
from tests.processes import installed
from tests.waiting import eventually

YARD = (25.152, 121.748)
START = datetime(2026, 11, 23, 1, 0, 0, tzinfo=UTC)
WITHIN_S = 20.0


class Receiver:
    """Feeds gpsd one epoch each 0.1 s; `place` None is no fix, `silent` sends nothing."""

    def __init__(self, gpsd):
        self.gpsd, self.place, self.silent, self.at = gpsd, YARD, False, START

    async def run(self):
        while True:
            self.at += timedelta(seconds=1)
            if not self.silent:
                text = nmea.epoch(self.at, *self.place) if self.place else nmea.epoch_without_fix(self.at)
                with contextlib.suppress(OSError):
                    self.gpsd.feed(text)
            await asyncio.sleep(0.1)


@pytest.fixture
async def receiver(gpsd):
    fed = Receiver(gpsd)
    task = asyncio.create_task(fed.run())
    yield fed
    task.cancel()


@pytest.fixture
async def locate():
    started = []

    def start(port):
        locator = GpsdLocator("127.0.0.1", port, monotonic_s=time.monotonic, poll_s=0.1, silent_after_s=1.0)
        locator.start()
        started.append(locator)
        return locator

    yield start
    for locator in started:
        await locator.stop()


async def has_fix(locator):
    return await eventually(lambda: locator.fix().mode == 3 and locator.fix(), WITHIN_S, what="a fix")


async def has_fault(locator, code):
    fix = await eventually(lambda: locator.fix().why == code and locator.fix(), WITHIN_S, what=code)
    assert (fix.lat, fix.lon, fix.accuracy_m) == (None, None, None)
    assert fix.mode < 2


@pytest.mark.req("R-112")
async def test_a_fix_has_place_accuracy_time_and_age(receiver, locate, gpsd):
    locator = locate(gpsd.port)
    fix = await eventually(lambda: locator.fix().accuracy_m and locator.fix(), WITHIN_S, what="an accuracy")
    assert (fix.lat, fix.lon) == (pytest.approx(YARD[0], abs=1e-6), pytest.approx(YARD[1], abs=1e-6))
    assert 1 < fix.accuracy_m < 50
    assert START < fix.gps_time <= receiver.at
    assert 0 <= time.monotonic() - fix.fresh_mono_s < 60
    fix = await eventually(lambda: locator.fix().satellites_seen and locator.fix(), WITHIN_S, what="the sky")
    assert 4 <= fix.satellites_used <= fix.satellites_seen == len(nmea.SKY)
    assert fix.why == ""


@pytest.mark.req("R-050")
async def test_without_gpsd_the_fault_is_named_and_ends_when_it_starts(receiver, locate, gpsd):
    gpsd.stop()
    locator = locate(gpsd.port)
    await has_fault(locator, "GPS-DOWN")
    await asyncio.to_thread(gpsd.start)
    await has_fix(locator)


@pytest.mark.req("R-050")
@pytest.mark.req("R-058")
async def test_no_fix_under_a_roof_and_a_fix_outside(receiver, locate, gpsd):
    receiver.place = None
    locator = locate(gpsd.port)
    await has_fault(locator, "GPS-NO-FIX")
    receiver.place = YARD
    await has_fix(locator)


@pytest.mark.req("R-058")
async def test_a_silent_receiver_is_no_fix_although_gpsd_repeats_the_last_one(receiver, locate, gpsd):
    locator = locate(gpsd.port)
    known = await has_fix(locator)
    receiver.silent = True
    await has_fault(locator, "GPS-SILENT")
    assert locator.fix().fresh_mono_s >= known.fresh_mono_s  # the age stays honest
    receiver.silent = False
    await has_fix(locator)


@pytest.mark.req("R-058")
async def test_a_hung_gpsd_never_blocks_who_asks(receiver, locate, gpsd):
    locator = locate(gpsd.port)
    await has_fix(locator)
    gpsd.signal(signal.SIGSTOP)
    try:
        await has_fault(locator, "GPS-DOWN")
    finally:
        gpsd.signal(signal.SIGCONT)
    await has_fix(locator)


@pytest.mark.req("R-058")
async def test_a_killed_gpsd_is_down_and_comes_back(receiver, locate, gpsd):
    locator = locate(gpsd.port)
    await has_fix(locator)
    gpsd.kill()
    await has_fault(locator, "GPS-DOWN")
    await asyncio.to_thread(gpsd.start)
    await has_fix(locator)


async def test_a_moving_receiver_is_followed(receiver, locate, gpsd):
    locator = locate(gpsd.port)
    await has_fix(locator)
    receiver.place = (25.172, 121.748)
    await eventually(lambda: locator.fix().lat == pytest.approx(25.172, abs=1e-6), WITHIN_S)


async def test_something_else_on_the_port_is_down(locate):
    async def greet(_reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        locator = locate(server.sockets[0].getsockname()[1])
        await has_fault(locator, "GPS-DOWN")


async def test_it_stops_while_gpsd_hangs(receiver, gpsd):
    locator = GpsdLocator("127.0.0.1", gpsd.port, monotonic_s=time.monotonic, poll_s=0.1)
    locator.start()
    await has_fix(locator)
    gpsd.signal(signal.SIGSTOP)
    try:
        await locator.stop()
        assert not locator._thread.is_alive()
    finally:
        gpsd.signal(signal.SIGCONT)


async def test_where_gpsd_does_not_start_its_protocol_is_spoken_instead(monkeypatch, locate):
    monkeypatch.setattr("edge.emulate.gps.find_gpsd", lambda: "/bin/false")
    emulated = GpsEmulator(GpsSettings(lat=YARD[0], lon=YARD[1]))
    await emulated.start()
    assert emulated.kind == "own"
    await has_fix(locate(emulated.port))
    await emulated.stop()
    with pytest.raises(GpsError, match="install it"):
        await GpsEmulator(GpsSettings(lat=0, lon=0, source="gpsd")).start()


@pytest.mark.parametrize("source", ["gpsd", "own"])
async def test_the_emulated_receiver_through_gpsd_and_through_its_own_protocol(source, locate):
    assert installed("gpsd", "gpsd")
    emulated = GpsEmulator(GpsSettings(lat=YARD[0], lon=YARD[1], source=source, interval_s=0.2))
    await emulated.start()
    try:
        assert emulated.kind == source
        locator = locate(emulated.port)
        await eventually(lambda: locator.fix().accuracy_m, WITHIN_S, what="an accuracy")
        emulated.state = "outside"
        await eventually(lambda: (locator.fix().lat or 0) > 25.17, WITHIN_S, what="outside")
        emulated.state = "silent"
        await has_fault(locator, "GPS-SILENT")
        emulated.state = "nofix"
        await has_fault(locator, "GPS-NO-FIX")
        emulated.state = "inside"
        await has_fix(locator)
    finally:
        await emulated.stop()
