"""Passwords: what a good one is, and their Argon2id hashes (RFC 9106 §4, second recommended option)."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from cloud.registry.refusals import Refusal

CHARS_MIN = 12
CHARS_MAX = 128
HASHES_AT_ONCE_MAX = 4  # each takes 64 MiB: a flood of sign-ins must not take the machine's memory
FIRST_BYTES = 12
SPENT, CLOSED = "!", "!closed"  # stored instead of a hash: no password fits

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_slots = threading.BoundedSemaphore(HASHES_AT_ONCE_MAX)


def check(plain: str, account: str) -> None:
    """Raise Refusal PASSWORD for one that is too short, too long, or holds the account's name; no other rules."""
    if not CHARS_MIN <= len(plain) <= CHARS_MAX:
        raise Refusal("PASSWORD", f"{CHARS_MIN} to {CHARS_MAX} characters")
    if account.lower() in plain.lower():
        raise Refusal("PASSWORD", "it holds the account's name")


def first() -> str:
    """Draw a first-login credential."""
    return secrets.token_urlsafe(FIRST_BYTES)


def hashed(plain: str) -> str:
    """Return the hash to store, with its salt and parameters."""
    with _slots:
        return _hasher.hash(_normal(plain))


def matches(stored: str | None, plain: str) -> bool:
    """Tell whether `plain` is the password; for None, no account, it takes just as long to say no."""
    real = stored is not None and stored not in {SPENT, CLOSED}
    with _slots:
        try:
            _hasher.verify(stored if stored is not None and real else _nobody(), _normal(plain))
        except (VerificationError, InvalidHashError):
            return False
    return real


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(FIRST_BYTES))


def _normal(plain: str) -> str:
    # Two keyboards may write the same character in two ways (NIST SP 800-63B §3.1.1.2).
    return unicodedata.normalize("NFKC", plain[:CHARS_MAX])
