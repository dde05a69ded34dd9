"""The way to the broker (MQTT 5): `link` stays connected, `session` is one connection."""

from __future__ import annotations

from edge.adapters.mqtt.link import MqttLink, Patience
from edge.adapters.mqtt.session import Target

__all__ = ["MqttLink", "Patience", "Target"]
