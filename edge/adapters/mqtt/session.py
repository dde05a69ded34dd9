"""One MQTT 5 connection on the agent's loop, from dialling to its end; used once and thrown away.

Nothing of paho's own bookkeeping is trusted: a message is taken when its PUBACK says so, and a connection that
makes no progress is ended here (paho's wait_for_publish returns in silence after its time-out; notes-peers §0).
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.ports import Delivery, LinkDownError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger("sealgate.mqtt")
MISC_S = 0.5  # how often keep-alive is looked at
PUBACK_WAIT_S = 7.0  # without an answer the connection counts as dead, whatever its pings say
PENDING_MAX = 64  # messages without PUBACK
NOT_AUTHORISED, BAD_TOPIC, QUOTA, BAD_PAYLOAD, NO_SUBSCRIBER = 0x87, 0x90, 0x97, 0x99, 0x10
SESSION_TAKEN_OVER = 0x8E
FAILURE_FROM = 0x80
REFUSED_CONNECTS = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x95})  # protocol, identity, login, rights, ban


class Answer(Enum):
    """What a PUBACK means; the values of failures are fault codes (C6)."""

    TAKEN = "TAKEN"
    NO_SUBSCRIBER = "LINK-NO-SUBSCRIBER"  # 0x10: the broker threw it away
    BUSY = "LINK-BUSY"
    DENIED = "LINK-DENIED"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where to connect and as whom."""

    host: str
    port: int
    client_id: str
    subscriptions: tuple[str, ...]
    will: Callable[[], tuple[str, bytes]]  # topic and signed payload, made anew for each connection
    keepalive_s: int
    session_expiry_s: int
    will_delay_s: int
    tls: ssl.SSLContext | None = None
    username: str | None = None
    password: str | None = None


class Session:
    """One connection."""

    def __init__(self, target: Target, on_delivery: Callable[[Delivery], None]) -> None:
        self._target = target
        self._on_delivery = on_delivery
        self._loop = asyncio.get_running_loop()
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self._connack: asyncio.Future[None] = self._loop.create_future()
        self._suback: asyncio.Future[None] = self._loop.create_future()
        self._socket: socket.socket | None = None  # once it is on the loop
        self._misc: asyncio.Task[None] | None = None
        self._abandoned = False
        self.ended: asyncio.Future[str] = self._loop.create_future()  # with the code that says why
        self._client = self._make_client()

    async def open(self, dialler: Executor) -> None:
        """Dial and wait for CONNACK; raises LinkDownError."""
        try:
            await self._loop.run_in_executor(dialler, self._dial)
        except (OSError, ValueError) as error:
            raise LinkDownError("LINK-DOWN", str(error)) from error
        self._attach()
        await self._connack

    async def subscribe(self) -> None:
        """Ask for what comes down, with everything retained, and wait for SUBACK; raises LinkDownError."""
        options = SubscribeOptions(qos=1)
        self._client.subscribe([(topic, options) for topic in self._target.subscriptions])
        await self._suback

    async def publish(self, topic: str, payload: bytes, *, retain: bool) -> Answer:
        """Return the broker's answer; raises LinkDownError where none comes."""
        if len(self._pending) >= PENDING_MAX:
            return Answer.BUSY
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        if sent.rc != paho.MQTT_ERR_SUCCESS:
            raise LinkDownError("LINK-DOWN", paho.error_string(sent.rc))
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._pending[sent.mid] = answer
        try:
            async with asyncio.timeout(PUBACK_WAIT_S):
                return await answer
        except TimeoutError:
            self._end("LINK-DOWN")
            raise LinkDownError("LINK-DOWN", "no PUBACK") from None
        finally:
            self._pending.pop(sent.mid, None)

    async def part(self, within_s: float) -> None:
        """Send DISCONNECT, so that the broker keeps the Last Will to itself, and close."""
        self._client.disconnect()
        try:
            async with asyncio.timeout(within_s):
                await asyncio.shield(self.ended)  # paho reports the end once DISCONNECT is written
        except TimeoutError:
            log.info("no room for a good-bye")
        self.close()

    def close(self) -> None:
        """Take the socket off the loop and close it; whoever waits for an answer learns that none comes."""
        self._abandoned = True
        self._end("LINK-DOWN")
        if self._misc is not None:
            self._misc.cancel()
        self._detach()
        dialled = self._client.socket()
        if dialled is not None:
            dialled.close()

    def _make_client(self) -> paho.Client:
        target = self._target
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=target.client_id, protocol=paho.MQTTv5)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_publish = self._published
        client.on_message = self._delivered
        client.on_socket_register_write = lambda *_: self._want_write()
        client.on_socket_unregister_write = lambda *_: self._had_write()
        # paho closes before it reports: a descriptor left in the selector would be mistaken for the next connection's
        client.on_socket_close = lambda *_: self._detach()
        client.max_inflight_messages_set(PENDING_MAX)
        client.max_queued_messages_set(PENDING_MAX)
        if target.tls is not None:
            client.tls_set_context(target.tls)
        if target.username is not None:
            client.username_pw_set(target.username, target.password)
        will = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        will.WillDelayInterval = target.will_delay_s
        topic, payload = target.will()
        client.will_set(topic, payload, qos=1, retain=True, properties=will)
        return client

    def _dial(self) -> None:
        """Connect in the dialler's thread; a socket that nobody waits for any more is closed again."""
        target = self._target
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connect.SessionExpiryInterval = target.session_expiry_s
        self._client.connect(target.host, target.port, target.keepalive_s, clean_start=False, properties=connect)
        dialled = self._client.socket()
        if self._abandoned and dialled is not None:
            dialled.close()

    def _attach(self) -> None:
        """Put the socket on the loop."""
        dialled = self._client.socket()
        if not isinstance(dialled, socket.socket) or dialled.fileno() < 0:
            raise LinkDownError("LINK-DOWN", "closed while dialling")
        self._socket = dialled
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop.add_reader(self._socket, self._read)
        if self._client.want_write():
            self._want_write()
        self._misc = self._loop.create_task(self._look_after(), name="mqtt keep-alive")

    def _detach(self) -> None:
        if self._socket is not None and self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._socket = None

    def _read(self) -> None:
        self._client.loop_read()
        while isinstance(self._socket, ssl.SSLSocket) and self._socket.fileno() >= 0 and self._socket.pending():
            self._client.loop_read()  # what TLS has decrypted already wakes no selector

    def _want_write(self) -> None:
        if self._socket is not None and self._socket.fileno() >= 0:
            self._loop.add_writer(self._socket, self._client.loop_write)

    def _had_write(self) -> None:
        if self._socket is not None and self._socket.fileno() >= 0:
            self._loop.remove_writer(self._socket)

    async def _look_after(self) -> None:
        """Send pings, and notice their silence: a black-holed link ends after twice the keep-alive."""
        while True:
            await asyncio.sleep(MISC_S)
            if self._client.loop_misc() != paho.MQTT_ERR_SUCCESS:
                self._end("LINK-DOWN")
                return

    def _end(self, code: str) -> None:
        if not self.ended.done():
            self.ended.set_result(code)
        error = LinkDownError(code, "the connection ended")
        waiters: list[asyncio.Future[Any]] = [self._connack, self._suback, *self._pending.values()]
        for waiting in waiters:
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # whoever no longer waits has not missed anything

    # --- paho's callbacks, all on the loop

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if not reason.is_failure:
            if not self._connack.done():
                self._connack.set_result(None)
            return
        self._end("LINK-REFUSED" if reason.value in REFUSED_CONNECTS else "LINK-DOWN")

    def _disconnected(self, _client: Any, _data: Any, flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._detach()
        taken_over = flags.is_disconnect_packet_from_server and reason.value == SESSION_TAKEN_OVER
        log.debug("disconnected: %s", reason)
        self._end("LINK-TAKEN-OVER" if taken_over else "LINK-DOWN")

    def _subscribed(self, _client: Any, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._end("LINK-REFUSED")
        elif not self._suback.done():
            self._suback.set_result(None)

    def _published(self, _client: Any, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        waiting = self._pending.get(mid)
        if waiting is not None and not waiting.done():
            waiting.set_result(_meaning(reason.value))

    def _delivered(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._on_delivery(Delivery(topic=message.topic, payload=bytes(message.payload), retained=message.retain))


def _meaning(reason: int) -> Answer:
    """Read a PUBACK (MQTT 5 §3.4.2.1): anything but plain success is not delivered."""
    if reason == NO_SUBSCRIBER:
        return Answer.NO_SUBSCRIBER
    if reason in {NOT_AUTHORISED, BAD_TOPIC, BAD_PAYLOAD}:
        return Answer.DENIED
    return Answer.BUSY if reason >= FAILURE_FROM else Answer.TAKEN
