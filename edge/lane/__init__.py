"""One lane of a gate: `procedure` is the way from the tap to the light, `lane` the task that takes it step by step."""

from __future__ import annotations

from edge.lane.desk import Bell, CrashPoint, Desk
from edge.lane.lane import Lane

__all__ = ["Bell", "CrashPoint", "Desk", "Lane"]
