"""The few MQTT 5 packets that ingest reads and writes itself, thousands a second; everything else is paho's.

paho takes 40 to 50 µs for each message it delivers and acknowledges (four system calls, a lock and a condition
variable, properties nobody asked for): as much as verifying its signature. tests/bench/ingest.py shows the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_PUBLISH = 0x30
_PUBACK = 0x40
DISCONNECT = b"\xe0\x00"  # normal disconnection (§3.14)
_LENGTH_BYTES_MAX = 4  # of the remaining length (MQTT 5 §1.5.5)
_SHORT_PROPERTIES = 0x80  # a property length below this takes one byte


class MalformedError(Exception):
    """The stream is no MQTT 5 any more: the connection must be made anew."""


class Delivery(NamedTuple):
    """One PUBLISH; `mid` is None at QoS 0, which wants no acknowledgement."""

    topic: bytes
    payload: bytes
    mid: bytes | None


def next_packet(buffer: bytearray, start: int) -> tuple[int, int] | None:
    """Return where the body of the packet at `start` begins and ends, None while it is not all here (§2.1)."""
    length, shift, place = 0, 0, start + 1
    while True:
        if place >= len(buffer):
            return None
        byte = buffer[place]
        length |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            break
        shift += 7
        if place - start > _LENGTH_BYTES_MAX:
            raise MalformedError("remaining length")
    return (place, place + length) if place + length <= len(buffer) else None


def read_publish(buffer: bytearray, start: int, body: int, end: int) -> Delivery | None:
    """Read the PUBLISH at `start` (§3.3); None for any other packet and for QoS 2, which we never subscribe to."""
    head = buffer[start]
    qos = head >> 1 & 3
    if head & 0xF0 != _PUBLISH or qos > 1:
        return None
    place = body + 2 + (buffer[body] << 8 | buffer[body + 1]) if body + 2 <= end else end
    topic = bytes(buffer[body + 2 : place])
    mid = bytes(buffer[place : place + 2]) if qos else None
    place += 2 if qos else 0
    if place >= end:
        raise MalformedError("publish")
    length, place = buffer[place], place + 1
    if length >= _SHORT_PROPERTIES:
        length, place = _long_length(buffer, place - 1, end)
    place += length  # properties: we use none
    if place > end:
        raise MalformedError("properties")
    return Delivery(topic, bytes(buffer[place:end]), mid)


def _long_length(buffer: bytearray, place: int, end: int) -> tuple[int, int]:
    length = 0
    for count in range(_LENGTH_BYTES_MAX):
        if place >= end:
            break
        byte = buffer[place]
        length |= (byte & 0x7F) << (7 * count)
        place += 1
        if byte < _SHORT_PROPERTIES:
            return length, place
    raise MalformedError("property length")


def write_pubacks(mids: Iterable[bytes]) -> bytes:
    """Acknowledge deliveries, all in one piece; without a reason code it means success (§3.4.2.1)."""
    return b"".join(bytes((_PUBACK, 2)) + mid for mid in mids)
