"""What is broken or missing at this gate right now, by who reported it: shown on the screens and sent with telemetry.

Codes are those of `schemas.reasons`, group FAULT; this only keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GATE = ""  # reporter of faults that concern every lane
FAULTS_MAX = 32  # as telemetry carries them


class Faults:
    """The faults that stand; `changed` is called whenever the set became another one."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._standing: dict[tuple[str, str], None] = {}
        self.changed = changed

    def report(self, code: str, *, stands: bool, lane: str = GATE) -> None:
        """Say that a fault stands, or no longer."""
        key = (lane, code)
        if stands == (key in self._standing):
            return
        if stands:
            self._standing[key] = None
        else:
            del self._standing[key]
        self.changed()

    def only(self, codes: tuple[str, ...], among: frozenset[str], lane: str = GATE) -> None:
        """Of the faults `among`, let exactly `codes` stand."""
        for code in sorted(among):
            self.report(code, stands=code in codes, lane=lane)

    def of(self, lane: str) -> tuple[str, ...]:
        """Return what concerns one lane: the gate's faults and its own, oldest first."""
        return tuple(dict.fromkeys(code for reporter, code in self._standing if reporter in {GATE, lane}))

    def all(self) -> tuple[str, ...]:
        """Return every code that stands somewhere, oldest first."""
        return tuple(dict.fromkeys(code for _, code in self._standing))[:FAULTS_MAX]
