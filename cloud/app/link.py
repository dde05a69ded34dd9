"""Where the broker is and who a process is there, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.adapters.mqtt import Endpoint
from cloud.settings import read_secret

if TYPE_CHECKING:
    from cloud.settings import Settings

LOOPBACK = "127.0.0.1"


def endpoint(settings: Settings, name: str) -> Endpoint:
    """Return the broker's place, and `name` as our identity there; raises SettingsError."""
    mqtt = settings.mqtt
    return Endpoint(
        host=mqtt.host or LOOPBACK,
        port=mqtt.port,
        client_id=f"{mqtt.client_id}-{name}",
        username=mqtt.username,
        password=read_secret(settings.path(mqtt.password_file)) if mqtt.password_file else "",
        ca_file=settings.path(mqtt.ca_file) if mqtt.ca_file else None,
        cert_file=settings.path(mqtt.cert_file) if mqtt.cert_file else None,
        key_file=settings.path(mqtt.key_file) if mqtt.key_file else None,
    )
