"""The satellite receiver: NMEA into a real gpsd that this starts, or gpsd's own protocol where none is installed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import socket
from typing import TYPE_CHECKING, Any, Literal

from edge.emulate import nmea
from edge.emulate.clock import now

if TYPE_CHECKING:
    from edge.emulate.settings import GpsSettings

log = logging.getLogger(__name__)

GpsState = Literal["inside", "outside", "nofix", "silent"]
OUTSIDE_DEGREES = 0.02  # some 2.2 km
GPSD_UP_S_MAX = 5.0
GPSD_STOP_S_MAX = 2.0
GPSD_PATHS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
STARTS_MAX = 3  # a free port may be taken before gpsd binds it
EPX_M, EPY_M = 9.9, 10.1  # what gpsd 3.22 computes for `nmea.SKY`
HOST = "127.0.0.1"


class GpsError(Exception):
    """gpsd could not be started; the text says why."""


def find_gpsd() -> str | None:
    """Return gpsd's path, None where it is not installed."""
    return shutil.which("gpsd") or shutil.which("gpsd", path=GPSD_PATHS)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port that was free a moment ago: gpsd cannot choose one itself."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def tether() -> tuple[str, ...]:
    """Return the words before a command that make it die with this process, however that dies (Linux: setpriv)."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    # gpsd gives root up by itself, which would take the tether off: start it without
    user = ("--reuid", "nobody", "--clear-groups") if os.geteuid() == 0 else ()
    return (setpriv, "--pdeathsig", "TERM", *user, "--")


class GpsEmulator:
    """One receiver and the server that the agent asks; `port` speaks gpsd's protocol."""

    def __init__(self, settings: GpsSettings) -> None:
        self._settings = settings
        self.state: GpsState = settings.state
        self.port = settings.port
        self.gpsd: asyncio.subprocess.Process | None = None
        self._server: asyncio.Server | None = None
        self._feed: asyncio.Task[None] | None = None
        self._nmea_port = 0

    @property
    def kind(self) -> str:
        """What answers at `port`: "gpsd" or "own"."""
        return "gpsd" if self.gpsd is not None else "own"

    async def start(self) -> None:
        """Start gpsd and feed it, or serve its protocol where gpsd is missing or does not start. Raises GpsError."""
        source, path = self._settings.source, find_gpsd()
        if source != "own" and path is not None:
            for _ in range(STARTS_MAX):
                if await self._start_gpsd(path):
                    self._feed = asyncio.create_task(self._feed_gpsd())
                    return
            log.warning("%s does not answer on port %d", path, self.port)
        if source == "gpsd":
            raise GpsError('gps.source is "gpsd" and gpsd does not start here; install it or write "auto"')
        self.gpsd = None
        self._server = await asyncio.start_server(self._converse, HOST, self._settings.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop feeding and end gpsd."""
        if self._feed is not None:
            self._feed.cancel()
        if self._server is not None:
            self._server.close()
        if self.gpsd is not None and self.gpsd.returncode is None:
            self.gpsd.terminate()
            try:
                await asyncio.wait_for(self.gpsd.wait(), GPSD_STOP_S_MAX)
            except TimeoutError:
                self.gpsd.kill()
                await self.gpsd.wait()

    def place(self) -> tuple[float, float] | None:
        """Return where the receiver is (latitude, longitude); None without a fix."""
        settings = self._settings
        if self.state == "inside":
            return settings.lat, settings.lon
        if self.state == "outside":
            lat = settings.lat + OUTSIDE_DEGREES if settings.outside_lat is None else settings.outside_lat
            return lat, settings.lon if settings.outside_lon is None else settings.outside_lon
        return None

    async def _start_gpsd(self, path: str) -> bool:
        self.port = self._settings.port or free_port()
        self._nmea_port = free_port(socket.SOCK_DGRAM)
        # -N foreground, -n poll the receiver without waiting for a client, -S where to answer
        self.gpsd = await asyncio.create_subprocess_exec(
            *tether(), path, "-N", "-n", "-S", str(self.port), f"udp://{HOST}:{self._nmea_port}",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GPSD_UP_S_MAX):
                while self.gpsd.returncode is None:
                    with contextlib.suppress(OSError):
                        _, writer = await asyncio.open_connection(HOST, self.port)
                        writer.close()
                        return True
                    await asyncio.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            self.gpsd.kill()
        await self.gpsd.wait()
        return False

    async def _feed_gpsd(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.setblocking(False)  # noqa: FBT003 - the library's own signature
            while True:
                if self.state != "silent":
                    place = self.place()
                    text = nmea.epoch(now(), *place) if place else nmea.epoch_without_fix(now())
                    with contextlib.suppress(OSError):  # gpsd is being restarted
                        wire.sendto(text.encode(), (HOST, self._nmea_port))
                await asyncio.sleep(self._settings.interval_s)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much of gpsd's protocol as a polling client needs (gpsd_json(5): VERSION, WATCH, POLL)."""
        last: dict[str, Any] = {"class": "TPV", "device": "/dev/emulated", "mode": 1}

        def say(document: dict[str, Any]) -> None:
            writer.write(json.dumps(document).encode() + b"\r\n")

        say({"class": "VERSION", "release": "3.22", "rev": "emulated", "proto_major": 3, "proto_minor": 14})
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                if line.startswith(b"?WATCH"):
                    say(
                        {
                            "class": "DEVICES",
                            "devices": [{"class": "DEVICE", "path": "/dev/emulated", "driver": "NMEA0183"}],
                        }
                    )
                    say({"class": "WATCH", "enable": True, "json": False})
                elif line.startswith(b"?POLL"):
                    if self.state != "silent":
                        last = self._tpv()
                    sky = {"class": "SKY", "satellites": []}
                    say({"class": "POLL", "time": last.get("time", ""), "active": 1, "tpv": [last], "sky": [sky]})
                await writer.drain()
        writer.close()

    def _tpv(self) -> dict[str, Any]:
        report: dict[str, Any] = {"class": "TPV", "device": "/dev/emulated", "mode": 1}
        at = now()
        report["time"] = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
        place = self.place()
        if place is not None:
            report |= {
                "mode": 3,
                "lat": place[0],
                "lon": place[1],
                "epx": EPX_M,
                "epy": EPY_M,
                "track": 0.0,
                "speed": 0.0,
            }
        return report
