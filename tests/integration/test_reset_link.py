"""A broker, or a firewall before it, that resets every connection: the link keeps dialling and never dies of it."""

from __future__ import annotations

import asyncio
import random
import socket
import struct

import pytest

from edge.adapters.mqtt.link import MqttLink, Patience
from edge.adapters.mqtt.session import Target
from edge.ports import LinkEvents
from tests.waiting import eventually

RESETS = 30


@pytest.mark.req("R-111")
async def test_the_link_outlives_resets():
    resets = 0

    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal resets
        resets += 1
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0)
    target = Target(
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
        client_id="gate",
        subscriptions=("sealgate/v1/00/GATE/receipt",),
        will=lambda: ("sealgate/v1/00/GATE/state", b"gone"),
        keepalive_s=4,
        session_expiry_s=60,
        will_delay_s=1,
    )
    link = MqttLink(target, Patience(connect_timeout_s=2.0, retry_delay_max_s=0.05), random.Random(1))
    link.start(LinkEvents())
    try:
        await eventually(lambda: resets >= RESETS, 20, what="the link dials again and again")
        assert link._task is not None
        assert not link._task.done()
    finally:
        await link.stop()
        server.close()
