"""One lane of a gate: `procedure` is the way from tap to light, `presses` its buttons, `lane` the task."""

from __future__ import annotations

from edge.lane.desk import Bell, CrashPoint, Desk, Equipment
from edge.lane.lane import Lane

__all__ = ["Bell", "CrashPoint", "Desk", "Equipment", "Lane"]
