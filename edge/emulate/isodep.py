"""Card models on ISO 14443-4: the block protocol, and the NTAG 424 DNA (also TagTamper) upon it.

Only what a reading kiosk asks for; no authentication and no writing (NXP NT4H2421Tx).
"""
# ruff: noqa: PLR2004 - the octets of the protocol stand beside what they mean

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.emulate.tags import Card, uri_record

if TYPE_CHECKING:
    from collections.abc import Callable

FSD_BYTES = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # frame sizes by FSDI (ISO 14443-4 §5.1)
COUNTER_MAX = 2**24 - 1
OK = b"\x90\x00"
NOT_FOUND = b"\x6a\x82"
WRONG_LENGTH = b"\x67\x00"
UNKNOWN_INS = b"\x6d\x00"


class IsoDep(Card):
    """ISO 14443-4 card: RATS, I/R/S blocks, chaining both ways, optional S(WTX); a subclass answers `apdu`."""

    atqa = b"\x44\x03"
    sak = 0x20
    ats = bytes.fromhex("067777710280")  # as a real NTAG 424 DNA: FSC 128, FWI 7 (38.7 ms)

    def __init__(self, uid: bytes) -> None:
        super().__init__(uid)
        self.waiting_extensions = 0  # ask for this many S(WTX) before each answer
        self._reset()

    def _reset(self) -> None:
        self.active = False
        self._block = 1
        self._last = b""
        self._received = b""
        self._to_send = b""
        self._fsd = 256
        self._extensions_left = 0

    def field_off(self) -> None:
        """Forget the session: the reader's field is gone."""
        self._reset()

    def selected(self) -> None:
        """Wait for RATS."""
        self._reset()

    def apdu(self, command: bytes) -> bytes:
        """Answer one APDU with data and status word."""
        del command
        return UNKNOWN_INS

    def handle(self, frame: bytes) -> bytes | None:
        """Answer one block of the protocol; None is silence."""
        if not self.active:
            return self._rats(frame)
        pcb = frame[0]
        if pcb & 0xE2 == 0x02:
            return self._i_block(frame)
        if pcb & 0xFE == 0xF2:
            self._extensions_left -= 1
            return self._say(b"\xf2\x01") if self._extensions_left else self._answer()
        if pcb & 0xE6 == 0xA2:
            return self._r_block(pcb)
        if pcb & 0xF7 == 0xC2:  # S(DESELECT)
            self._reset()
            return b"\xc2"
        return None

    def repeats(self, frame: bytes) -> bool:
        """Tell whether `frame` is an R(NAK) for a block already answered."""
        return self.active and frame[0] & 0xF6 == 0xB2 and frame[0] & 1 == self._block

    def _rats(self, frame: bytes) -> bytes | None:
        if frame[0] != 0xE0 or len(frame) != 2:
            return None
        self._fsd = FSD_BYTES[min(frame[1] >> 4, len(FSD_BYTES) - 1)]
        self.active = True
        return self.ats

    def _say(self, block: bytes) -> bytes:
        self._last = block
        return block

    def _i_block(self, frame: bytes) -> bytes:
        self._block ^= 1
        self._received += frame[1:]
        if frame[0] & 0x10:
            return self._say(bytes([0xA2 | self._block]))  # R(ACK): more to come
        if self.waiting_extensions:
            self._extensions_left = self.waiting_extensions
            return self._say(b"\xf2\x01")
        return self._answer()

    def _r_block(self, pcb: int) -> bytes:
        if pcb & 1 == self._block:
            return self._last  # the reader missed it
        if pcb & 0x10:
            return bytes([0xA2 | self._block])  # presence check
        self._block ^= 1
        return self._next_part()

    def _answer(self) -> bytes:
        command, self._received = self._received, b""
        self._to_send = self.apdu(command)
        return self._next_part()

    def _next_part(self) -> bytes:
        room = self._fsd - 3  # one byte PCB, two bytes CRC
        part, self._to_send = self._to_send[:room], self._to_send[room:]
        return self._say(bytes([0x02 | (0x10 if self._to_send else 0) | self._block]) + part)


class OddAts(IsoDep):
    """A visitor's card with an ATS of one byte: legal, and enough to raise IndexError inside nfcpy 1.0.4."""

    ats = b"\x01"


class Ntag424(IsoDep):
    """NTAG 424 DNA: `file_url(counter)` writes the NDEF file anew at the first read after each SELECT.

    `counter` is SDMReadCtr; `counted` is told of each step, so that the card can be remembered.
    """

    AID = bytes.fromhex("D2760000850101")
    CC = bytes.fromhex("001720010000FF0406E104010000000506E10500808283")
    NDEF_FILE_BYTES = 256
    VERSION = bytes.fromhex("04040230001105")  # GetVersion part 1: NXP, NTAG, 424 DNA

    def __init__(
        self, uid: bytes, file_url: Callable[[int], str], counter: int, counted: Callable[[int], None]
    ) -> None:
        super().__init__(uid)
        self._file_url = file_url
        self._counted = counted
        self.counter = counter
        self._file: bytes | None = None
        self._fresh = False

    def field_off(self) -> None:
        """Forget session and selected file."""
        super().field_off()
        self._file, self._fresh = None, False

    def apdu(self, command: bytes) -> bytes:
        """Answer ISO SELECT and READ BINARY, and the first part of GetVersion."""
        if len(command) < 4:
            return WRONG_LENGTH
        match command[0], command[1]:
            case 0x00, 0xA4:
                return self._select(command[2], command[5 : 5 + command[4]] if len(command) > 4 else b"")
            case 0x00, 0xB0 if self._file is not None:
                return self._read_binary(int.from_bytes(command[2:4], "big"), command[4] if len(command) > 4 else 0)
            case 0x90, 0x60:
                return self.VERSION + b"\x91\xaf"
        return UNKNOWN_INS

    def _select(self, mode: int, name: bytes) -> bytes:
        if mode == 4:
            self._file = None
            return OK if name == self.AID else NOT_FOUND
        if name == b"\xe1\x03":
            self._file, self._fresh = self.CC.ljust(32, b"\0"), False
        elif name == b"\xe1\x04":
            self._file, self._fresh = b"", True
        else:
            return NOT_FOUND
        return OK

    def _read_binary(self, offset: int, length: int) -> bytes:
        if self._fresh:  # SDMReadCtr counts the first read after SELECT (AN12196 §3.2)
            self._fresh = False
            self._file = self._write_mirrors()
        return (self._file or b"")[offset : offset + (length or 256)] + OK

    def _write_mirrors(self) -> bytes:
        self.counter = min(self.counter + 1, COUNTER_MAX)
        self._counted(self.counter)
        record = uri_record(self._file_url(self.counter))
        return (len(record).to_bytes(2, "big") + record).ljust(self.NDEF_FILE_BYTES, b"\0")
