"""Signed messages: JWS compact serialisation (RFC 7515), one algorithm per key, keys named by their thumbprint.

Bytes are stored and verified as received, never re-serialised. Whatever the bytes, only `Rejected` comes out.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from nacl.signing import SigningKey as _Ed25519Key

from schemas.keys import Algorithm, Rejected, VerifyingKey, b64url, thumbprint, unb64url
from schemas.messages import Message, Record

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "JWS_BYTES_MAX",
    "MESSAGE_BYTES_MAX",
    "RECORDS_PER_MESSAGE_MAX",
    "Algorithm",
    "Rejected",
    "SigningKey",
    "Typ",
    "VerifyingKey",
    "b64url",
    "decode",
    "decode_record",
    "encode",
    "fingerprint",
    "join_batch",
    "kid_of",
    "split_batch",
    "thumbprint",
    "unb64url",
    "verify",
]

JWS_BYTES_MAX = 32_768
RECORDS_PER_MESSAGE_MAX = 20
MESSAGE_BYTES_MAX = 262_144
MANIFEST_BYTES_MAX = 8 * 2**20  # 5,000 expected movements with their keys, 2,000 badges, 10,000 seals, in base64
_SIGNATURE_BYTES = 64

M = TypeVar("M", bound=Message)


class Typ(StrEnum):
    """The `typ` header: a signature made for one purpose is worth nothing for another (RFC 8725 §3.11)."""

    SCAN = "sealgate-scan"
    TELEMETRY = "sealgate-telemetry"
    STATE = "sealgate-state"
    REPLY = "sealgate-reply"
    PHOTO = "sealgate-photo"
    RECEIPT = "sealgate-receipt"
    MANIFEST = "sealgate-manifest"
    COMMAND = "sealgate-command"


def fingerprint(jws: bytes) -> str:
    """Name exact bytes by their SHA-256: record hash, link of the chain, head of a receipt."""
    return b64url(hashlib.sha256(jws).digest())


class SigningKey:
    """A private Ed25519 key (RFC 8032) and what it signs."""

    def __init__(self, seed: bytes) -> None:
        self._key = _Ed25519Key(seed)
        public = b64url(bytes(self._key.verify_key))
        self.public_jwk = {"kty": "OKP", "crv": "Ed25519", "x": public, "alg": str(Algorithm.ED25519)}
        self.kid = thumbprint(self.public_jwk)

    @classmethod
    def generate(cls) -> SigningKey:
        """Draw a new key from the operating system's source."""
        return cls(bytes(_Ed25519Key.generate()))

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Take the 32-byte seed of RFC 8032; ValueError for another length."""
        if len(seed) != 32:  # noqa: PLR2004 - RFC 8032 §5.1.5
            raise ValueError(f"an Ed25519 seed has 32 bytes, not {len(seed)}")
        return cls(seed)

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, for the key file only."""
        return bytes(self._key)

    @property
    def verifying_key(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey.from_jwk(self.public_jwk)

    def sign(self, typ: Typ, payload: bytes) -> bytes:
        """Return the compact JWS over `payload`."""
        header = _header_segment(Algorithm.ED25519, self.kid, typ)
        signing_input = header + b"." + b64url(payload).encode()
        return signing_input + b"." + b64url(self._key.sign(signing_input).signature).encode()


@lru_cache(maxsize=64)
def _header_segment(alg: Algorithm, kid: str, typ: Typ) -> bytes:
    return b64url(json.dumps({"alg": alg, "kid": kid, "typ": typ}, separators=(",", ":")).encode()).encode()


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


@lru_cache(maxsize=4096)
def _parse_header(segment: bytes) -> _Header:
    try:
        return msgspec.json.decode(unb64url(segment), type=_Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("HEADER", str(error)) from error


def _split(jws: bytes, bytes_max: int = JWS_BYTES_MAX) -> tuple[bytes, bytes, bytes]:
    if len(jws) > bytes_max:
        raise Rejected("TOO-LONG", f"{len(jws)} bytes")
    parts = jws.split(b".")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515 §7.1
        raise Rejected("NOT-JWS", f"{len(parts)} segments")
    return parts[0], parts[1], parts[2]


def kid_of(jws: bytes) -> str:
    """Return the key id a message claims, unverified; raises Rejected."""
    return _parse_header(_split(jws, MANIFEST_BYTES_MAX)[0]).kid


def verify(jws: bytes, typ: Typ, find_key: Callable[[str], VerifyingKey | None]) -> bytes:
    """Return the payload of a message signed for `typ` by a key that `find_key` knows; raises only Rejected.

    1. Three segments, within the size limit.        2. Header exactly alg, kid, typ.
    3. The type is the one this channel carries.     4. The key is registered.
    5. The algorithm is the one of that key.         6. The signature is canonical and verifies.
    """
    bytes_max = MANIFEST_BYTES_MAX if typ is Typ.MANIFEST else JWS_BYTES_MAX
    header_segment, payload_segment, signature_segment = _split(jws, bytes_max)  # 1
    header = _parse_header(header_segment)  # 2
    if header.typ != typ:  # 3
        raise Rejected("TYPE", f"{header.typ!r} instead of {typ}")
    key = find_key(header.kid)  # 4
    if key is None:
        raise Rejected("KEY-UNKNOWN", header.kid)
    if header.alg != key.alg:  # 5
        raise Rejected("ALG", f"{header.alg!r} instead of {key.alg}")
    signature = unb64url(signature_segment)  # 6: a second spelling of the same signature would change the record's hash
    if len(signature) != _SIGNATURE_BYTES or b64url(signature).encode() != signature_segment:
        raise Rejected("SIGNATURE", "not a canonical 64-byte signature")
    if not key.accepts(signature, jws[: len(header_segment) + 1 + len(payload_segment)]):
        raise Rejected("SIGNATURE", header.kid)
    return unb64url(payload_segment)


_encoder = msgspec.json.Encoder()
_record_decoder = msgspec.json.Decoder(Record)


@lru_cache(maxsize=32)
def _decoder(kind: type[M]) -> msgspec.json.Decoder[M]:
    return msgspec.json.Decoder(kind)


def encode(message: Message) -> bytes:
    """Write a message as JSON, fields in the order of the model, defaults left out."""
    return _encoder.encode(message)


def decode(payload: bytes, kind: type[M]) -> M:
    """Read a message; raises Rejected VERSION for a version not known here, MALFORMED for anything else."""
    message: M = _decode(_decoder(kind), payload)
    return message


def decode_record(payload: bytes) -> Record:
    """Read a scan or epoch event; raises Rejected as `decode` does."""
    record: Record = _decode(_record_decoder, payload)
    return record


def _decode(decoder: msgspec.json.Decoder[Any], payload: bytes) -> Any:
    try:
        return decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        code = "VERSION" if str(error).endswith("at `$.v`") else "MALFORMED"
        raise Rejected(code, str(error)) from error


def join_batch(records: list[bytes]) -> bytes:
    """Put records into one MQTT payload, one a line."""
    assert 1 <= len(records) <= RECORDS_PER_MESSAGE_MAX  # noqa: S101 - our own limit, held by the outbox
    return b"\n".join(records)


def split_batch(payload: bytes) -> list[bytes]:
    """Take an MQTT payload apart; raises Rejected TOO-LONG for more than the agreed bytes or records."""
    if len(payload) > MESSAGE_BYTES_MAX:
        raise Rejected("TOO-LONG", f"{len(payload)} bytes")
    records = payload.split(b"\n")
    if len(records) > RECORDS_PER_MESSAGE_MAX:
        raise Rejected("TOO-LONG", f"{len(records)} records")
    return records
