"""A PN532 chip behind a pseudo-terminal: nfcpy's own pn532, transport and pyserial code runs against it unchanged.

Only the commands that nfcpy's initiator side sends (PN532 user manual UM0701-02 §7).
"""
# ruff: noqa: PLR2004 - command codes and lengths stand beside what they mean

from __future__ import annotations

import asyncio
import os
import pty
import struct
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from edge.emulate.tags import Card

ACK_FRAME = bytes.fromhex("0000ff00ff00")
POLL_S = 0.02  # the real chip with MxRtyPassiveActivation = 1 needs some 10 ms before it says "nobody"
INPUT_BYTES_MAX = 4096
_HOST, _CHIP = 0xD4, 0xD5
_OK, _TIMED_OUT, _BAD_CONTEXT = b"\x00", b"\x01", b"\x27"
_CIU_TX_CONTROL, _CIU_TX_MODE, _CIU_RX_MODE, _CIU_FIFO_DATA = 0x6304, 0x6302, 0x6303, 0x6339
_CRC_ON = 0x80


def crc_a(frame: bytes) -> bytes:
    """Return CRC_A of ISO 14443-3, low byte first."""
    crc = 0x6363
    for octet in frame:
        mixed = octet ^ (crc & 0xFF)
        mixed = (mixed ^ (mixed << 4)) & 0xFF
        crc = (crc >> 8) ^ (mixed << 8) ^ (mixed << 3) ^ (mixed >> 4)
    return struct.pack("<H", crc & 0xFFFF)


def split_frame(buffer: bytes) -> tuple[bytes | None, bytes]:
    """Take the first whole frame off `buffer`: (payload or None, what is left); b"" stands for a host ACK."""
    start = buffer.find(b"\x00\xff")
    if start < 0:
        return None, buffer[-1:]
    body = buffer[start + 2 :]
    if body[:2] == b"\x00\xff":
        return b"", body[2:]
    extended = body[:2] == b"\xff\xff"
    head = 5 if extended else 2
    if len(body) < head:
        return None, buffer[start:]
    length = body[2] << 8 | body[3] if extended else body[0]
    if len(body) < head + length + 2:
        return None, buffer[start:]
    return body[head : head + length], body[head + length + 2 :]


def frame(payload: bytes) -> bytes:
    """Return `payload` as a normal or extended information frame (UM0701-02 §6.2.1)."""
    if len(payload) < 256:
        head = bytes([len(payload), -len(payload) & 0xFF])
    else:
        size = struct.pack(">H", len(payload))
        head = b"\xff\xff" + size + bytes([-sum(size) & 0xFF])
    return b"\x00\x00\xff" + head + payload + bytes([-sum(payload) & 0xFF, 0])


class Pn532:
    """The chip on a pty; `link` is a symbolic link to the pty that stays the same over unplugging."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.hung = False  # a chip that swallows everything
        self._card: Card | None = None
        self._selected = False
        self._registers: dict[int, int] = {}
        self._input = b""
        self._fd: int | None = None
        self._slave: int | None = None
        self._frames_left: int | None = None

    @property
    def plugged(self) -> bool:
        """Whether the pty exists."""
        return self._fd is not None

    @property
    def path(self) -> str:
        """The reader's path as the agent's settings write it."""
        return f"tty:{self.link}:pn532"

    def plug(self) -> None:
        """Create the pty and watch it; must run on the event loop."""
        if self._fd is not None:
            return
        # The slave stays open here: nfcpy closes and reopens it to change the speed, and a pty with no slave hangs up.
        self._fd, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._fd, False)
        self._input = b""
        fresh = self.link.with_name(self.link.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self.link)
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    def unplug(self) -> None:
        """Close the pty and remove the link, as when the cable is pulled."""
        if self._fd is None or self._slave is None:
            return
        asyncio.get_running_loop().remove_reader(self._fd)
        self.link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._fd)
        self._fd = self._slave = None

    def close(self) -> None:
        """Take the chip away."""
        self.unplug()

    def present(self, card: Card | None, *, frames_max: int | None = None) -> None:
        """Put `card` into the field (None: take it away); it leaves by itself after `frames_max` frames (torn tap)."""
        self._card, self._selected, self._frames_left = card, False, frames_max
        if card is not None:
            card.field_off()

    def _readable(self) -> None:
        if self._fd is None:
            return
        try:
            self._input += os.read(self._fd, INPUT_BYTES_MAX)
        except OSError:
            return
        if self.hung:
            self._input = b""
            return
        while True:
            payload, self._input = split_frame(self._input[-INPUT_BYTES_MAX:])
            if payload is None:
                return
            if payload[:1] == bytes([_HOST]) and len(payload) > 1:
                self._write(ACK_FRAME)
                self._execute(payload[1], payload[2:])

    def _execute(self, command: int, arguments: bytes) -> None:
        answer = self._answer(command, arguments)
        if command == 0x4A and answer == _OK:  # nobody there: the chip retries for a while, then looks again
            asyncio.get_running_loop().call_later(POLL_S, self._look_again, arguments)
        else:
            self._respond(command, answer)

    def _look_again(self, arguments: bytes) -> None:
        if not self.hung:
            self._respond(0x4A, self._answer(0x4A, arguments))

    def _respond(self, command: int, answer: bytes) -> None:
        self._write(frame(bytes([_CHIP, command + 1]) + answer))

    def _write(self, octets: bytes) -> None:
        if self._fd is None:
            return
        try:
            os.write(self._fd, octets)
        except OSError:
            return  # the reader's side is closed; the next command finds out

    def _answer(self, command: int, arguments: bytes) -> bytes:  # noqa: PLR0911 - one answer a command
        match command:
            case 0x00:  # Diagnose
                return arguments if arguments[:1] == b"\x00" else _OK
            case 0x02:  # GetFirmwareVersion: PN532 v1.6
                return bytes.fromhex("32010607")
            case 0x06:  # ReadRegister
                return bytes(self._register(address) for (address,) in struct.iter_unpack(">H", arguments))
            case 0x08:  # WriteRegister
                self._registers.update(struct.iter_unpack(">HB", arguments))
                return b""
            case 0x32:  # RFConfiguration
                return self._configure_field(arguments)
            case 0x10 | 0x12 | 0x14:  # SetSerialBaudRate, SetParameters, SAMConfiguration
                return b""
            case 0x16:  # PowerDown
                return _OK
            case 0x4A:  # InListPassiveTarget
                return self._list_target(arguments)
            case 0x42:  # InCommunicateThru
                return self._exchange(arguments)
        return _BAD_CONTEXT

    def _register(self, address: int) -> int:
        # nfcpy looks for the REQA byte left in the FIFO to know that "no target" is meant
        return 0x26 if address == _CIU_FIFO_DATA else self._registers.get(address, 0)

    def _configure_field(self, arguments: bytes) -> bytes:
        if arguments[:1] == b"\x01":
            on = arguments[1] & 1
            self._registers[_CIU_TX_CONTROL] = 0x83 if on else 0x80
            if not on:
                self._selected = False
                if self._card is not None:
                    self._card.field_off()
        return b""

    def _list_target(self, arguments: bytes) -> bytes:
        self._registers[_CIU_TX_CONTROL] = 0x83
        card = self._card
        if card is None or arguments[1] != 0:  # 106 kbit/s type A only
            return b"\x00"
        wanted = arguments[2:].lstrip(b"\x88")
        if wanted and wanted != card.uid:
            return b"\x00"
        card.field_off()
        card.selected()
        self._selected = True
        self._registers[_CIU_TX_MODE] = self._registers[_CIU_RX_MODE] = _CRC_ON
        return b"\x01\x01" + card.atqa[::-1] + bytes([card.sak, len(card.uid)]) + card.uid

    def _exchange(self, arguments: bytes) -> bytes:
        if self._card is None or not self._selected:
            return _TIMED_OUT
        if self._frames_left is not None:
            if self._frames_left <= 0:
                self.present(None)
                return _TIMED_OUT
            self._frames_left -= 1
        answer = self._card.handle(arguments)
        if answer is None:
            return _TIMED_OUT
        if not self._registers.get(_CIU_RX_MODE, 0) & _CRC_ON and len(answer) > 1:
            answer += crc_a(answer)  # the chip is told to leave the CRC to the host
        return _OK + answer
