"""Makes the SUN message a seal of the demo sent in the past, by the data sheet and not by the code that checks it."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

_SV2 = bytes.fromhex("3CC300010080")  # AN12196 §3.3
_URL = "seal.sealgate.example/s?u="  # the prefix byte 04 stands for https://
_URI_RECORD = 0xD1, 0x01, 0x55, 0x04


def message(uid: bytes, file_key: bytes, counter: int) -> bytes:
    """Return the NDEF message of one read: plain UID and counter, tamper status CC, MAC over all of it (C4)."""
    mirrored = f"{uid.hex().upper()}&c={counter:06X}&t=CC&m="
    session_key = _cmac(file_key, _SV2 + uid + counter.to_bytes(3, "little"))
    mac = _cmac(session_key, mirrored.encode("ascii"))[1::2]
    uri = (_URL + mirrored + mac.hex().upper()).encode("ascii")
    header, kind, uri_type, https = _URI_RECORD
    return bytes((header, kind, len(uri) + 1, uri_type, https)) + uri


def _cmac(key: bytes, text: bytes) -> bytes:
    cmac = CMAC(AES(key))
    cmac.update(text)
    return cmac.finalize()
