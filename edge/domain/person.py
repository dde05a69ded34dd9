"""Whether the person at the lane may do what the movement needs next (R-049, R-064)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.messages import Operation, Staff, Verdict

if TYPE_CHECKING:
    from edge.domain.objection import Objection


def of_the_person(staff: Staff | None, operation: Operation) -> list[Objection]:
    """Say what speaks against who is signed in; an inspection moves nothing and needs no right.

    A paper seal departs by an officer only, whatever the manifest grants a specialist: that has a word of its own,
    since another badge of the same desk helps no further.
    """
    if staff is None:
        return [(Verdict.REFER, "BADGE-FIRST")]
    if operation is Operation.INSPECT:
        return []
    if operation is Operation.SEAL_OUT_P and staff.role != "OFFICER":
        return [(Verdict.REFER, "OFFICER-ONLY")]
    return [] if operation in staff.may else [(Verdict.REFER, "ROLE")]
