"""Satellite receiver through gpsd: gpsd-py3, confined to one thread because its connection is a global and may block.

Belongs here: an honest fix, with age and accuracy. Whether it suffices for a place is judged elsewhere (R-058, R-112).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import socket
import threading
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import gpsd

from edge.ports import Fix

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

POLL_S = 0.5  # receivers report once a second; the fix must not lag far behind, the clock is checked against it
ANSWER_S_MAX = 2.0  # a stopped gpsd accepts connections and never answers
SILENT_AFTER_S = 3.0  # receivers speak once a second; gpsd itself repeats the last fix for ever
RECONNECT_DELAY_MIN_S = 0.5
RECONNECT_DELAY_MAX_S = 10.0
STOP_WAIT_MAX_S = ANSWER_S_MAX + 1.0
MODE_2D = 2

DOWN = "GPS-DOWN"
SILENT = "GPS-SILENT"
NO_FIX = "GPS-NO-FIX"


class GpsdLocator:
    """The receiver behind the gpsd at `host`:`port`; implements `edge.ports.Locator`. One per process."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        monotonic_s: Callable[[], float],
        poll_s: float = POLL_S,
        silent_after_s: float = SILENT_AFTER_S,
    ) -> None:
        self._address = (host, port)
        self._monotonic_s = monotonic_s
        self._poll_s = poll_s
        self._silent_after_s = silent_after_s
        self._fix = Fix(mode=0, why=DOWN)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def fix(self) -> Fix:
        """Return the last fix known; never blocks."""
        return self._fix

    def start(self) -> None:
        """Begin to ask gpsd."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="gpsd", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """End the thread and the connection."""
        self._stop.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, STOP_WAIT_MAX_S)

    def _run(self) -> None:
        delay_s = RECONNECT_DELAY_MIN_S
        while not self._stop.is_set():
            try:
                self._connect()
                while not self._stop.is_set():
                    self._fix = self._ask()
                    delay_s = RECONNECT_DELAY_MIN_S
                    self._stop.wait(self._poll_s)
            except Exception as error:  # noqa: BLE001 - OSError, TimeoutError, JSON at EOF, and gpsd-py3's bare Exception
                if self._fix.why != DOWN:
                    log.warning("gpsd at %s:%d: %r", *self._address, error)
                self._fix = self._without_position(mode=0, why=DOWN)
            finally:
                self._disconnect()
            self._stop.wait(delay_s)
            delay_s = min(delay_s * 2, RECONNECT_DELAY_MAX_S)

    def _connect(self) -> None:
        """Connect and greet. gpsd-py3's own connect() knows no time-out; it polls and parses on this connection."""
        self._socket = socket.create_connection(self._address, timeout=ANSWER_S_MAX)
        stream = self._socket.makefile("rw", encoding="utf-8", newline="\n")
        gpsd.gpsd_socket, gpsd.gpsd_stream = self._socket, stream
        greeting = json.loads(stream.readline())
        if greeting.get("class") != "VERSION":
            raise ConnectionError(f"not a gpsd: {greeting}")
        stream.write('?WATCH={"enable":true}\n')
        stream.flush()
        for _ in ("DEVICES", "WATCH"):
            json.loads(stream.readline())

    def _disconnect(self) -> None:
        for each in (gpsd.gpsd_stream, self._socket):
            if each is not None:
                with contextlib.suppress(OSError, ValueError):  # closing flushes what a dead peer never took
                    each.close()
        gpsd.gpsd_stream = gpsd.gpsd_socket = self._socket = None

    def _ask(self) -> Fix:
        """Poll once. Raises what gpsd-py3 raises when the connection is of no more use."""
        try:
            report = gpsd.get_current()
        except UserWarning:  # raised, not warned: gpsd has no active receiver
            return self._without_position(mode=0, why=SILENT)
        except (IndexError, KeyError):  # no position or sky report yet
            return self._without_position(mode=0, why=NO_FIX)
        seen, used = (report.sats, report.sats_valid) if report.sats else (None, None)  # 0: no word of them
        if report.mode < MODE_2D or not report.time:
            return replace(
                self._without_position(mode=report.mode, why=NO_FIX), satellites_seen=seen, satellites_used=used
            )
        gps_time = datetime.fromisoformat(report.time)
        now_s = self._monotonic_s()
        fresh_mono_s = now_s if gps_time != self._fix.gps_time else self._fix.fresh_mono_s
        if now_s - fresh_mono_s > self._silent_after_s:
            return self._without_position(mode=0, why=SILENT)
        return Fix(
            mode=report.mode,
            lat=report.lat,
            lon=report.lon,
            accuracy_m=accuracy_m(report.error),
            gps_time=gps_time,
            fresh_mono_s=fresh_mono_s,
            satellites_seen=seen,
            satellites_used=used,
        )

    def _without_position(self, *, mode: int, why: str) -> Fix:
        # time and age stay known, so that a receiver that repeats itself is not taken for a fresh one
        return Fix(mode=mode, gps_time=self._fix.gps_time, fresh_mono_s=self._fix.fresh_mono_s, why=why)


def accuracy_m(error: dict[str, Any]) -> float | None:
    """Return the radius of the error circle in metres from gpsd's `epx` and `epy`; None where either is unknown.

    gpsd-py3 writes 0 for "not known"; taken for metres that would be perfection (R-112).
    """
    east_m, north_m = error.get("x"), error.get("y")
    return math.hypot(east_m, north_m) if east_m and north_m else None
