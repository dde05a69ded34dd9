"""The link against a real Mosquitto, through a cable that can be cut and black-holed."""

from __future__ import annotations

import asyncio
import contextlib
import random

import paho.mqtt.client as paho
import pytest

from edge.adapters.mqtt import MqttLink, Patience, Target
from edge.emulate.cable import Cable
from edge.emulate.settings import CableSettings
from edge.ports import LinkDownError, LinkEvents
from schemas import topics
from tests.edge_gate import GATE
from tests.processes import free_port
from tests.servers import Mosquitto
from tests.waiting import eventually

WILL = (topics.state(GATE), b"signed OFFLINE")
NOTICED_MAX_S = 10.0


class Wire:
    """A link with what it told."""

    def __init__(self, port, **target):
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "client_id": GATE,
            "subscriptions": (topics.receipt(GATE), topics.manifest(GATE)),
            "will": lambda: WILL,
            "keepalive_s": 4,
            "session_expiry_s": 3600,
            "will_delay_s": 0,
        }
        patience = Patience(connect_timeout_s=2.5, retry_delay_max_s=1.5)
        self.link = MqttLink(Target(**{**settings, **target}), patience, random.Random(1))
        self.codes = []
        self.delivered = []
        self.ups = 0

    def _up(self):
        self.ups += 1

    async def __aenter__(self):
        self.link.start(LinkEvents(on_up=self._up, on_down=self.codes.append, on_delivery=self.delivered.append))
        return self

    async def __aexit__(self, *_):
        await self.link.stop()

    async def until_up(self, ups=1):
        await eventually(lambda: self.ups >= ups and self.link.up, what="the link is up")


@contextlib.contextmanager
def cloud(port, *subscriptions):
    """The other side of the broker: a client with a list of what came."""
    came = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="cloud", protocol=paho.MQTTv5)
    client.on_message = lambda _client, _data, message: came.append((message.topic, message.payload, message.retain))
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic in subscriptions:
        client.subscribe(topic, 1)
    try:
        yield client, came
    finally:
        client.disconnect()
        client.loop_stop()


@contextlib.asynccontextmanager
async def cable_to(port):
    cable = Cable(CableSettings(name="broker", to_port=port))
    await cable.start()
    try:
        yield cable
    finally:
        await cable.stop()


async def heard(wire, came, payload=b"x"):
    """Publish until the other side has heard it: its subscription may stand a moment later."""

    async def said():
        with contextlib.suppress(LinkDownError):
            await wire.link.publish(topics.scan(GATE), payload)
        return any(body == payload for _, body, _ in came)

    await eventually(said, what="the cloud hears the gate")


async def test_what_is_retained_comes_down_and_what_is_published_goes_up(mosquitto):
    with cloud(mosquitto.port, topics.scan(GATE)) as (client, came):
        client.publish(topics.manifest(GATE), b"manifest", qos=1, retain=True).wait_for_publish(5)
        async with Wire(mosquitto.port) as wire:
            await wire.until_up()
            await eventually(lambda: [each.payload for each in wire.delivered] == [b"manifest"])
            await heard(wire, came, b"records")


async def test_a_message_that_nobody_subscribes_to_is_not_delivered(mosquitto):
    async with Wire(mosquitto.port) as wire:
        await wire.until_up()
        with pytest.raises(LinkDownError, match="LINK-NO-SUBSCRIBER"):
            await wire.link.publish(topics.scan(GATE), b"records")


async def test_a_topic_without_right_is_denied(tmp_path):
    rights = tmp_path / "rights"
    rights.write_text(f"topic read sealgate/#\ntopic write {topics.state(GATE)}\n")
    rights.chmod(0o700)
    server = Mosquitto.create(tmp_path / "broker", f"acl_file {rights}")
    server.start(20)
    try:
        async with Wire(server.port) as wire:
            await wire.until_up()
            with pytest.raises(LinkDownError, match="LINK-DENIED"):
                await wire.link.publish(topics.scan(GATE), b"records")
    finally:
        server.stop()


async def test_what_was_sent_while_the_gate_was_away_waits_for_it(mosquitto):
    async with Wire(mosquitto.port) as wire:
        await wire.until_up()
    with cloud(mosquitto.port) as (client, _):
        client.publish(topics.receipt(GATE), b"receipt", qos=1).wait_for_publish(5)
    async with Wire(mosquitto.port) as wire:
        await eventually(lambda: [each.payload for each in wire.delivered] == [b"receipt"])


async def test_a_cut_cable_shows_at_once_and_heals_by_itself(mosquitto):
    async with cable_to(mosquitto.port) as cable:
        with cloud(mosquitto.port, topics.scan(GATE)) as (_, came):
            async with Wire(cable.port) as wire:
                await wire.until_up()
                cable.set_state("cut")
                await eventually(lambda: not wire.link.up)
                with pytest.raises(LinkDownError, match="LINK-DOWN"):
                    await wire.link.publish(topics.scan(GATE), b"x")
                await eventually(lambda: len(wire.codes) >= 3, what="it is tried again and again")
                cable.set_state("up")
                await wire.until_up(2)
                await heard(wire, came)


async def test_a_black_holed_link_is_noticed_although_nothing_is_sent(mosquitto):
    async with cable_to(mosquitto.port) as cable, Wire(cable.port) as wire:
        await wire.until_up()
        cable.set_state("blackhole")
        await eventually(lambda: not wire.link.up, NOTICED_MAX_S, what="the black hole is noticed")
        cable.set_state("up")
        await wire.until_up(2)


async def test_a_black_holed_link_is_noticed_by_the_message_that_gets_no_answer(mosquitto):
    async with cable_to(mosquitto.port) as cable, Wire(cable.port, keepalive_s=60) as wire:
        await wire.until_up()
        cable.set_state("blackhole")
        with pytest.raises(LinkDownError, match="LINK-DOWN"):
            await wire.link.publish(topics.scan(GATE), b"x")
        await eventually(lambda: not wire.link.up)


async def test_the_last_will_is_published_when_the_gate_vanishes_and_not_when_it_parts(mosquitto):
    with cloud(mosquitto.port, topics.state(GATE), topics.scan(GATE)) as (_, came):
        async with cable_to(mosquitto.port) as cable:
            async with Wire(cable.port) as wire:
                await wire.until_up()
                await heard(wire, came)
            assert not any(topic == WILL[0] for topic, *_ in came)
            async with Wire(cable.port) as wire:
                await wire.until_up()
                cable.set_state("cut")
                await eventually(lambda: WILL in [(topic, payload) for topic, payload, _ in came])


async def test_another_device_under_our_name_is_told():
    """Mosquitto 2.0.11 closes without a word (probed); MQTT 5 §3.14.2.1 lets a broker say 0x8E, and others do."""

    async def broker(reader, writer):
        await reader.read(1024)  # CONNECT
        writer.write(b"\x20\x03\x00\x00\x00")
        subscribe = await reader.read(1024)
        writer.write(b"\x90\x05" + subscribe[2:4] + b"\x00\x01\x01")
        writer.write(b"\xe0\x02\x8e\x00")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(broker, "127.0.0.1", 0)
    async with server, Wire(server.sockets[0].getsockname()[1]) as wire:
        await eventually(lambda: "LINK-TAKEN-OVER" in wire.codes)


async def test_a_broker_that_refuses_the_gate_is_told_apart_from_none(tmp_path):
    server = Mosquitto.create(tmp_path / "broker", "allow_anonymous false")
    server.start(20)
    try:
        async with Wire(server.port) as wire:
            await eventually(lambda: wire.codes == ["LINK-REFUSED"])
    finally:
        server.stop()
    async with Wire(free_port()) as wire:
        await eventually(lambda: len(wire.codes) > 1)
        assert set(wire.codes) == {"LINK-DOWN"}
