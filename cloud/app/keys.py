"""The cloud's secrets in files of their own: drawn at the first start, never shown.

Signing key, API token, vault, keys of drivers' papers. The seals' keys come from their makers, sealed in a file.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from typing import TYPE_CHECKING

from cloud.adapters.identity_assertion import SingleWindow
from cloud.adapters.keystore import KeystoreError, open_keystore
from cloud.adapters.papers_key import PapersKeys
from cloud.registry.people.assertion import nobody
from cloud.registry.vault import KEY_BYTES, Vault
from cloud.settings import SettingsError, read_secret
from schemas.envelope import Rejected, SigningKey, b64url, unb64url
from schemas.sealed import OpeningKey

if TYPE_CHECKING:
    from pathlib import Path

    from cloud.adapters.keystore import Keystore
    from cloud.registry.people.assertion import Assertor
    from cloud.settings import Settings


TOKEN_BYTES = 24


def signing_key(path: Path) -> SigningKey:
    """Read the key (32-byte seed, base64url); draw and write one if the file is missing.

    Raises:
        SettingsError: the file is unreadable, open to all, or no key.
    """
    if not path.exists():
        _write_once(path, b64url(SigningKey.generate().seed))
    try:
        return SigningKey.from_seed(unb64url(read_secret(path).encode()))
    except (Rejected, ValueError) as error:
        raise SettingsError(f"{path} holds no signing key: {error}") from error


def api_token(path: Path) -> str:
    """Read the bearer token of the REST API; draw and write one if the file is missing. Raises SettingsError."""
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(TOKEN_BYTES))
    return read_secret(path)


def vault(path: Path) -> Vault:
    """Read the keys of personal data, `index:…;1:…;2:…` (base64url, 32 bytes each); draw the first ones if missing.

    A new key is added under the next number; what the older ones sealed still opens. Raises SettingsError.
    """
    if not path.exists():
        _write_once(path, ";".join(f"{name}:{b64url(secrets.token_bytes(KEY_BYTES))}" for name in ("index", "1")))
    try:
        named = dict(part.split(":", 1) for part in read_secret(path).split(";"))
        keys = {name: unb64url(key.encode()) for name, key in named.items()}
        index_key = keys.pop("index")
        return Vault({int(number): key for number, key in keys.items()}, index_key)
    except (Rejected, ValueError, KeyError) as error:
        raise SettingsError(f"{path} holds no keys of personal data") from error


def seal_keys(settings: Settings) -> Keystore:
    """Open the sealed file of the seals' keys; no keys, and a warning, where there is none. Raises SettingsError."""
    try:
        return open_keystore(settings.path(settings.keys.seal_file))
    except KeystoreError as error:
        raise SettingsError(str(error)) from error


def papers_keys(path: Path) -> PapersKeys:
    """Read the keys of drivers' papers, `1:…;2:…` (base64url, 32 bytes each); draw the first one if missing.

    A new key is added under the next number and goes into every manifest at the next start; the older ones stay, since
    gates that were offline have sealed to them. Raises SettingsError.
    """
    if not path.exists():
        _write_once(path, f"1:{b64url(OpeningKey.generate().private)}")
    try:
        named = dict(part.split(":", 1) for part in read_secret(path).split(";"))
        return PapersKeys({int(number): OpeningKey(unb64url(key.encode())) for number, key in named.items()})
    except (Rejected, ValueError) as error:
        raise SettingsError(f"{path} holds no keys of drivers' papers") from error


def single_window(settings: Settings) -> Assertor:
    """Read the single window's public key; without one nobody's certificate counts. Raises SettingsError."""
    if not settings.identity.window_key_file:
        return nobody
    path = settings.path(settings.identity.window_key_file)
    try:
        return SingleWindow(unb64url(read_secret(path).encode()))
    except (Rejected, ValueError) as error:
        raise SettingsError(f"{path} holds no public key of the single window: {error}") from error


def _write_once(path: Path, text: str) -> None:
    """Write a secret so that of several processes one wins and nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        os.unlink(draft)  # noqa: PTH108 -- mkstemp gives a plain string
