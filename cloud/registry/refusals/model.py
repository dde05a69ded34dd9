"""What a refusal is: a stable code, what a person reads in both languages, and the HTTP status it becomes."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """One refusal: `status` as RFC 9110 has it."""

    code: str
    status: int
    zh: str
    en: str
