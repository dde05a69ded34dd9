"""The keys of our seals, at rest in one sealed file (AES-256-GCM): one master key for each series of seal numbers.

The file opens with a sealing key from a file of its own, which only the service may read (mode 0600, or a systemd
credential). Nothing here prints or logs a key.
"""

from __future__ import annotations

import logging
import os
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas import sun
from schemas.envelope import Rejected, b64url, unb64url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.sun import SunKeys

log = logging.getLogger(__name__)

SEALING_KEY_BYTES = 32
MASTER_KEY_BYTES = 16  # AES-128 (AN12196)
NONCE_BYTES = 12
FILE_BYTES_MAX = 1_048_576
CHIP_KEYS_MAX = 65_536  # diversified keys kept in memory
_PURPOSE = b"sealgate seal keys v1"


class KeystoreError(Exception):
    """The key file cannot be used; the text is for the operator and names no key."""


class _Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: int
    nonce: str
    sealed: str


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    series: dict[str, str]  # beginning of the seal number → master key, hex
    meta: str | None = None  # SDMMetaReadKey of seals with an encrypted mirror, hex


class SeriesKeys:
    """The keys of one series; each chip's own is derived from its UID (AN10922)."""

    def __init__(self, master: bytes, meta: bytes | None) -> None:
        self._meta = meta
        self._derived = lru_cache(CHIP_KEYS_MAX)(lambda uid: sun.diversify(master, uid))

    def file_key(self, uid: bytes) -> bytes | None:
        """Return the SDMFileReadKey of one chip."""
        return self._derived(uid)

    def meta_key(self) -> bytes | None:
        """Return the SDMMetaReadKey, None where only plain mirrors are used."""
        return self._meta

    def __repr__(self) -> str:
        return "SeriesKeys(…)"


class Keystore:
    """All series; see `cloud.flows.seal_proof.SealKeys`."""

    def __init__(self, series: Mapping[str, bytes], meta: bytes | None = None) -> None:
        # The longest beginning that fits a number wins.
        self._series = [(name, SeriesKeys(series[name], meta)) for name in sorted(series, key=len, reverse=True)]

    def for_seal(self, name: str) -> SunKeys | None:
        """Return the keys of a series, or of the series that a seal's number begins with; None where it has none."""
        return next((keys for series, keys in self._series if name.startswith(series)), None)

    def __repr__(self) -> str:
        return f"Keystore({[name for name, _ in self._series]})"


def sealing_path(path: Path) -> Path:
    """Return where the sealing key lies unless another place is set: beside the sealed file."""
    return path.with_suffix(".kek")


def create_keystore(
    path: Path, series: Mapping[str, bytes], meta: bytes | None = None, kek: Path | None = None
) -> None:
    """Seal these keys into `path`, replacing what is there; the sealing key is drawn if it does not exist yet."""
    for name, master in series.items():
        if len(master) != MASTER_KEY_BYTES:
            raise KeystoreError(
                f"the master key of series {name!r} has {len(master)} bytes instead of {MASTER_KEY_BYTES}"
            )
    kek = kek or sealing_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not kek.exists():
        _write(kek, b64url(secrets.token_bytes(SEALING_KEY_BYTES)).encode())
    content = _Content({name: master.hex() for name, master in series.items()}, meta.hex() if meta else None)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_sealing_key(kek)).encrypt(nonce, msgspec.json.encode(content), _PURPOSE)
    _write(path, msgspec.json.encode(_Sealed(1, b64url(nonce), b64url(sealed))))


def open_keystore(path: Path, kek: Path | None = None) -> Keystore:
    """Open the sealed file; KeystoreError says why it cannot be. Without a file there are no keys, and a warning."""
    kek = kek or sealing_path(path)
    if not path.exists():
        log.warning("no seal keys at %s: no seal can be verified", path)
        return Keystore({})
    try:
        sealed = msgspec.json.decode(_read(path), type=_Sealed)
        plain = AESGCM(_sealing_key(kek)).decrypt(
            unb64url(sealed.nonce.encode()), unb64url(sealed.sealed.encode()), _PURPOSE
        )
        content = msgspec.json.decode(plain, type=_Content)
        series = {name: bytes.fromhex(master) for name, master in content.series.items()}
        meta = bytes.fromhex(content.meta) if content.meta else None
    except InvalidTag as error:
        raise KeystoreError(f"{path} does not open with {kek}: another key, or the file was changed") from error
    except (msgspec.MsgspecError, Rejected, ValueError) as error:
        raise KeystoreError(f"{path} is not a file of seal keys") from error
    return Keystore(series, meta)


def _sealing_key(kek: Path) -> bytes:
    sealing = _read(kek)
    if kek.stat().st_mode & 0o077:
        raise KeystoreError(f"{kek} may be read by others: chmod 600 it")
    try:
        key = unb64url(sealing.strip())
    except Rejected as error:
        raise KeystoreError(f"{kek} holds no sealing key") from error
    if len(key) != SEALING_KEY_BYTES:
        raise KeystoreError(f"{kek} holds {len(key)} bytes instead of {SEALING_KEY_BYTES}")
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise KeystoreError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
