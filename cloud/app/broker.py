"""The process `broker`: a local one, where none is configured."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cloud.adapters.broker import local_broker
from cloud.app.supervisor import Child, Supervisor
from cloud.settings import SettingsError

if TYPE_CHECKING:
    import threading

    from cloud.settings import Settings

_log = logging.getLogger(__name__)


def broker(settings: Settings, stop: threading.Event) -> None:
    """Keep a local broker up until `stop`."""
    embedded = {"auto": None, "mosquitto": False, "embedded": True}[settings.mqtt.local]
    try:
        local = local_broker(settings.path("broker"), settings.mqtt.port, embedded=embedded)
    except FileNotFoundError as error:
        raise SettingsError(f"mqtt.local: {error}") from error
    _log.info("broker: %s on %s:%d", local.kind, local.host, local.port)
    Supervisor([Child(name=local.kind, command=local.command)]).run(stop)
