"""Sealed for one reader: JWE compact serialisation (RFC 7516), ECDH-ES over X25519 (RFC 8037), A256GCM (RFC 7518).

Two things travel so: what a manifest tells one gate only, and drivers' papers on their way to the cloud. `typ` names
which, and is under the authentication tag: what was sealed for one purpose opens for no other. Whatever the bytes,
only `Rejected` comes out.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from nacl.bindings import (
    crypto_sign_ed25519_pk_to_curve25519,
    crypto_sign_ed25519_sk_to_curve25519,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import CryptoError
from nacl.utils import random as draw

from schemas.keys import Rejected, b64url, thumbprint, unb64url

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES = 32  # X25519, public and private (RFC 7748 §5); A256GCM's content key as well
NONCE_BYTES = 12
TAG_BYTES = 16
_ALG, _ENC = "ECDH-ES", "A256GCM"


class Purpose(StrEnum):
    """The `typ` header: what was sealed, and so for whom."""

    SECRETS = "sealgate-secrets"  # what a manifest tells this gate only
    PAPER = "sealgate-paper"  # a driver's statement, a picture of an ID


PLAIN_BYTES_MAX = {Purpose.SECRETS: 1_500_000, Purpose.PAPER: 16 * 2**20}
SEALED_BYTES_MAX = {Purpose.SECRETS: 2 * 2**20, Purpose.PAPER: 24 * 2**20}  # as Manifest.sealed, SealedPaper.size


class OpeningKey:
    """A private X25519 key and what it opens."""

    def __init__(self, private: bytes) -> None:
        """Take the 32 secret bytes; ValueError for another length."""
        self._key = X25519PrivateKey.from_private_bytes(private)
        self.public = b64url(self._key.public_key().public_bytes_raw())
        self.kid = key_id(self.public)

    @classmethod
    def generate(cls) -> OpeningKey:
        """Draw a new key from the operating system's source."""
        return cls(draw(KEY_BYTES))

    @classmethod
    def of_signer(cls, seed: bytes) -> OpeningKey:
        """Return the key that belongs to an Ed25519 signing key, by its 32-byte seed: one enrolment gives both.

        The map of the curves is libsodium's (crypto_sign_ed25519_sk_to_curve25519).
        """
        _, secret = crypto_sign_seed_keypair(seed)
        return cls(crypto_sign_ed25519_sk_to_curve25519(secret))

    @property
    def private(self) -> bytes:
        """The 32 secret bytes, for the key file only."""
        return self._key.private_bytes_raw()

    def agree(self, public: bytes) -> bytes:
        """Return the content key shared with the owner of `public`; ValueError for a point of small order."""
        return _content_key(self._key.exchange(X25519PublicKey.from_public_bytes(public)))

    def __repr__(self) -> str:
        return f"OpeningKey({self.public})"


def key_id(public_key: str) -> str:
    """Return the RFC 7638 thumbprint of a public X25519 key (base64url)."""
    return thumbprint({"kty": "OKP", "crv": "X25519", "x": public_key})


def reader_of(jwk: Mapping[str, str]) -> str | None:
    """Return the X25519 key (base64url) of who signs with this registered key; None where it has none.

    ES256 keys live in hardware that signs and agrees on nothing: such a gate gets no secrets.
    """
    if jwk.get("crv") != "Ed25519":
        return None
    try:
        return b64url(crypto_sign_ed25519_pk_to_curve25519(unb64url(jwk["x"].encode())))
    except (CryptoError, Rejected, KeyError, ValueError):  # no point of the main subgroup: nobody holds its other half
        return None


def seal(plain: bytes, public_key: str, purpose: Purpose) -> bytes:
    """Return the JWE of `plain` that only the owner of `public_key` (X25519, base64url) opens.

    Each call draws a key of its own, so no two results are alike. Raises Rejected TOO-LONG, SEALED-KEY.
    """
    if len(plain) > PLAIN_BYTES_MAX[purpose]:
        raise Rejected("TOO-LONG", f"{len(plain)} bytes to seal")
    ephemeral = OpeningKey.generate()
    try:
        content_key = ephemeral.agree(unb64url(public_key.encode()))
    except (Rejected, ValueError) as error:
        raise Rejected("SEALED-KEY", "not an X25519 public key") from error
    epk = {"kty": "OKP", "crv": "X25519", "x": ephemeral.public}
    members = {"alg": _ALG, "enc": _ENC, "epk": epk, "kid": key_id(public_key), "typ": purpose}
    header = b64url(json.dumps(members, separators=(",", ":")).encode()).encode()
    nonce = draw(NONCE_BYTES)
    sealed = AESGCM(content_key).encrypt(nonce, plain, header)
    cut = len(sealed) - TAG_BYTES
    parts = (b64url(nonce), b64url(sealed[:cut]), b64url(sealed[cut:]))
    return b".".join((header, b"", *(part.encode() for part in parts)))


class _Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kty: str
    crv: str
    x: str


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    enc: str
    epk: _Point
    kid: str
    typ: str


def open_sealed(jwe: bytes, key: OpeningKey, purpose: Purpose) -> bytes:
    """Return what was sealed for `key` and `purpose`; raises only Rejected, whatever the bytes.

    1. Five segments within the size limit, no wrapped key.    2. Header exactly alg, enc, epk, kid, typ: no
       compression, no other algorithm, nothing that asks for more work than this.
    3. Sealed for this purpose, to this key.                   4. The tag verifies over header and content.
    """
    segments = _split(jwe, SEALED_BYTES_MAX[purpose])  # 1
    header = _parse_header(segments[0])  # 2
    if header.typ != purpose:  # 3
        raise Rejected("TYPE", f"{header.typ!r} instead of {purpose}")
    if header.kid != key.kid:
        raise Rejected("SEALED-KEY", f"sealed to {header.kid!r}")
    nonce, content, tag = (_bytes_of(segment) for segment in segments[2:])
    if (len(nonce), len(tag)) != (NONCE_BYTES, TAG_BYTES):
        raise Rejected("SEALED-FORM", "nonce or tag of another length")
    try:
        return AESGCM(key.agree(_bytes_of(header.epk.x.encode()))).decrypt(nonce, content + tag, segments[0])  # 4
    except (InvalidTag, ValueError) as error:
        raise Rejected("SEALED-OPEN", "the tag does not verify") from error


def _split(jwe: bytes, bytes_max: int) -> list[bytes]:
    if len(jwe) > bytes_max:
        raise Rejected("TOO-LONG", f"{len(jwe)} bytes")
    segments = jwe.split(b".", 5)
    if len(segments) != 5 or segments[1]:  # noqa: PLR2004 - RFC 7516 §7.1; ECDH-ES wraps no key (RFC 7518 §4.6)
        raise Rejected("SEALED-FORM", "not five segments with an empty second")
    return segments


def _parse_header(segment: bytes) -> _Header:
    try:
        header = msgspec.json.decode(_bytes_of(segment), type=_Header)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Rejected("SEALED-FORM", str(error)) from error
    if (header.alg, header.enc, header.epk.kty, header.epk.crv) != (_ALG, _ENC, "OKP", "X25519"):
        raise Rejected("SEALED-FORM", f"{header.alg!r}, {header.enc!r}, {header.epk.crv!r}")
    return header


def _bytes_of(segment: bytes) -> bytes:
    try:
        raw = unb64url(segment)
    except Rejected as error:
        raise Rejected("SEALED-FORM", "not base64url") from error
    if b64url(raw).encode() != segment:  # papers are named by the hash of these bytes: one spelling only
        raise Rejected("SEALED-FORM", "not canonical base64url")
    return raw


def _content_key(shared: bytes) -> bytes:
    """Derive the key of the content from the agreed secret (RFC 7518 §4.6.2; no apu, no apv)."""
    empty = (0).to_bytes(4, "big")
    other = len(_ENC).to_bytes(4, "big") + _ENC.encode() + empty + empty + (KEY_BYTES * 8).to_bytes(4, "big")
    return ConcatKDFHash(SHA256(), KEY_BYTES, other).derive(shared)
