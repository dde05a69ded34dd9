"""What the silicon of an NTAG 424 DNA computes for its SUN message (AN12196), from the tag's side only.

Written apart from `schemas.sun`, which verifies: an error in one must not hide behind the same error in the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK_BYTES = 16
COUNTER_BYTES = 3
PICC_RANDOM_BYTES = 5
PICC_DATA_TAG = b"\xc7"  # UID and counter mirrored, UID of 7 bytes (AN12196 §3.4.1)
_SV1 = bytes.fromhex("C33C00010080")  # session key for encryption
_SV2 = bytes.fromhex("3CC300010080")  # session key for the MAC


def _cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def _encrypt_cbc(key: bytes, iv: bytes, plain: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def _session_key(file_key: bytes, prefix: bytes, uid: bytes, counter: int) -> bytes:
    vector = prefix + uid + counter.to_bytes(COUNTER_BYTES, "little")
    return _cmac(file_key, vector + bytes(-len(vector) % BLOCK_BYTES))


def mirror_mac(file_key: bytes, uid: bytes, counter: int, covered: bytes) -> str:
    """Return the 16 hex digits of SDMMAC over the `covered` ASCII bytes of the file (AN12196 §3.4.4)."""
    return _cmac(_session_key(file_key, _SV2, uid, counter), covered)[1::2].hex().upper()


def mirror_picc(meta_key: bytes, uid: bytes, counter: int, random: bytes) -> str:
    """Return the 32 hex digits of the encrypted PICCData; `random` is 5 bytes (AN12196 §3.4.1)."""
    plain = PICC_DATA_TAG + uid + counter.to_bytes(COUNTER_BYTES, "little") + random
    return _encrypt_cbc(meta_key, bytes(BLOCK_BYTES), plain).hex().upper()


def mirror_file(file_key: bytes, uid: bytes, counter: int, plain: bytes) -> str:
    """Return the hex digits of the encrypted file data; `plain` is a multiple of 16 bytes (AN12196 §3.4.2)."""
    key = _session_key(file_key, _SV1, uid, counter)
    counter_block = counter.to_bytes(COUNTER_BYTES, "little").ljust(BLOCK_BYTES, b"\0")
    iv = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(counter_block)  # noqa: S305 - AN12196 makes the IV so
    return _encrypt_cbc(key, iv, plain).hex().upper()


@dataclass(frozen=True, kw_only=True)
class SunChip:
    """What the issuer wrote into one chip: address of the page, UID, and its two keys."""

    prefix: str
    uid: bytes
    file_key: bytes
    meta_key: bytes = bytes(BLOCK_BYTES)

    def plain_url(self, counter: int, tamper: str) -> str:
        """Return the URL of our seals: plain UID and counter, tamper status inside the MAC window.

        The MAC covers everything from the first digit of the UID up to and including "&m=".
        """
        covered = f"{self.uid.hex().upper()}&c={counter:06X}&t={tamper}&m="
        return f"{self.prefix}?u={covered}{mirror_mac(self.file_key, self.uid, counter, covered.encode())}"

    def encrypted_url(self, counter: int, content: bytes, random: bytes) -> str:
        """Return the URL with encrypted UID, counter and `content` (16·n bytes); the MAC covers `enc` and "&cmac="."""
        covered = f"{mirror_file(self.file_key, self.uid, counter, content)}&cmac="
        picc = mirror_picc(self.meta_key, self.uid, counter, random)
        mac = mirror_mac(self.file_key, self.uid, counter, covered.encode())
        return f"{self.prefix}?picc_data={picc}&enc={covered}{mac}"
