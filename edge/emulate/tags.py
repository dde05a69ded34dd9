"""Card models that need no ISO-DEP, at the level of ISO 14443-3 frames without CRC: NTAG 213 and UID-only badges.

The base class is shared by `isodep`; the front ends (`pn532`, `udp`) know only this base.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

NAK = b"\x00"
ACK = b"\x0a"
UID_BYTES_ALLOWED = (4, 7)
NXP = 0x04  # first byte of every UID by NXP
CASCADE_TAG = 0x88


class Card:
    """A silent ISO 14443-A card: it can be selected and says nothing."""

    atqa = b"\x44\x00"  # low byte first, as sent over the air
    sak = 0x00

    def __init__(self, uid: bytes) -> None:
        if len(uid) not in UID_BYTES_ALLOWED:
            raise ValueError(f"UID of {len(uid)} bytes; a card has 4 or 7")
        self.uid = uid

    def field_off(self) -> None:
        """Lose what is volatile: the reader's field is gone."""

    def selected(self) -> None:
        """Enter ACTIVE: a reader has selected this UID."""

    def handle(self, frame: bytes) -> bytes | None:
        """Answer one frame (both without CRC); None is silence."""
        del frame
        return None

    def repeats(self, frame: bytes) -> bool:
        """Tell whether `frame` asks for an answer that was already given."""
        del frame
        return False


class UidOnly(Card):
    """A staff badge like MIFARE Classic 1K: the UID is readable, everything else needs Crypto1."""

    atqa = b"\x04\x00"
    sak = 0x08

    def __init__(self, uid: bytes) -> None:
        super().__init__(uid)
        self._awake = False

    def selected(self) -> None:
        """Listen until the first refusal."""
        self._awake = True

    def handle(self, frame: bytes) -> bytes | None:
        """Refuse the first command with NAK "not allowed", then be silent until selected again, as the real one."""
        del frame
        awake, self._awake = self._awake, False
        return b"\x04" if awake else None


class Ntag213(Card):
    """NTAG 213: 45 pages of 4 bytes with an NDEF message of up to 140 bytes (NXP NTAG213/215/216 §8, §10)."""

    VERSION = bytes.fromhex("0004040201000F03")
    PAGES = 45
    PAGE_BYTES = 4
    USER_FIRST, USER_LAST = 4, 39

    def __init__(self, uid: bytes, ndef: bytes) -> None:
        super().__init__(uid)
        memory = bytearray(self.PAGES * self.PAGE_BYTES)
        memory[0:4] = bytes([*uid[:3], reduce(xor, uid[:3], CASCADE_TAG)])
        memory[4:10] = bytes([*uid[3:], reduce(xor, uid[3:]), 0x48])
        memory[12:16] = b"\xe1\x10\x12\x00"  # capability container: 144 bytes, read and write
        tlv = b"\x03" + bytes([len(ndef)]) + ndef + b"\xfe"
        room = (self.USER_LAST - self.USER_FIRST + 1) * self.PAGE_BYTES
        if len(tlv) > room:
            raise ValueError(f"NDEF of {len(ndef)} bytes does not fit into {room} bytes of user memory")
        start = self.USER_FIRST * self.PAGE_BYTES
        memory[start : start + len(tlv)] = tlv
        self.memory = memory

    def handle(self, frame: bytes) -> bytes | None:
        """Answer GET_VERSION, READ, FAST_READ, READ_SIG, WRITE; NAK for the rest, since silence costs time-outs."""
        match frame[0], len(frame):
            case 0x60, 1:
                return self.VERSION
            case 0x30, 2 if frame[1] < self.PAGES:
                rolled = self.memory + self.memory  # READ rolls over at the end (§10.2)
                start = frame[1] * self.PAGE_BYTES
                return bytes(rolled[start : start + 16])
            case 0x3A, 3 if frame[1] <= frame[2] < self.PAGES:
                return bytes(self.memory[frame[1] * self.PAGE_BYTES : (frame[2] + 1) * self.PAGE_BYTES])
            case 0x3C, _:
                return bytes(32)
            case 0xA2, 6 if self.USER_FIRST <= frame[1] <= self.USER_LAST:
                start = frame[1] * self.PAGE_BYTES
                self.memory[start : start + self.PAGE_BYTES] = frame[2:6]
                return ACK
        return NAK


def uri_record(url: str) -> bytes:
    """Return `url` (https) as a short NDEF URI record (NFC Forum URI RTD, prefix 04)."""
    body = b"\x04" + url.removeprefix("https://").encode()
    return b"\xd1\x01" + bytes([len(body)]) + b"U" + body


def text_record(text: str, language: str = "en") -> bytes:
    """Return `text` as a short NDEF text record in UTF-8 (NFC Forum Text RTD)."""
    body = bytes([len(language)]) + language.encode() + text.encode()
    return b"\xd1\x01" + bytes([len(body)]) + b"T" + body
