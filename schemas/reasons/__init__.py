"""Every stable code with its texts in both languages; docs/reasons.md is generated from here and a test compares them.

One module a group, two of what a lane decides; this one only joins them. Add a reason to the module of its group.
"""

from __future__ import annotations

from schemas.reasons.anomaly import ANOMALIES
from schemas.reasons.decision import DECISIONS
from schemas.reasons.fault import FAULTS
from schemas.reasons.hold import HOLDS
from schemas.reasons.lane import ENDINGS, LANE
from schemas.reasons.model import Group, Reason
from schemas.reasons.rejected import REJECTIONS
from schemas.reasons.seal import SEALS

__all__ = ["GROUPS", "REASONS", "Group", "Reason", "group_of"]

GROUPS: dict[Group, tuple[Reason, ...]] = {
    Group.DECISION: (*DECISIONS, *SEALS, *ENDINGS),
    Group.REJECTED: REJECTIONS,
    Group.FAULT: FAULTS,
    Group.ANOMALY: ANOMALIES,
    Group.LANE: LANE,
    Group.HOLD: HOLDS,
}
REASONS: dict[str, Reason] = {reason.code: reason for group in GROUPS.values() for reason in group}


def group_of(code: str) -> Group:
    """Return the group a code stands in; KeyError for an unknown code."""
    reason = REASONS[code]
    return next(group for group, members in GROUPS.items() if reason in members)
