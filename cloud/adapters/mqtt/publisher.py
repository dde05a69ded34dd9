"""Publishes what is not ingest's: manifests and commands, at QoS 1, from any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho

from cloud import clock
from cloud.adapters.mqtt.endpoint import KEEPALIVE_S, new_client
from cloud.flows.dispatch import NotTakenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud.adapters.mqtt.endpoint import Endpoint

RECONNECT_DELAY_MAX_S = 15
PUBLISH_TIMEOUT_S = 10.0


class PublishError(Exception):
    """The broker did not take a message; the caller's row stays due."""


class Publisher:
    """Publishes at QoS 1 from any thread and returns once the broker has the message; reconnects by itself."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = new_client(endpoint, paho.Client)
        self._client.reconnect_delay_set(1, RECONNECT_DELAY_MAX_S)
        self._endpoint = endpoint
        self._refused: dict[int, str] = {}  # reason by packet identifier, of which there are 65 535
        self._client.on_publish = self._answered

    def start(self, on_connect: Callable[[], None] = lambda: None) -> None:
        """Begin to connect; `on_connect` is called at every connection, in paho's thread."""

        def connected(_client: object, _userdata: object, _flags: object, reason: Any, _props: object) -> None:
            if not reason.is_failure:
                on_connect()

        self._client.on_connect = connected
        self._client.connect_async(self._endpoint.host, self._endpoint.port, KEEPALIVE_S)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish one message.

        Raises:
            PublishError: there is no connection, or the broker does not answer in time.
            NotTakenError: the broker refuses the message (MQTT 5 §3.4.2.1), by its access list or a quota.
        """
        deadline_s = clock.monotonic_s() + PUBLISH_TIMEOUT_S
        if not self._client.is_connected():
            raise PublishError("no connection to the broker")
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        try:
            sent.wait_for_publish(deadline_s - clock.monotonic_s())
        except (ValueError, RuntimeError) as error:
            raise PublishError(str(error)) from error
        if not sent.is_published():
            raise PublishError("the broker has not confirmed in time")
        if (reason := self._refused.pop(sent.mid, None)) is not None:
            raise NotTakenError(f"{topic}: {reason}")

    def _answered(self, _client: object, _userdata: object, mid: int, reason: Any, _props: object) -> None:
        # paho calls this before `publish` wakes up. Nobody subscribed (0x10) is no failure: what is retained is kept.
        if reason.is_failure:
            self._refused[mid] = str(reason)
        else:
            self._refused.pop(mid, None)

    def stop(self) -> None:
        """Say good-bye and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()
