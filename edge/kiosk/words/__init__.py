"""Every word of the two screens that is not a reason: one module a table; this one only joins them.

Reasons and faults have their texts in `schemas.reasons`; nothing here invents a code.
"""

from __future__ import annotations

from edge.kiosk.words.choices import CHOICES, ENTRIES, OPERATIONS, QUESTIONS, ROLES
from edge.kiosk.words.driver import DRIVER, DRIVER_TEXTS, VERDICTS
from edge.kiosk.words.model import Line, Question, Words
from edge.kiosk.words.simulation import SIMULATION, SIMULATION_STATES
from edge.kiosk.words.staff import STEPS, TEXTS

__all__ = [
    "CHOICES",
    "DRIVER",
    "DRIVER_TEXTS",
    "ENTRIES",
    "OPERATIONS",
    "QUESTIONS",
    "ROLES",
    "SIMULATION",
    "SIMULATION_STATES",
    "STEPS",
    "TEXTS",
    "VERDICTS",
    "Line",
    "Question",
    "Words",
]
