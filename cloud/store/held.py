"""Whether goods are held, and which hold is shown where both the rules and a person hold them (R-068).

The rules write `hold_…` with the fold, people `detained_…` with the table `hold`; each side lifts its own, and goods
go only when both are gone. Shown is the rules' hold: a forged or copied seal is the graver matter, and whoever sees a
person's reason in its place could take that person's lift for the end. Its own time stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, or_

from cloud.store.schema import movement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

# Both are None or neither (constraints of the table), so that reason and time come from the same hold.
REASON = func.coalesce(movement.c.hold_reason, movement.c.detained_reason)
SINCE_MS = func.coalesce(movement.c.hold_since_ms, movement.c.detained_ms)


class Shown(NamedTuple):
    """The hold that gates and board show."""

    reason: str
    since_ms: int


def held(*also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that goods are held, and what else must be true of them.

    Each side names its time and takes the rest for itself: only so do both databases use the partial indexes.
    """
    by_rules = and_(movement.c.hold_since_ms > 0, movement.c.hold_reason.is_not(None), *also)
    by_people = and_(movement.c.detained_ms > 0, movement.c.detained_reason.is_not(None), *also)
    return or_(by_rules, by_people)


def shown(row: Any) -> Shown | None:
    """Return the hold to show of a movement's row, or None."""
    if row.hold_reason is not None:
        return Shown(row.hold_reason, row.hold_since_ms)
    return None if row.detained_reason is None else Shown(row.detained_reason, row.detained_ms)
