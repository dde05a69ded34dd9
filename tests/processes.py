"""Child processes of a test run: installed where missing, tethered to the run, stopped for sure.

Here belongs what any server needs; which servers there are stands in `tests/servers.py`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOPBACK = "127.0.0.1"
START_S = 20.0
STOP_S = 10.0
INSTALL_S = 600
ROOT = Path(__file__).resolve().parent.parent  # the product under test is the one in this work tree
SBIN = "/usr/sbin:/usr/local/sbin:/sbin"


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that was free a moment ago; whoever starts a server on it tries again if it was taken meanwhile."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts TCP connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


@functools.cache
def installed(command: str, *packages: str) -> str:
    """Path of a command, after installing its Debian packages if it is missing."""
    path = _which(command)
    if path is None:
        _apt_get("update")
        _apt_get("install", "-y", "--no-install-recommends", *packages)
        path = _which(command)
    if path is None:
        raise RuntimeError(f"{command} is missing: install the Debian package(s) {' '.join(packages)}")
    return path


def _which(command: str) -> str | None:
    if command == "postgres":  # Debian keeps the server's binaries off the PATH
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        return str(found[-1]) if found else shutil.which(command)
    return shutil.which(command, path=f"{os.environ.get('PATH', '')}:{SBIN}")  # noqa: TID251 -- PATH of the test run


def _apt_get(*arguments: str) -> None:
    become_root = () if os.geteuid() == 0 else ("sudo", "-n")
    # RUNLEVEL=1: Debian then starts no system-wide service beside the ones started here
    command = (*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")


def unprivileged(*wanted: str) -> str | None:
    """User to run a server as that refuses root: the first of `wanted` that exists, else nobody; None if not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in wanted if name in names), "nobody")


def tether(user: str | None = None) -> tuple[str, ...]:
    """Words before a command: it dies with the thread that started it, and runs as `user` if one is given."""
    words = ("setpriv", "--pdeathsig", "KILL")
    if user is None:
        return (*words, "--")
    return (*words, "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups", "--")


@dataclass(kw_only=True)
class Process:
    """A child in its own process group that dies with the test run; its output goes to `folder`/NAME.log."""

    name: str
    command: Sequence[str]
    folder: Path
    user: str | None = None
    env: dict[str, str] | None = None
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def environment(self) -> dict[str, str]:
        """What the child finds in its environment."""
        return {**os.environ, "PYTHONPATH": str(ROOT), **(self.env or {})}  # noqa: TID251 -- handed to children

    @property
    def pid(self) -> int:
        assert self.child is not None
        return self.child.pid

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def spawn(self) -> Self:
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                (*tether(self.user), *self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
            )
        return self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group (a child's children included)."""
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, number)

    def kill(self) -> None:
        """kill -9: nothing is flushed, no good-bye is said."""
        self.signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """SIGTERM, then kill -9 if it does not go."""
        if self.running:
            self.signal(signal.SIGTERM)
            assert self.child is not None
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(STOP_S)
        self.kill()

    def _reap(self) -> None:
        if self.child is not None:
            self.child.wait(STOP_S)

    def tail(self, size: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else "(no log)"


@dataclass(kw_only=True)
class Server(Process):
    """A process that is up when its TCP port answers."""

    port: int = 0
    host: str = LOOPBACK

    def ready(self) -> bool:
        """Whether it serves; a server that listens before it can serve asks more here."""
        return listens(self.port)

    def start(self, timeout_s: float = START_S) -> Self:
        """Start and wait until it serves; RuntimeError with the end of its log if it does not."""
        self.spawn()
        try:
            wait_for(lambda: self.ready() or not self.running, timeout_s, what=f"{self.name} on {self.port}")
        except AssertionError as error:
            self.kill()
            raise RuntimeError(f"{error}\n{self.tail()}") from None
        if not self.running:
            self._reap()
            raise RuntimeError(f"{self.name} ended at once:\n{self.tail()}")
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
