"""Gate-out and gate-in notices (出站、進站通報) from a yard's own system: what the rules hold reads against (B)."""

from __future__ import annotations

from cloud.registry.notices.telling import Correction, Notice, Told, correct, notices, tell

__all__ = ["Correction", "Notice", "Told", "correct", "notices", "tell"]
