"""A broker for one box: Mosquitto where it is installed, else the one from a wheel (iotcore), on loopback only.

A configured broker makes this module idle. What is said here is a command to run; `cloud.app` keeps it running.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.envelope import MANIFEST_BYTES_MAX

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
IN_FLIGHT_MAX = 1_000  # the default of 20 would be the largest batch that ingest could ever take
PAYLOAD_BYTES_MAX = MANIFEST_BYTES_MAX + 4_096
CONNECTIONS_MAX = 1_024
# The embedded broker keeps its log in memory and drops the oldest segment when it is full.
SEGMENT_BYTES = 100 * 2**20
SEGMENTS_MAX = 10
PARENT_POLL_S = 1.0

_MOSQUITTO = """\
listener {port} {host}
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 60
max_inflight_messages {in_flight}
max_queued_messages 0
set_tcp_nodelay true
{user}
"""
_IOTCORE = """\
id = 0
[router]
id = 0
max_connections = {connections}
max_outgoing_packet_count = 200
max_segment_size = {segment}
max_segment_count = {segments}
[v5.1]
name = "v5-1"
listen = "{host}:{port}"
next_connection_delay_ms = 1
    [v5.1.connections]
    connection_timeout_ms = 60000
    max_payload_size = {payload}
    max_inflight_count = 200
    dynamic_filters = true
"""


@dataclass(frozen=True, kw_only=True)
class LocalBroker:
    """A broker to start: run `command`, then MQTT 5 is spoken at `host`:`port`."""

    kind: str  # mosquitto / embedded
    command: tuple[str, ...]
    host: str
    port: int


def local_broker(folder: Path, port: int = 0, *, embedded: bool | None = None) -> LocalBroker:
    """Write the configuration of a local broker into `folder` and return how to start it; port 0 takes a free one.

    `embedded` forces the one from the wheel (True) or Mosquitto (False); None prefers Mosquitto, which keeps what it
    has over a restart. The embedded one forgets: gates hold their records until the cloud's receipt, and manifests
    are sent again, so nothing is lost by that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or _free_port()
    mosquitto = _find_mosquitto()
    if embedded is False and mosquitto is None:
        raise FileNotFoundError("mosquitto is not installed")
    if embedded or mosquitto is None:
        return _embedded(folder, port)
    path = folder / "mosquitto.conf"
    user = "user root" if os.geteuid() == 0 else ""  # another user could not write into the folder
    path.write_text(_MOSQUITTO.format(port=port, host=LOOPBACK, folder=folder, in_flight=IN_FLIGHT_MAX, user=user))
    return LocalBroker(kind="mosquitto", command=(mosquitto, "-c", str(path)), host=LOOPBACK, port=port)


def _embedded(folder: Path, port: int) -> LocalBroker:
    path = folder / "broker.toml"
    path.write_text(
        _IOTCORE.format(
            host=LOOPBACK,
            port=port,
            connections=CONNECTIONS_MAX,
            segment=SEGMENT_BYTES,
            segments=SEGMENTS_MAX,
            payload=PAYLOAD_BYTES_MAX,
        )
    )
    command = (sys.executable, "-m", "cloud.adapters.broker", str(path))
    return LocalBroker(kind="embedded", command=command, host=LOOPBACK, port=port)


def _find_mosquitto() -> str | None:
    # Debian puts it where an ordinary user's PATH does not look.
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        return int(sock.getsockname()[1])


def _run_embedded(config: str) -> None:
    """Be the embedded broker until this process is ended, or its parent is gone."""
    from iotcore.iotcore import IotCoreBroker  # noqa: PLC0415 - 14 MB that only this child needs

    parent = os.getppid()

    def leave_with_parent() -> None:
        while os.getppid() == parent:
            threading.Event().wait(PARENT_POLL_S)
        os._exit(0)

    threading.Thread(target=leave_with_parent, daemon=True).start()
    IotCoreBroker(config_path=config).run_forever()


if __name__ == "__main__":
    _run_embedded(sys.argv[1])
