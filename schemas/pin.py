"""The PIN at a kiosk: digits that prove the person whose badge was read (R-049), kept and sent as Argon2id only.

A badge's UID can be copied; the PIN cannot be read off it. Cloud and gate make and check the same PHC string.
"""

from __future__ import annotations

import re
from itertools import pairwise

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

DIGITS_MIN = 4
DIGITS_MAX = 12
# RFC 9106 §4 leaves the cost to the machine: the OWASP floor, which a Raspberry Pi 4 does in a third of a second.
MEMORY_KIB = 19_456
PASSES = 2
_PIN = re.compile(rf"[0-9]{{{DIGITS_MIN},{DIGITS_MAX}}}", re.ASCII)
_PHC = re.compile(
    r"\$argon2id\$v=19\$m=(?P<memory>[0-9]{1,6}),t=(?P<passes>[0-9]{1,2}),p=1\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
)
_MEMORY_KIB_MAX = 65_536  # no verifier may ask a kiosk for more than this
_PASSES_MAX = 4
_DOWN_THE_KEYPAD = frozenset({"2580", "0852"})


def is_pin(text: str) -> bool:
    """Return whether this is a PIN at all: 4 to 12 digits."""
    return _PIN.fullmatch(text) is not None


def is_weak(pin: str) -> bool:
    """Return whether a stranger would try it first: digits that go on evenly (0000, 1234, 9876), or 1212, 123123."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    again = any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1))
    return len(steps) == 1 or again or pin in _DOWN_THE_KEYPAD


def verifier(pin: str) -> str:
    """Return what is kept of a PIN: an Argon2id PHC string with a salt of its own."""
    return argon2id.str(pin.encode(), opslimit=PASSES, memlimit=MEMORY_KIB * 1024).decode()


def proves(kept: str, pin: str) -> bool:
    """Return whether `pin` is the one this was made of; False for whatever is no PIN or no verifier of ours."""
    cost = _PHC.fullmatch(kept)
    if cost is None or int(cost["memory"]) > _MEMORY_KIB_MAX or int(cost["passes"]) > _PASSES_MAX or not is_pin(pin):
        return False
    try:
        return argon2id.verify(kept.encode(), pin.encode())
    except (CryptoError, ValueError):
        return False
