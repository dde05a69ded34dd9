"""The real servers that integration, web and system tests run against: installed once, started, and surely stopped.

What a test may ask for (each listens on loopback, on a port the system chose, in a folder of its own):

* ``mosquitto``        `Mosquitto` (.host .port .url), MQTT 5, persistence, 1,000 in flight; .kill() .start() .stop()
* ``embedded_broker``  the product's own broker (`cloud.adapters.broker`), the same attributes
* ``postgres_url``     a fresh, empty database of a real PostgreSQL (fsync on), as a SQLAlchemy URL
* ``gpsd``             `Gpsd` (.host .port), fed over UDP by .feed(nmea)
* ``victoria_metrics`` `VictoriaMetrics` (.url), takes InfluxDB writes; .export(match) reads them back
* ``browser``          headless Chromium of Playwright's sync API; one per test (its loop must end with it)
* ``chromium``         where Chromium lies and how to start it, for tests that need several or the async API

A server that is missing is installed with apt-get (as root, or where ``sudo -n`` works); a test that cannot have its
server fails, it never skips. Each process is tethered: when the test run dies, however it dies, so does the server.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import psycopg
import pytest
from playwright.sync_api import sync_playwright

from cloud.adapters.broker import local_broker
from tests.processes import LOOPBACK, Server, free_port, installed, tether, unprivileged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

ServerT = TypeVar("ServerT", bound=Server)

START_ATTEMPTS_MAX = 5
QUERY_S = 10.0
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(kw_only=True)
class Mosquitto(Server):
    """Mosquitto as deploy/ runs it, without TLS."""

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    @classmethod
    def create(cls, folder: Path, *extra: str) -> Self:
        """Write the configuration (plus `extra` lines); not yet started."""
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        lines = (
            f"listener {port} {LOOPBACK}",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {folder}/",
            "max_inflight_messages 1000",
            "max_queued_messages 0",
            "set_tcp_nodelay true",
            # dropping to another user would take the tether off and bar it from the folder
            *(("user root",) if os.geteuid() == 0 else ()),
            *extra,
        )
        path = folder / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        command = (installed("mosquitto", "mosquitto"), "-c", str(path))
        return cls(name="mosquitto", command=command, folder=folder, port=port)


@dataclass(kw_only=True)
class EmbeddedBroker(Server):
    """The product's own broker from a wheel, started the way `cloud.app` starts it."""

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Write its configuration; not yet started."""
        local = local_broker(folder, embedded=True)
        return cls(name="embedded-broker", command=local.command, folder=folder, port=local.port)


@dataclass(kw_only=True)
class Gpsd(Server):
    """A real gpsd that takes NMEA over UDP."""

    feed_port: int = 0

    def feed(self, nmea: str | bytes) -> None:
        """Send one datagram of NMEA sentences (with their line ends) to the receiver's side."""
        payload = nmea.encode() if isinstance(nmea, str) else nmea
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(payload, (LOOPBACK, self.feed_port))

    @classmethod
    def create(cls, folder: Path) -> Self:
        folder.mkdir(parents=True, exist_ok=True)
        port, feed_port = free_port(), free_port(socket.SOCK_DGRAM)
        source = f"udp://{LOOPBACK}:{feed_port}"
        command = (installed("gpsd", "gpsd"), "-N", "-n", "-S", str(port), source)
        # gpsd drops root by itself, which would take the tether off: start it unprivileged
        return cls(name="gpsd", command=command, folder=folder, user=unprivileged(), port=port, feed_port=feed_port)


@dataclass(kw_only=True)
class VictoriaMetrics(Server):
    """A real time-series server that takes what influxdb-client writes (/api/v2/write)."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def export(self, match: str) -> list[str]:
        """Every series that matches (e.g. '{__name__=~"scan_.*"}') as JSON lines, freshly written points included."""
        urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=QUERY_S).close()
        query = urllib.parse.urlencode({"match[]": match})
        with urllib.request.urlopen(f"{self.url}/api/v1/export?{query}", timeout=QUERY_S) as answer:
            return str(answer.read(), "utf-8").splitlines()

    @classmethod
    def create(cls, folder: Path) -> Self:
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        command = (
            installed("victoria-metrics", "victoria-metrics"),
            f"-storageDataPath={folder / 'points'}",
            f"-httpListenAddr={LOOPBACK}:{port}",
            "-retentionPeriod=100y",
            "-memory.allowedPercent=5",
        )
        return cls(name="victoria-metrics", command=command, folder=folder, port=port)


@dataclass(kw_only=True)
class Postgres(Server):
    """One PostgreSQL cluster for the run; `database()` gives each test its own."""

    databases: int = 0

    @classmethod
    def create(cls, folder: Path) -> Self:
        binaries = Path(installed("postgres", "postgresql")).resolve().parent
        user = unprivileged("postgres")
        if user is not None:
            shutil.chown(folder, user)
        place = folder / "cluster"
        init = (*tether(user), str(binaries / "initdb"), "-D", str(place), "-U", "sealgate", "--locale=C.UTF-8")
        subprocess.run((*init, "-A", "trust", "--no-sync"), check=True, capture_output=True, cwd=folder)
        port = free_port()
        settings = (f"listen_addresses={LOOPBACK}", f"unix_socket_directories={folder}", "fsync=on")
        options = tuple(word for setting in settings for word in ("-c", setting))
        command = (str(binaries / "postgres"), "-D", str(place), "-p", str(port), *options)
        return cls(name="postgres", command=command, folder=folder, user=user, port=port)

    def ready(self) -> bool:
        """PostgreSQL listens while it still recovers."""
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://sealgate@{self.host}:{self.port}/postgres").close()
            return True
        return False

    def stop(self) -> None:
        """Immediate shutdown: nobody reads these databases again, so no last checkpoint is written."""
        if self.running:
            self.signal(signal.SIGQUIT)
        super().stop()

    def database(self) -> str:
        """Create an empty database and return its URL (psycopg 3)."""
        self.databases += 1
        name = f"test_{self.databases}"
        place = f"sealgate@{self.host}:{self.port}"
        with psycopg.connect(f"postgresql://{place}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://{place}/{name}"


def started(make: Callable[[], ServerT]) -> ServerT:
    """Make and start a server; again on other ports if somebody took the one it was given."""
    for _ in range(START_ATTEMPTS_MAX - 1):
        try:
            return make().start()
        except RuntimeError as error:
            if "in use" not in str(error).lower():
                raise
    return make().start()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto of this test's own."""
    with started(lambda: Mosquitto.create(tmp_path / "mosquitto")) as server:
        yield server


@pytest.fixture
def embedded_broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """The product's own broker, of this test's own."""
    with started(lambda: EmbeddedBroker.create(tmp_path / "embedded-broker")) as server:
        yield server


@pytest.fixture
def gpsd(tmp_path: Path) -> Iterator[Gpsd]:
    """A gpsd of this test's own."""
    tmp_path.chmod(0o755)
    with started(lambda: Gpsd.create(tmp_path / "gpsd")) as server:
        yield server


@pytest.fixture
def victoria_metrics(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """A VictoriaMetrics of this test's own."""
    with started(lambda: VictoriaMetrics.create(tmp_path / "victoria-metrics")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL of this run; its folder lies outside pytest's, which only its owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="sealgate-postgres-"))
    folder.chmod(0o755)
    try:
        with started(lambda: Postgres.create(Path(tempfile.mkdtemp(dir=folder)))) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """A fresh, empty database."""
    return postgres.database()


@dataclass(frozen=True, kw_only=True)
class Chromium:
    """Where Chromium lies and how it is started here."""

    path: str
    flags: tuple[str, ...] = CHROMIUM_FLAGS


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """Debian's Chromium, for Playwright's `executable_path` and `args`."""
    return Chromium(path=installed("chromium", "chromium"))


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Browser]:
    """A headless Chromium of this test's own (Playwright, sync API)."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.path, args=[*chromium.flags])
        yield launched
        launched.close()
