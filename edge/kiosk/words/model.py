"""The shapes of a text: for staff in two languages, for the driver in four."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One text for staff."""

    zh: str
    en: str


class Line(NamedTuple):
    """One line for the driver, who may read none of the staff's languages."""

    zh: str
    en: str
    vi: str
    id: str


class Question(NamedTuple):
    """One check: what is asked, how it is called in the summary, and what the two buttons say."""

    name: Words
    ask: Words
    yes: Words
    no: Words
