"""The message an NTAG 424 DNA writes into its own NDEF file at each read (Secure Dynamic Messaging, NXP AN12196).

Our seals mirror UID, counter and tamper status in plain text inside the MAC window, so that no key is shared
by the whole fleet; the encrypted mirror (PICCData) is read as well.
"""

from __future__ import annotations

import hmac
import re
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from schemas.envelope import Rejected

SEAL_HOST = "seal.sealgate.example"
SYSTEM_IDENTIFIER = bytes.fromhex("3042F5") + b"SealGate1"
TAMPER_STATES = frozenset({"CC", "OO", "OC", "II", "NT"})  # permanent + current status of the loop (C4)
_URI_RECORD = b"\xd1\x01"  # one short well-known record
_HTTPS = 0x04
_PLAIN = re.compile(
    rb"https://(?P<host>[a-z0-9.-]+)/s\?"
    rb"(?P<window>u=(?P<uid>[0-9A-F]{14})&c=(?P<ctr>[0-9A-F]{6})&t=(?P<tt>[A-Z]{2})&m=)(?P<mac>[0-9A-F]{16})\Z"
)
_ENCRYPTED = re.compile(
    rb"https://(?P<host>[a-z0-9.-]+)/[a-z]{0,8}\?picc_data=(?P<picc>[0-9A-Fa-f]{32})"
    rb"(?:&enc=(?P<window>(?P<enc>(?:[0-9A-Fa-f]{32}){1,4})&cmac=)|&cmac=)(?P<mac>[0-9A-Fa-f]{16})\Z"
)
_PICC_UID_AND_COUNTER = 0xC7  # PICCDataTag: both mirrored, UID of 7 bytes


class SunMessage(NamedTuple):
    """A message taken apart, nothing of it verified; exactly one of `uid` and `picc` is set."""

    mac_input: bytes
    mac: bytes
    uid: bytes | None = None
    counter: int | None = None
    tamper: str | None = None
    picc: bytes | None = None
    enc: bytes | None = None


class SunRead(NamedTuple):
    """What a genuine seal said."""

    uid: bytes
    counter: int
    tamper: str | None


class SunKeys(Protocol):
    """Where the verifier has its keys from; None: no such key."""

    def file_key(self, uid: bytes) -> bytes | None:
        """SDMFileReadKey of one chip."""

    def meta_key(self) -> bytes | None:
        """SDMMetaReadKey, needed for encrypted mirrors only."""


def parse(ndef: bytes, host: str = SEAL_HOST) -> SunMessage:
    """Take an NDEF message apart; raises Rejected SUN-FORM or SUN-HOST."""
    if ndef[:2] != _URI_RECORD or len(ndef) < 5 or ndef[2] != len(ndef) - 4 or ndef[3:5] != bytes([0x55, _HTTPS]):  # noqa: PLR2004
        raise Rejected("SUN-FORM", "not one https URI record")
    url = b"https://" + ndef[5:]
    if match := _PLAIN.match(url):
        message = SunMessage(
            mac_input=match["window"][2:],  # the window opens at the first digit of the UID, after "u="
            mac=bytes.fromhex(match["mac"].decode()),
            uid=bytes.fromhex(match["uid"].decode()),
            counter=int(match["ctr"], 16),
            tamper=match["tt"].decode(),
        )
    elif match := _ENCRYPTED.match(url):
        message = SunMessage(
            mac_input=match["window"] or b"",
            mac=bytes.fromhex(match["mac"].decode()),
            picc=bytes.fromhex(match["picc"].decode()),
            enc=bytes.fromhex((match["enc"] or b"").decode()) or None,
        )
    else:
        raise Rejected("SUN-FORM", "not a message of our seals")
    if match["host"].decode() != host:
        raise Rejected("SUN-HOST", match["host"].decode())
    return message


def verify(message: SunMessage, uid: bytes, keys: SunKeys) -> SunRead:
    """Check the message against the chip it came from (AN12196 §3.4); raises Rejected SUN-KEY, SUN-MAC, SUN-UID.

    1. Open the encrypted mirror, where there is one.     2. The mirrored UID is the chip's.
    3. The MAC over the exact characters verifies.        4. Decrypt the file data for the tamper status.
    """
    claimed, counter = message.uid, message.counter
    if message.picc is not None:  # 1
        meta_key = keys.meta_key()
        if meta_key is None:
            raise Rejected("SUN-KEY", "no meta key")
        claimed, counter = _open_picc(meta_key, message.picc)
    if claimed is None or counter is None or claimed != uid:  # 2
        raise Rejected("SUN-UID")
    file_key = keys.file_key(uid)
    if file_key is None:
        raise Rejected("SUN-KEY", uid.hex())
    counter_le = counter.to_bytes(3, "little")
    session = _cmac(file_key, b"\x3c\xc3\x00\x01\x00\x80" + uid + counter_le)
    if not hmac.compare_digest(_cmac(session, message.mac_input)[1::2], message.mac):  # 3
        raise Rejected("SUN-MAC", uid.hex())
    tamper = message.tamper
    if message.enc is not None:  # 4
        head = _open_file(file_key, uid, counter_le, message.enc)[:2]
        tamper = head.decode("ascii", "replace")
    return SunRead(uid, counter, tamper if tamper in TAMPER_STATES else None)


def diversify(master: bytes, uid: bytes) -> bytes:
    """Derive a chip's own AES-128 key (AN10922 §2.2 with M = UID ‖ system identifier, 19 bytes)."""
    return _cmac(master, b"\x01" + uid + SYSTEM_IDENTIFIER)


def _open_picc(meta_key: bytes, picc: bytes) -> tuple[bytes, int]:
    plain = _decrypt(meta_key, bytes(16), picc)
    if plain[0] != _PICC_UID_AND_COUNTER:  # a wrong meta key shows here
        raise Rejected("SUN-MAC", "PICCDataTag")
    return plain[1:8], int.from_bytes(plain[8:11], "little")


def _open_file(file_key: bytes, uid: bytes, counter_le: bytes, enc: bytes) -> bytes:
    session = _cmac(file_key, b"\xc3\x3c\x00\x01\x00\x80" + uid + counter_le)
    encryptor = Cipher(algorithms.AES(session), modes.ECB()).encryptor()  # noqa: S305 - one block: the IV of AN12196 §3.3.2
    return _decrypt(session, encryptor.update(counter_le + bytes(13)), enc)


def _decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()
