"""A container number from the lines that a machine read on a door: pure; a hint for people, never a verdict.

The number stands on a door in pieces: four letters, six digits, and the check digit in a box that machines often miss
(ISO 6346). Whatever is put together here has the right check digit, read or computed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from schemas.iso6346 import check_digit

if TYPE_CHECKING:
    from collections.abc import Iterable

LINES_MAX = 200
_OWNER = re.compile(r"[A-Z]{3}[UJZ]")  # owner code and category
_SERIAL = re.compile(r"[0-9]{6}[0-9]?")
_WHOLE = re.compile(r"([A-Z0-9]{3}[UJZ])([A-Z0-9]{6})([A-Z0-9])?")
_AS_LETTER = str.maketrans("0158", "OISB")
_AS_DIGIT = str.maketrans("OQDISBZG", "00015826")


class Line(NamedTuple):
    """One line of text with the machine's own confidence, 0 to 1."""

    text: str
    score: float


def container_number(lines: Iterable[Line], score_min: float = 0.6) -> str | None:
    """Return the number best read, its check digit right; None where none can be put together.

    One line may hold it whole; else each owner code is tried with each group of digits. A number whose check digit was
    read wins over one whose check digit had to be computed.
    """
    known = [Line(_bare(line.text), line.score) for line in list(lines)[:LINES_MAX] if line.score >= score_min]
    found: list[tuple[bool, float, str]] = []
    for line in known:
        for owner, serial, check in _WHOLE.findall(line.text):
            found += _judged(owner, serial + check, line.score)
    owners = [line for line in known if _OWNER.fullmatch(line.text.translate(_AS_LETTER))]
    serials = [line for line in known if _SERIAL.fullmatch(line.text.translate(_AS_DIGIT))]
    for owner in owners:
        for serial in serials:
            found += _judged(owner.text, serial.text, min(owner.score, serial.score))
    return max(found)[2] if found else None


def _judged(owner: str, digits: str, score: float) -> list[tuple[bool, float, str]]:
    number = owner.translate(_AS_LETTER) + digits.translate(_AS_DIGIT)
    if not _OWNER.fullmatch(number[:4]) or not number[4:].isdigit():
        return []
    check = check_digit(number[:10])
    if len(number) == 10:  # noqa: PLR2004 - letters and digits without the check digit
        return [(False, score, f"{number}{check}")]
    return [(True, score, number)] if int(number[10]) == check else []


def _bare(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
