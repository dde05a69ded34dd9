"""Personal data at rest: sealed with AES-256-GCM, found again by a keyed hash (D5, R-014, R-070)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"


class VaultError(Exception):
    """A sealed value cannot be opened: another key, another place, or damaged."""


class Vault:
    """Seals under the newest of `keys` (number → 32 bytes) and opens under any; `index_key` makes blind indexes."""

    def __init__(self, keys: Mapping[int, bytes], index_key: bytes) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in (*keys.values(), index_key)):
            raise ValueError("a vault needs keys of 32 bytes")
        self._keys = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(keys)
        self._index_key = index_key

    def seal(self, plain: bytes, place: str) -> bytes:
        """Return `plain` sealed for one place ("person.id_number"): it opens nowhere else."""
        nonce = os.urandom(NONCE_BYTES)
        head = VERSION + bytes([self._newest])
        return head + nonce + self._keys[self._newest].encrypt(nonce, plain, head + place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return what was sealed for `place`; VaultError if it cannot be."""
        head, nonce = sealed[:2], sealed[2 : 2 + NONCE_BYTES]
        key = self._keys.get(head[1]) if len(head) == len(VERSION) + 1 and head[:1] == VERSION else None
        if key is None:
            raise VaultError("sealed under an unknown key")
        try:
            return key.decrypt(nonce, sealed[2 + NONCE_BYTES :], head + place.encode())
        except (InvalidTag, ValueError) as error:
            raise VaultError("does not open here") from error

    def index(self, value: str, place: str) -> str:
        """Return the blind index of a normalised value: equal for equal values, of no use without the key."""
        digest = hmac.new(self._index_key, f"{place}\0{value}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
