"""Container numbers of ISO 6346; customs' own samples fail the check digit, so a failure only warns (C1)."""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = 11
# A is 10, B 12, …: multiples of eleven are left out
_VALUES = dict(zip(_LETTERS, (number for number in range(10, 39) if number % _MODULUS), strict=True))
_VALUES |= {str(digit): digit for digit in range(10)}


def check_digit(prefix: str) -> int:
    """Return the check digit of owner code, category and serial number, ten characters."""
    return sum(_VALUES[sign] << place for place, sign in enumerate(prefix)) % _MODULUS % 10


def doubt(number: str) -> str | None:
    """Return why `number` is no sound container number, in English, or None where it is (R-047: a warning only)."""
    if not _FORM.fullmatch(number):
        return "is not of the form of ISO 6346"
    right = check_digit(number[:-1])
    return None if str(right) == number[-1] else f"has check digit {number[-1]}, ISO 6346 says {right}"
