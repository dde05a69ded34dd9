"""Where the broker is and who we are there: what every connection of the cloud begins with (MQTT 5 by paho)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    from pathlib import Path

KEEPALIVE_S = 10
CONNECT_TIMEOUT_S = 5.0
ClientT = TypeVar("ClientT", bound=paho.Client)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where the broker is and who we are there; `ca_file` set means TLS, certified by that authority only."""

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


def new_client(endpoint: Endpoint, kind: type[ClientT], *, manual_ack: bool = False) -> ClientT:
    """Return a client that is not connected yet."""
    client = kind(
        CallbackAPIVersion.VERSION2,
        client_id=endpoint.client_id,
        protocol=paho.MQTTv5,
        manual_ack=manual_ack,
        reconnect_on_failure=True,
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    if endpoint.username:
        client.username_pw_set(endpoint.username, endpoint.password or None)
    if endpoint.ca_file is not None:
        client.tls_set(
            str(endpoint.ca_file),
            str(endpoint.cert_file) if endpoint.cert_file else None,
            str(endpoint.key_file) if endpoint.key_file else None,
        )
    return client
