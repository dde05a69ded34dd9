"""The recent log in memory, for the technician and for diagnostics: bounded, and without what names a person or a card.

What is logged names none by itself; this is the second lock, since these lines leave the machine.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from typing import NamedTuple

LINES_MAX = 1_000
LINE_CHARS_MAX = 400
TRACE_CHARS_MAX = 3_000
_SCRUBBED = (
    (re.compile(r"(?<=://)[^/\s@]+@"), ""),  # user and password of an address
    (re.compile(r"\?[^\s'\")]+"), "?…"),  # its query: snapshot addresses carry passwords there
    (re.compile(r"\b[A-Z][A-D1289]\d{8}\b"), "[id]"),  # national and resident ID numbers
    (re.compile(r"\b09\d{8}\b"), "[phone]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "[mail]"),
    (re.compile(r"\b(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})\b"), "[uid]"),  # of a badge, a tag, a seal
)


class Line(NamedTuple):
    """One line of the log."""

    at_s: float  # of the system clock, as logging has it
    level: str
    name: str
    text: str


class RecentLog(logging.Handler):
    """The last LINES_MAX lines; `count` grows with each, so that a reader knows what it has seen."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[Line] = deque(maxlen=LINES_MAX)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, scrubbed and cut; called from any thread."""
        text = scrub(record.getMessage())[:LINE_CHARS_MAX]
        if record.exc_info and record.exc_info[0] is not None:
            trace = logging.Formatter().formatException(record.exc_info)
            text = f"{text}\n{scrub(trace)[-TRACE_CHARS_MAX:]}"
        self._lines.append(Line(record.created, record.levelname, record.name, text))
        self.count += 1

    def lines(self, last: int = LINES_MAX) -> list[Line]:
        """Return the latest lines, oldest first."""
        return list(self._lines)[-last:]


def scrub(text: str) -> str:
    """Return a text without passwords in addresses, ID numbers, telephone numbers, mail addresses and card UIDs."""
    for pattern, instead in _SCRUBBED:
        text = pattern.sub(instead, text)
    return text
