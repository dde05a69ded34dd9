"""The loop of the ingest process: deliveries come in, are stored, are acknowledged, and receipts go out.

What is done with messages stands in `cloud.flows`; here is only how they come and go.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import select
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from cloud.adapters.mqtt.buffered import BufferedClient, BufferedSocket, LinkError
from cloud.adapters.mqtt.endpoint import KEEPALIVE_S, new_client
from cloud.adapters.mqtt.packets import DISCONNECT, MalformedError, next_packet, read_publish, write_pubacks
from cloud.flows.ingest import BATCH_MESSAGES_MAX, Incoming
from schemas import topics
from schemas.envelope import MESSAGE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloud.adapters.mqtt.endpoint import Endpoint
    from cloud.adapters.mqtt.packets import Delivery

log = logging.getLogger(__name__)

SESSION_EXPIRY_S = 7 * 24 * 3_600
RECEIVE_MAX = 1_000  # the window of unacknowledged messages: all the backpressure there is
PACKET_BYTES_MAX = MESSAGE_BYTES_MAX + 4_096
BATCH_BYTES_MAX = 1_048_576  # a message may hold 20 records: no transaction should last much longer for it
POLL_S = 1.0  # pings are sent between; what arrives is taken at once
RETRY_DELAY_MIN_S = 0.5
RETRY_DELAY_MAX_S = 15.0
COLLECT_AFTER_OBJECTS = 50_000


Publications: TypeAlias = "Iterable[tuple[str, bytes]]"


class Handle(Protocol):
    """Stores a batch and returns what to publish for it; when it raises, nothing was stored."""

    def __call__(self, batch: Sequence[Incoming]) -> Publications:
        """Take one batch."""


class Begin(Protocol):
    """Begins with a batch and returns what stores it, which is called when all batches before are stored."""

    def __call__(self, batch: Sequence[Incoming]) -> Callable[[], Publications]:
        """Begin with one batch; never raises."""


class _Begun(NamedTuple):
    """Deliveries of the connection that stands, and what stores them."""

    deliveries: Sequence[Delivery]
    store: Callable[[], Publications]


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

    With `begin`, the batch after the one to be stored is begun first: what it lets others do goes on meanwhile.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        handle: Handle,
        shards: Iterable[int] = range(topics.SHARDS),
        *,
        begin: Begin | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._begin: Begin = begin or (lambda batch: partial(handle, batch))
        self._filters = [(name, SubscribeOptions(qos=1)) for name in topics.upward_filters(shards)]
        self._stop = threading.Event()
        self._client: BufferedClient | None = None
        self._more = False  # bytes lie in the buffer that `select` does not know of
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
            except (LinkError, MalformedError) as error:
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
        begun: _Begun | None = None
        while not self._stop.is_set():
            deliveries = self._read(client, POLL_S if begun is None else 0.0)
            following = self._begin_with(deliveries) if deliveries else None
            if begun is not None:
                self._finish(client, begun)
            begun = following
            self._flush(client)

    def _connect(self) -> BufferedClient:
        client = new_client(self._endpoint, BufferedClient, manual_ack=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_socket_register_write = lambda *_: None  # acknowledgements gather until `_flush`
        self._client, self._more = client, False
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = SESSION_EXPIRY_S
        session.ReceiveMaximum = RECEIVE_MAX
        session.MaximumPacketSize = PACKET_BYTES_MAX
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
        else:
            log.info("ingest: subscribed to %d filters", len(reasons))
        self._ready = not refused

    def _read(self, client: BufferedClient, wait_s: float) -> list[Delivery]:
        """Wait for input and take what is there, up to one batch; what is no delivery is handed to paho."""
        sock = self._socket(client)
        if not self._more:
            writers = [sock] if sock.unsent else []
            readable, _, _ = select.select([sock], writers, [], wait_s)
            self._more = bool(readable)
        deliveries: list[Delivery] = []
        room = BATCH_BYTES_MAX
        while self._more and len(deliveries) < BATCH_MESSAGES_MAX and room > 0:
            room = self._take_packets(client, sock, deliveries, room)
            if len(deliveries) < BATCH_MESSAGES_MAX and room > 0:
                try:
                    sock.fill()
                except BlockingIOError:
                    self._more = False
        self._checked(client.loop_misc(), "keep-alive")
        return deliveries

    def _take_packets(self, client: BufferedClient, sock: BufferedSocket, deliveries: list[Delivery], room: int) -> int:
        """Move whole packets out of the buffer until the batch is full; return how many bytes it has room for."""
        buffer, start = sock.received, 0
        while len(deliveries) < BATCH_MESSAGES_MAX and room > 0 and (bounds := next_packet(buffer, start)) is not None:
            body, end = bounds
            delivery = read_publish(buffer, start, body, end)
            if delivery is not None:
                deliveries.append(delivery)
                room -= len(delivery.payload)
            else:
                sock.hand(bytes(buffer[start:end]))
                self._checked(client.loop_read(), "read")
            start = end
        del buffer[:start]
        return room

    def _take(self, client: BufferedClient, deliveries: Sequence[Delivery]) -> None:
        """Store a batch from beginning to end."""
        self._finish(client, self._begin_with(deliveries))

    def _begin_with(self, deliveries: Sequence[Delivery]) -> _Begun:
        return _Begun(deliveries, self._begin([Incoming(_text(one.topic), one.payload) for one in deliveries]))

    def _finish(self, client: BufferedClient, begun: _Begun) -> None:
        publications = begun.store()
        # Committed: only now. Packet ids count on this connection alone, and these deliveries are of no other.
        self._socket(client).send(write_pubacks(one.mid for one in begun.deliveries if one.mid is not None))
        for topic, payload in publications:
            client.publish(topic, payload, qos=1)
        self.batches += 1

    def _flush(self, client: BufferedClient) -> None:
        self._checked(client.loop_write(), "write")
        with contextlib.suppress(BlockingIOError):  # the rest goes when `select` says so
            self._socket(client).flush()

    def _socket(self, client: BufferedClient) -> BufferedSocket:
        if client.socket() is None or client.buffered is None:
            raise LinkError("connection lost")
        return client.buffered

    def _checked(self, code: MQTTErrorCode, what: str) -> None:
        if code not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
            raise LinkError(f"{what}: {paho.error_string(code)}")

    def _close(self) -> None:
        self._ready = False
        client, self._client = self._client, None
        if client is None:
            return
        sock = client.buffered
        if sock is not None:
            with contextlib.suppress(OSError):  # a session that ends badly is resumed all the same
                sock.send(DISCONNECT)
                sock.flush()
                sock.close()


def _text(topic: bytes) -> str:
    return topic.decode("utf-8", "replace")
