"""The broker as the cloud meets it: the ingest loop that acknowledges after the commit, and a publisher for the rest.

Both are paho-mqtt over MQTT 5. What is done with messages stands in `cloud.flows`; here is only how they come and go.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import select
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from cloud import clock
from cloud.flows.ingest import BATCH_MESSAGES_MAX, Incoming
from schemas import topics
from schemas.envelope import MESSAGE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

KEEPALIVE_S = 10
CONNECT_TIMEOUT_S = 5.0
SESSION_EXPIRY_S = 7 * 24 * 3_600
RECEIVE_MAX = 1_000  # the window of unacknowledged messages: all the backpressure there is
PACKET_BYTES_MAX = MESSAGE_BYTES_MAX + 4_096
POLL_S = 1.0  # pings are sent between; what arrives is taken at once
RETRY_DELAY_MIN_S = 0.5
RETRY_DELAY_MAX_S = 15.0
PUBLISH_TIMEOUT_S = 10.0
RECEIVE_BUFFER_BYTES = 65_536
SEND_BUFFER_BYTES = 262_144
COLLECT_AFTER_OBJECTS = 50_000


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


class LinkError(Exception):
    """The connection to the broker could not be made or was lost; it is tried again."""


class Handle(Protocol):
    """Stores a batch and returns what to publish for it; when it raises, nothing was stored."""

    def __call__(self, batch: Sequence[Incoming]) -> Iterable[tuple[str, bytes]]:
        """Take one batch."""


class _BufferedSocket:
    """A socket that reads and writes by the buffer.

    paho reads a packet in four system calls and writes each acknowledgement in one; at thousands of packets a second
    that is a third of the whole cost of ingest (tests/bench/ingest.py), and every call gives Python's lock away.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._in = memoryview(b"")
        self._out = bytearray()

    def recv(self, size: int) -> bytes:
        if not self._in:
            self._in = memoryview(self._sock.recv(RECEIVE_BUFFER_BYTES))
        taken, self._in = self._in[:size], self._in[size:]
        return bytes(taken)

    def send(self, data: bytes) -> int:
        if len(self._out) >= SEND_BUFFER_BYTES:
            self.flush()
        self._out += data
        return len(data)

    def flush(self) -> None:
        """Hand everything written to the system; BlockingIOError where it takes no more."""
        while self._out:
            del self._out[: self._sock.send(self._out)]

    @property
    def waiting_in(self) -> bool:
        """Whether bytes lie here that `select` does not know of."""
        return bool(self._in)

    @property
    def waiting_out(self) -> bool:
        """Whether bytes were not yet taken by the system."""
        return bool(self._out)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Client(paho.Client):
    """paho with the buffered socket: its one hook for that is this method."""

    buffered: _BufferedSocket | None = None

    def _create_socket(self) -> Any:
        self.buffered = _BufferedSocket(super()._create_socket())
        return self.buffered


def _new_client(endpoint: Endpoint, *, kind: type[paho.Client], manual_ack: bool) -> paho.Client:
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


class _Arrival(NamedTuple):
    # Packet ids are used again on a new connection: an acknowledgement of an older one would lose a message.
    generation: int
    mid: int
    qos: int
    message: Incoming


def calm_collector() -> None:
    """Keep the garbage collector off what lives as long as the process; call once when it has started.

    Thousands of messages a second otherwise make it walk every module again and again (half of the time of ingest).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS, 20, 20)


class IngestLoop:
    """One thread: what is readable becomes one batch, is stored, is acknowledged, and then the receipts go out.

    No linger timer: a quiet gate waits for nobody, a busy broker fills the batch. When `handle` raises, nothing is
    acknowledged and the connection is made anew, which makes the broker deliver again. Whatever happens, it goes on.
    """

    def __init__(self, endpoint: Endpoint, handle: Handle, shards: Iterable[int] = range(topics.SHARDS)) -> None:
        self._endpoint = endpoint
        self._handle = handle
        self._filters = [(name, SubscribeOptions(qos=1)) for name in topics.upward_filters(shards)]
        self._stop = threading.Event()
        self._client: _Client | None = None
        self._arrived: list[_Arrival] = []
        self._generation = 0  # of the connection
        self._ready = False
        self.batches = 0  # committed and acknowledged, for the watchdog

    @property
    def ready(self) -> bool:
        """Whether the subscriptions stand."""
        return self._ready

    def stop(self) -> None:
        """Let `run` return after the batch in hand; may be called from another thread or a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Serve until `stop`."""
        delay_s = RETRY_DELAY_MIN_S
        while not self._stop.is_set():
            before = self.batches
            try:
                self._serve()
            except LinkError as error:
                log.warning("broker: %s", error)
            except Exception:  # whatever it was, the messages are still at the broker
                log.exception("ingest: the batch was not stored; it will be delivered again")
            finally:
                self._close()
            if self.batches > before:
                delay_s = RETRY_DELAY_MIN_S
            self._stop.wait(delay_s)
            delay_s = min(delay_s * 2, RETRY_DELAY_MAX_S)

    def _serve(self) -> None:
        client = self._connect()
        while not self._stop.is_set():
            self._read(client)
            batch, self._arrived = self._arrived, []
            if batch:
                self._take(client, [one for one in batch if one.generation == self._generation])
            self._flush(client)

    def _connect(self) -> _Client:
        client = _new_client(self._endpoint, kind=_Client, manual_ack=True)
        assert isinstance(client, _Client)  # noqa: S101 - made one line above
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_register_write = lambda *_: None  # acknowledgements gather until `_flush`
        self._client, self._arrived = client, []
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = SESSION_EXPIRY_S
        session.ReceiveMaximum = RECEIVE_MAX
        session.MaximumPacketSize = PACKET_BYTES_MAX
        self._generation += 1
        try:
            client.connect(self._endpoint.host, self._endpoint.port, KEEPALIVE_S, clean_start=False, properties=session)
        except (OSError, ValueError) as error:
            raise LinkError(f"{self._endpoint.host}:{self._endpoint.port}: {error}") from error
        self._flush(client)
        return client

    def _on_connect(self, client: paho.Client, _userdata: object, _flags: object, reason: Any, _props: object) -> None:
        if reason.is_failure:
            log.error("broker refuses ingest: %s", reason)
            return
        client.subscribe(self._filters)

    def _on_subscribe(self, _client: object, _userdata: object, _mid: int, reasons: Sequence[Any], _: object) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            log.error("broker refuses a subscription: %s", refused)
        self._ready = not refused

    def _on_message(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        # Kept without paho's message, whose many small parts would make the garbage collector the largest cost.
        try:
            topic = message.topic
        except UnicodeDecodeError:  # paho's answer to a topic that is not UTF-8
            topic = "?"
        self._arrived.append(
            _Arrival(self._generation, message.mid, message.qos, Incoming(topic, bytes(message.payload)))
        )

    def _read(self, client: _Client) -> None:
        """Wait for input and take what is there, up to one batch."""
        sock = self._socket(client)
        if not sock.waiting_in:
            writers = [sock] if sock.waiting_out or client.want_write() else []
            readable, _, _ = select.select([sock], writers, [], POLL_S)
            if not readable:
                self._checked(client.loop_misc(), "keep-alive")
                return
        while len(self._arrived) < BATCH_MESSAGES_MAX:
            self._checked(client.loop_read(), "read")
            if not sock.waiting_in and not select.select([sock], [], [], 0)[0]:
                break
        self._checked(client.loop_misc(), "keep-alive")

    def _take(self, client: _Client, batch: Sequence[_Arrival]) -> None:
        publications = self._handle([one.message for one in batch])
        for one in batch:  # committed: only now
            self._checked(client.ack(one.mid, one.qos), "acknowledge")
        for topic, payload in publications:
            client.publish(topic, payload, qos=1)
        self.batches += 1

    def _flush(self, client: _Client) -> None:
        self._checked(client.loop_write(), "write")
        with contextlib.suppress(BlockingIOError):  # the rest goes when `select` says so
            self._socket(client).flush()

    def _socket(self, client: _Client) -> _BufferedSocket:
        if client.socket() is None or client.buffered is None:
            raise LinkError("connection lost")
        return client.buffered

    def _checked(self, code: MQTTErrorCode, what: str) -> None:
        if code not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
            raise LinkError(f"{what}: {paho.error_string(code)}")

    def _close(self) -> None:
        self._ready = False
        client, self._client, self._arrived = self._client, None, []
        if client is None:
            return
        with contextlib.suppress(Exception):  # a session that ends badly is resumed all the same
            client.disconnect()
            self._flush(client)
        sock = client.buffered
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.close()


class PublishError(Exception):
    """The broker did not take a message; the caller's row stays due."""


class Publisher:
    """Publishes at QoS 1 from any thread and returns once the broker has the message; reconnects by itself."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = _new_client(endpoint, kind=paho.Client, manual_ack=False)
        self._client.reconnect_delay_set(1, round(RETRY_DELAY_MAX_S))
        self._endpoint = endpoint

    def start(self, on_connect: Callable[[], None] = lambda: None) -> None:
        """Begin to connect; `on_connect` is called at every connection, in paho's thread."""

        def connected(_client: object, _userdata: object, _flags: object, reason: Any, _props: object) -> None:
            if not reason.is_failure:
                on_connect()

        self._client.on_connect = connected
        self._client.connect_async(self._endpoint.host, self._endpoint.port, KEEPALIVE_S)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish one message; PublishError where there is no connection or the broker does not answer in time."""
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

    def stop(self) -> None:
        """Say good-bye and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()
