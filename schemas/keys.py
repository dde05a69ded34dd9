"""Keys and the few bytes-and-text rules under them: base64url, thumbprints, one algorithm per key.

Public keys only; the private one stands in `envelope`, where it signs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from nacl.bindings import crypto_sign_open, crypto_sign_PUBLICKEYBYTES
from nacl.exceptions import BadSignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# To the standard alphabet for the strict decoder of the standard library; what is not URL-safe becomes what it refuses.
_FROM_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/!!!")


class Rejected(Exception):  # noqa: N818 - the word of the architecture: bad bytes, quarantined and never retried
    """Bytes that are refused: `code` is a stable code of `schemas.reasons`, `detail` is for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Algorithm(StrEnum):
    """Fully specified algorithms only (RFC 9864): the polymorphic "EdDSA" is refused."""

    ED25519 = "Ed25519"
    ES256 = "ES256"


def b64url(raw: bytes) -> str:
    """Encode without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64url(text: bytes) -> bytes:
    """Decode strictly: no padding, no foreign characters; raises Rejected NOT-JWS."""
    try:
        return binascii.a2b_base64(text.translate(_FROM_URL_SAFE) + b"=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error as error:
        raise Rejected("NOT-JWS", "not base64url") from error


class _Primitive(Protocol):
    def __call__(self, signature: bytes, data: bytes) -> bool: ...


class VerifyingKey(NamedTuple):
    """A registered public key with the one algorithm it may use; `kid` is its RFC 7638 thumbprint."""

    kid: str
    alg: Algorithm
    accepts: _Primitive

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, str]) -> VerifyingKey:
        """Read an OKP/Ed25519 or EC/P-256 public JWK (RFC 8037, RFC 7518); ValueError says what is wrong."""
        kind = (jwk.get("kty"), jwk.get("crv"))
        if kind == ("OKP", "Ed25519"):
            alg, accepts = Algorithm.ED25519, _ed25519(_coordinate(jwk, "x", crypto_sign_PUBLICKEYBYTES))
        elif kind == ("EC", "P-256"):
            alg, accepts = Algorithm.ES256, _es256(_coordinate(jwk, "x", 32), _coordinate(jwk, "y", 32))
        else:
            raise ValueError(f"not an Ed25519 or P-256 key: kty={kind[0]!r} crv={kind[1]!r}")
        if jwk.get("alg", alg) != alg:
            raise ValueError(f"this key signs with {alg}, not {jwk['alg']!r}")
        return cls(thumbprint(jwk), alg, accepts)


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Hash the required members in lexical order (RFC 7638 §3, RFC 8037 §2)."""
    members = ("crv", "kty", "x", "y") if jwk["kty"] == "EC" else ("crv", "kty", "x")
    canonical = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"), sort_keys=True)
    return b64url(hashlib.sha256(canonical.encode()).digest())


def _coordinate(jwk: Mapping[str, str], name: str, size: int) -> bytes:
    try:
        raw = unb64url(jwk[name].encode())
    except (KeyError, Rejected, AttributeError) as error:
        raise ValueError(f"member {name!r} is missing or not base64url") from error
    if len(raw) != size:
        raise ValueError(f"member {name!r} has {len(raw)} bytes instead of {size}")
    return raw


def _ed25519(public: bytes) -> _Primitive:
    def accepts(signature: bytes, data: bytes) -> bool:
        try:
            crypto_sign_open(signature + data, public)
        except BadSignatureError:
            return False
        return True

    return accepts


def _es256(x: bytes, y: bytes) -> _Primitive:
    public = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    ).public_key()

    def accepts(signature: bytes, data: bytes) -> bool:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if s > _P256_ORDER // 2:  # the mirrored signature is valid too: refusing it keeps record hashes unique
            return False
        try:
            public.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    return accepts
