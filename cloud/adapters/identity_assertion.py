"""The single window's word on who logged in by which certificate: a signed token (R-013).

`SingleWindow` reads it; `SimulatedWindow` writes it in tests and the demo, since the real one is customs' own.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cloud.registry.people.assertion import Assertion, Certificate
from cloud.registry.refusals import Refusal
from schemas.envelope import Rejected, b64url, unb64url

TOKEN_CHARS_MAX = 4_096
LIFETIME_MAX_S = 3_600  # of one login
CLOCK_SKEW_S = 60
HEADER = b'{"alg":"Ed25519","typ":"identity-assertion+jwt"}'  # this and no other: nothing to negotiate
_SEGMENTS = 3


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the window says: RFC 7519 times in seconds; `jti` makes each login its own."""

    cert: Literal["BUSINESS", "CITIZEN"]
    ubn: str
    iat: int
    exp: int
    jti: str
    authorised: bool = False


_claims = msgspec.json.Decoder(Claims)


class SingleWindow:
    """Reads the window's tokens with its public key (32 bytes)."""

    def __init__(self, public_key: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def __call__(self, token: str, now_ms: int) -> Assertion:
        """Return what the token says; Refusal ASSERTION where it is not the window's, too old, or from the future."""
        claims = self._claims(token)
        now_s = now_ms / 1000
        if not claims.iat - CLOCK_SKEW_S <= now_s < min(claims.exp, claims.iat + LIFETIME_MAX_S):
            raise Refusal("ASSERTION", "not valid now")
        reference = b64url(hashlib.sha256(token.encode()).digest())
        return Assertion(
            certificate=Certificate(claims.cert), ubn=claims.ubn, authorised=claims.authorised, reference=reference
        )

    def _claims(self, token: str) -> Claims:
        segments = token.encode("utf-8", "replace").split(b".")
        if len(token) > TOKEN_CHARS_MAX or len(segments) != _SEGMENTS:
            raise Refusal("ASSERTION", "not a token of the single window")
        try:
            if unb64url(segments[0]) != HEADER:
                raise Refusal("ASSERTION", "another kind of token")
            self._key.verify(unb64url(segments[2]), segments[0] + b"." + segments[1])
            return _claims.decode(unb64url(segments[1]))
        except (InvalidSignature, Rejected, ValueError, msgspec.MsgspecError) as error:
            raise Refusal("ASSERTION", "not signed by the single window") from error


class SimulatedWindow:
    """Stands in for the single window: signs what it is told, with a key of its own (32-byte seed)."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that read its tokens."""
        return self._key.public_key().public_bytes_raw()

    def token(self, claims: Claims) -> str:
        """Return the token of one login."""
        signed = f"{b64url(HEADER)}.{b64url(msgspec.json.encode(claims))}"
        return f"{signed}.{b64url(self._key.sign(signed.encode()))}"
