"""The card's side of nfcpy's `udp` driver: datagrams "106A <hex>", "RFOFF" for field off; the second front end.

The reader uses a new port for each sense, so every answer goes to where its question came from.
"""

from __future__ import annotations

import asyncio
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING, cast

from edge.emulate.clock import monotonic_s

if TYPE_CHECKING:
    from edge.emulate.tags import Card

Address = tuple[str, int]
BIT_RATE = "106A"
LATCH_S = 0.9  # the driver waits 1.0 s for the answer to SENS_REQ and asks only then again
REPEAT_S = 0.05  # a request that comes again within this time is the driver's retry
SENSE_REQUESTS = (b"\x26", b"\x52")
_CASCADE = {0x93: 0, 0x95: 1}
_SDD, _SEL = 0x20, 0x70
_UID_NOT_COMPLETE = 0x04
_S_BLOCK = 0xC0
_R_BLOCK_MASK, _R_NAK = 0xF6, 0xB2
_UID_SINGLE_BYTES = 4


class UdpField(asyncio.DatagramProtocol):
    """The field of one reader; at most one card in it."""

    def __init__(self) -> None:
        self.hung = False
        self.plugged = True
        self.address: Address = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None
        self._card: Card | None = None
        self._frames_left: int | None = None
        self._selected = False
        self._asked: tuple[float, Address] | None = None  # the last SENS_REQ that nobody answered
        self._previous: tuple[bytes, Address, float] | None = None

    @property
    def path(self) -> str:
        """The reader's path as the agent's settings write it."""
        return f"udp:{self.address[0]}:{self.address[1]}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # asyncio's own does not inherit from it
        self.address = transport.get_extra_info("sockname")[:2]

    def plug(self) -> None:
        """Hear the reader again."""
        self.plugged = True

    def unplug(self) -> None:
        """Hear nothing: over UDP an absent chip and an absent card look the same."""
        self.plugged = False

    def close(self) -> None:
        """Give the port back."""
        if self._transport is not None:
            self._transport.close()

    def present(self, card: Card | None, *, frames_max: int | None = None) -> None:
        """Put `card` into the field (None: take it away); it leaves by itself after `frames_max` frames (torn tap)."""
        self._card, self._frames_left, self._previous, self._selected = card, frames_max, None, False
        if card is None:
            return
        card.field_off()
        asked, self._asked = self._asked, None
        if asked and monotonic_s() - asked[0] < LATCH_S and self.plugged and not self.hung:
            self._send(card.atqa, asked[1])  # latch: the reader still waits, so the card answers at once

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Answer one frame of the reader."""
        if self.hung or not self.plugged:
            return
        if data.startswith(b"RFOFF"):
            self._asked, self._selected = None, False
            if self._card is not None:
                self._card.field_off()
            return
        try:
            bit_rate, digits = data.decode("ascii").split()
            request = bytes.fromhex(digits)
        except ValueError:
            return
        if bit_rate == BIT_RATE and request:
            self._request(request, addr)

    def _request(self, request: bytes, addr: Address) -> None:
        if request in SENSE_REQUESTS:
            self._selected = False
            if self._card is None:
                self._asked = (monotonic_s(), addr)
            else:
                self._send(self._card.atqa, addr)
        elif self._card is not None:
            if request[0] in _CASCADE and len(request) > 1 and request[1] in (_SDD, _SEL):
                answer = anticollision(self._card, request)
                self._selected = request[1] == _SEL and answer is not None and not answer[0] & _UID_NOT_COMPLETE
            elif self._selected:
                answer = self._exchange(self._card, request, addr)
            else:
                answer = None  # a card that nobody selected is mute
            if answer is not None:
                self._send(answer, addr)

    def _exchange(self, card: Card, request: bytes, addr: Address) -> bytes | None:
        # Loopback loses nothing: a repeat means that the reader was late and our first answer still waits in its
        # socket. A second one would be taken for the answer to the next command: silently wrong data.
        now, previous = monotonic_s(), self._previous
        self._previous = (request, addr, now)
        again = previous is not None and previous[:2] == (request, addr) and now - previous[2] < REPEAT_S
        checks_presence = request[0] & _R_BLOCK_MASK == _R_NAK  # the same each time, and no answer to it carries data
        if (again and not checks_presence and request[0] & _S_BLOCK != _S_BLOCK) or card.repeats(request):
            return None
        if self._frames_left is not None:
            if self._frames_left <= 0:
                self.present(None)
                return None
            self._frames_left -= 1
        return card.handle(request)

    def _send(self, answer: bytes, addr: Address) -> None:
        if self._transport is not None:
            self._transport.sendto(f"{BIT_RATE} {answer.hex()}".encode(), addr)


def anticollision(card: Card, request: bytes) -> bytes | None:
    """Answer SDD_REQ or SEL_REQ of cascade level 1 or 2 (ISO 14443-3 §6.5)."""
    levels = [card.uid] if len(card.uid) == _UID_SINGLE_BYTES else [b"\x88" + card.uid[:3], card.uid[3:]]
    level = _CASCADE[request[0]]
    if level >= len(levels):
        return None
    part = levels[level] + bytes([reduce(xor, levels[level])])
    if request[1] == _SDD:
        return part
    if request[2:7] != part:
        return None
    if level + 1 < len(levels):
        return bytes([_UID_NOT_COMPLETE])
    card.selected()
    return bytes([card.sak])
