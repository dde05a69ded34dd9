"""Keeps child processes up: restarts them with back-off, stops them in order, and never leaves one behind."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from cloud.clock import monotonic_s

if TYPE_CHECKING:
    from collections.abc import Sequence

RESTART_DELAY_MIN_S = 0.5
RESTART_DELAY_MAX_S = 30.0
STEADY_S = 60.0  # a child that lived this long is restarted at once
STOP_TIMEOUT_S = 8.0
POLL_S = 0.2

_log = logging.getLogger(__name__)


# The kernel ends a child whose parent has died, however it died; between fork and this call it may have died already.
_TETHER = (
    "import ctypes, os, signal, sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)\n"
    "os.getppid() == int(sys.argv[1]) or sys.exit()\n"
    "os.execv(sys.argv[2], sys.argv[2:])"
)


@dataclass(kw_only=True)
class Child:
    """One process and its history of restarts; children of a higher rank are stopped first."""

    name: str
    command: Sequence[str]
    rank: int = 0
    log_file: str = ""  # empty: our own output
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    retry_s: float = field(default=0.0)
    delay_s: float = RESTART_DELAY_MIN_S
    starts: int = 0

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches us alone and we decide the order."""
        if self.log_file:
            with open(self.log_file, "ab") as output:  # noqa: PTH123 -- a plain name is all we were given
                self.process = self._spawn(output)
        else:
            self.process = self._spawn(None)
        self.started_s = monotonic_s()
        self.starts += 1

    def _spawn(self, output: IO[bytes] | None) -> subprocess.Popen[bytes]:
        # -I -S: the tether is in place within milliseconds, whatever is installed
        tether = (sys.executable, "-I", "-S", "-c", _TETHER, str(os.getpid())) if sys.platform == "linux" else ()
        return subprocess.Popen(  # noqa: S603 -- our own commands
            (*tether, *self.command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def look(self) -> None:
        """Restart the process if it has ended and its time has come."""
        now_s = monotonic_s()
        if self.process is None:
            if now_s >= self.retry_s:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        if now_s - self.started_s >= STEADY_S:
            self.delay_s = RESTART_DELAY_MIN_S
        _log.error("%s ended with code %s; starting it again in %.1f s", self.name, code, self.delay_s)
        self.process, self.retry_s = None, now_s + self.delay_s
        self.delay_s = min(self.delay_s * 2, RESTART_DELAY_MAX_S)

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, deadline_s: float) -> None:
        """Wait for the process to end; end it by force at the deadline."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline_s - monotonic_s()))
        except subprocess.TimeoutExpired:
            _log.warning("%s does not stop: ended by force", self.name)
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Children in the order of their start; they are stopped rank by rank, the highest first."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = list(children)

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            child.start()

    def look(self) -> None:
        """Restart what has ended."""
        for child in self.children:
            child.look()

    def run(self, stop: threading.Event) -> None:
        """Start all, keep them up until `stop` is set, then stop all."""
        try:
            self.start()
            while not stop.wait(POLL_S):
                self.look()
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop every child; each rank has its own time to do so."""
        for rank in sorted({child.rank for child in self.children}, reverse=True):
            asked = [child for child in self.children if child.rank == rank]
            for child in asked:
                child.ask_to_stop()
            deadline_s = monotonic_s() + STOP_TIMEOUT_S
            for child in asked:
                child.stop(deadline_s)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set; a second one ends the process at once."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        if stop.is_set():
            sys.exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop
