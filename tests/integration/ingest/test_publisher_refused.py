"""What the publisher makes of the broker's answers: a broker of few words, which answers as the test says."""

from __future__ import annotations

import socketserver
import threading
from typing import TYPE_CHECKING, cast

import pytest

from cloud.adapters.mqtt import Endpoint, Publisher
from cloud.flows.dispatch import NotTakenError

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNACK = bytes((0x20, 3, 0, 0, 0))
NOT_AUTHORISED, NOBODY_SUBSCRIBED, SUCCESS = 0x87, 0x10, 0x00
CONNECT_TYPE, PUBLISH_TYPE = 1, 3


class FewWords(socketserver.ThreadingTCPServer):
    """Accepts everybody and answers each PUBLISH at QoS 1 with the next of `reasons`."""

    daemon_threads = True
    reasons: list[int]


class Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("FewWords", self.server)
        while head := self.rfile.read(1):
            body = self.rfile.read(self.rfile.read(1)[0])  # the packets of this test are short
            if head[0] >> 4 == CONNECT_TYPE:
                self.wfile.write(CONNACK)
            elif head[0] >> 4 == PUBLISH_TYPE:
                place = 2 + int.from_bytes(body[:2])
                self.wfile.write(bytes((0x40, 3)) + body[place : place + 2] + bytes((server.reasons.pop(0),)))


@pytest.fixture
def broker() -> Iterator[FewWords]:
    with FewWords(("127.0.0.1", 0), Talk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.req("R-111")
def test_a_message_that_the_broker_refuses_was_not_sent(broker: FewWords) -> None:
    broker.reasons = [NOBODY_SUBSCRIBED, NOT_AUTHORISED, SUCCESS]
    connected = threading.Event()
    publisher = Publisher(Endpoint(host="127.0.0.1", port=broker.server_address[1], client_id="dispatch"))
    publisher.start(on_connect=connected.set)
    try:
        assert connected.wait(20)
        publisher.publish("papers", b"1", retain=True)  # kept for whoever subscribes later
        with pytest.raises(NotTakenError, match="papers: Not authorized"):
            publisher.publish("papers", b"2", retain=True)
        publisher.publish("papers", b"3", retain=True)
    finally:
        publisher.stop()
    assert broker.reasons == []
