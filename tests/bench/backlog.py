"""A backlog that waits at the broker, and how fast paho alone takes it: the bare limit beside which ingest stands."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud.adapters.mqtt.ingest_loop import RECEIVE_MAX, SESSION_EXPIRY_S
from schemas import topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers import Mosquitto

WINDOW = 200  # unconfirmed publishes while the backlog is laid


def session_of() -> Properties:
    session = Properties(PacketTypes.CONNECT)
    session.SessionExpiryInterval = SESSION_EXPIRY_S
    session.ReceiveMaximum = RECEIVE_MAX
    return session


def plain_client(client_id: str) -> paho.Client:
    return paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5)


def lay_backlog(broker: Mosquitto, client_id: str, messages: Sequence[tuple[str, bytes]]) -> None:
    """Leave a session behind that subscribes to everything, and publish into it."""
    client = plain_client(client_id)
    subscribed = threading.Event()
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_connect = lambda *_: client.subscribe([(name, 1) for name in topics.upward_filters()])
    client.connect(broker.host, broker.port, clean_start=True, properties=session_of())
    client.loop_start()
    assert subscribed.wait(10)
    client.disconnect()
    client.loop_stop()
    publisher, room = plain_client("gates"), threading.Semaphore(WINDOW)
    publisher.on_publish = lambda *_: room.release()
    publisher.connect(broker.host, broker.port)
    publisher.loop_start()
    for topic, payload in messages:
        room.acquire()
        publisher.publish(topic, payload, qos=1)
    for _ in range(WINDOW):
        room.acquire()
    publisher.disconnect()
    publisher.loop_stop()


def receive_only(broker: Mosquitto, client_id: str, count: int, *, threaded: bool) -> tuple[float, float]:
    """Wall and CPU seconds in which paho receives and acknowledges the backlog and does nothing else with it.

    `threaded`: as a program uses it that acknowledges itself (notes-cloud.md §2: loop thread, manual acknowledgement);
    else paho's shortest way: its loop in this thread, acknowledgements by itself.
    """
    client = plain_client(client_id)
    seen, done = 0, threading.Event()

    def on_message(_client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        nonlocal seen
        seen += 1
        if threaded:
            client.ack(message.mid, message.qos)
        if seen == count:
            done.set()
            if not threaded:
                client.disconnect()

    client.on_message = on_message
    client.manual_ack_set(threaded)
    client.connect(broker.host, broker.port, clean_start=False, properties=session_of())
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    if threaded:
        client.loop_start()
        done.wait()
    else:
        client.loop_forever()
    taken = time.perf_counter() - wall_s, time.process_time() - cpu_s
    if threaded:
        client.disconnect()
        client.loop_stop()
    return taken
