"""The gate's private key in a file that its owner alone may read.

Written as PKCS #8 PEM (RFC 8410); the bare seed in base64url, as in a JWK's `d` (RFC 8037), is read as well.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from schemas.envelope import Rejected, SigningKey, unb64url

if TYPE_CHECKING:
    from pathlib import Path

OTHERS = 0o077
KEY_BYTES_MAX = 10_000


class KeyFileError(Exception):
    """The key file cannot be used; the text says why and what to do."""


def create(path: Path, key: SigningKey) -> None:
    """Write a new key file, 0600 from its first moment; KeyFileError if there is one already."""
    pem = Ed25519PrivateKey.from_private_bytes(key.seed).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise KeyFileError(f"{path} exists: a gate's key is replaced on purpose only, so remove it first") from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(file, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())


def load(path: Path) -> SigningKey:
    """Read the key file; KeyFileError if others may read it, or it holds no Ed25519 key."""
    try:
        if path.stat().st_mode & OTHERS:
            raise KeyFileError(f"{path} can be read by others: chmod 600 {path}")
        pem = path.read_bytes()[:KEY_BYTES_MAX]
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}; `sealgate-edge enrol` makes one") from error
    if not pem.startswith(b"-----BEGIN"):
        return _from_seed(path, pem.strip())
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} is not an unencrypted PKCS #8 key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} does not hold an Ed25519 key")
    return SigningKey.from_seed(key.private_bytes_raw())


def _from_seed(path: Path, text: bytes) -> SigningKey:
    try:
        return SigningKey.from_seed(unb64url(text))
    except (Rejected, ValueError) as error:
        raise KeyFileError(f"{path} is neither a PKCS #8 PEM nor a base64url seed") from error
