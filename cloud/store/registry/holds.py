"""Rows of holds, of every step taken about them, and of lifted holds of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, or_, select, update

from cloud.domain.lifecycles.hold import HOLDING, OPEN
from cloud.store.schema import cases, hold, hold_record, hold_step, movement, rule_hold_lift

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row

_LACKING = or_(hold.c.reported_ms.is_(None), hold.c.statement_ms.is_(None), hold.c.id_copy_ms.is_(None))


class Wanted(NamedTuple):
    """Which holds a list is asked for; `lacking`: only those that miss something."""

    state: str | None = None
    movement: str | None = None
    lacking: bool = False


def find(connection: Connection, hold_id: int) -> Row[Any] | None:
    """Return one hold."""
    return connection.execute(select(hold).where(hold.c.id == hold_id)).one_or_none()


def holding(connection: Connection, movement_id: str) -> Any:
    """Return the hold that a person or a lane placed on a movement and nobody has lifted, or None."""
    rows = select(hold).where(hold.c.movement == movement_id, hold.c.state.in_(HOLDING))
    return connection.execute(rows).one_or_none()


def let_go_since(connection: Connection, movement_id: str, after_ms: int) -> bool:
    """Return whether an officer lifted or annulled a hold of a movement after a moment."""
    rows = select(hold.c.id).where(hold.c.movement == movement_id, hold.c.lifted_ms > after_ms)
    return connection.scalar(rows.limit(1)) is not None


def add_record(connection: Connection, record: tuple[str, int, int], hold_id: int) -> None:
    """Note which record of a lane (gate, epoch, sequence) a hold was placed or seen by."""
    gate, epoch, seq = record
    connection.execute(insert(hold_record).values(gate=gate, epoch=epoch, seq=seq, hold=hold_id))


def of_record(connection: Connection, record: tuple[str, int, int]) -> int | None:
    """Return the hold that a record of a lane placed or saw."""
    gate, epoch, seq = record
    at = (hold_record.c.gate == gate, hold_record.c.epoch == epoch, hold_record.c.seq == seq)
    found: int | None = connection.scalar(select(hold_record.c.hold).where(*at))
    return found


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Add a hold; IntegrityError where these goods are held already."""
    hold_id: int = connection.execute(insert(hold).values(row).returning(hold.c.id)).scalar_one()
    return hold_id


def change(connection: Connection, hold_id: int, state: str, values: dict[str, Any]) -> bool:
    """Change a hold that is still in this state; False if somebody was first."""
    at = update(hold).where(hold.c.id == hold_id, hold.c.state == state)
    return connection.execute(at.values(values)).rowcount == 1


def add_step(connection: Connection, row: dict[str, Any]) -> None:
    """Add a step to the history."""
    connection.execute(insert(hold_step).values(row))


def steps(connection: Connection, hold_id: int) -> Sequence[Row[Any]]:
    """Return what was done about a hold, oldest first."""
    return connection.execute(select(hold_step).where(hold_step.c.hold == hold_id).order_by(hold_step.c.id)).all()


def page(
    connection: Connection, after: int, limit: int, sites: Collection[str] | None, wanted: Wanted
) -> Sequence[Row[Any]]:
    """Return up to `limit` holds with an id above `after`, of movements that touch `sites` (None: all)."""
    rows = select(hold).where(hold.c.id > after)
    if sites is not None:
        ends = select(movement.c.id).where(
            movement.c.id == hold.c.movement,
            or_(movement.c.origin.in_(sorted(sites)), movement.c.destination.in_(sorted(sites))),
        )
        rows = rows.where(ends.exists())
    if wanted.state is not None:
        rows = rows.where(hold.c.state == wanted.state)
    if wanted.movement is not None:
        rows = rows.where(hold.c.movement == wanted.movement)
    if wanted.lacking:
        rows = rows.where(_LACKING, hold.c.state.in_(OPEN))
    return connection.execute(rows.order_by(hold.c.id).limit(limit)).all()


def to_chase(connection: Connection, now_ms: int, limit: int) -> Sequence[Row[Any]]:
    """Return and lock holds whose missing papers are to be asked for again."""
    rows = select(hold).where(hold.c.chase_ms <= now_ms).order_by(hold.c.chase_ms, hold.c.id).limit(limit)
    return connection.execute(rows.with_for_update(skip_locked=True)).all()


def any_to_chase(connection: Connection, now_ms: int) -> bool:
    """Return whether a hold's missing papers are due to be asked for."""
    return connection.scalar(select(hold.c.id).where(hold.c.chase_ms <= now_ms).limit(1)) is not None


def detain(connection: Connection, movement_id: str, reason: str | None, now_ms: int) -> None:
    """Put a person's hold on a movement, or take it off (None); what the rules hold is another column."""
    values = {"detained_reason": reason, "detained_ms": None if reason is None else now_ms, "updated_ms": now_ms}
    connection.execute(update(movement).where(movement.c.id == movement_id).values(values))


# ---------------------------------------------------------------- holds of the rules


def lift_of_rules(connection: Connection, movement_id: str, seen: tuple[str, int], values: dict[str, Any]) -> bool:
    """Write `values` over the rules' hold (reason, since) that somebody saw; False if it is another one by now."""
    reason, since_ms = seen
    at = update(movement).where(
        movement.c.id == movement_id, movement.c.hold_reason == reason, movement.c.hold_since_ms == since_ms
    )
    return connection.execute(at.values(values)).rowcount == 1


def hold_by_rule(connection: Connection, movement_id: str, values: dict[str, Any]) -> None:
    """Put a hold of the rules on a movement, as the fold would have, had another not been there before."""
    connection.execute(update(movement).where(movement.c.id == movement_id).values(values))


def add_rule_lift(connection: Connection, row: dict[str, Any]) -> None:
    """Note that an officer lifted a hold of the rules."""
    connection.execute(insert(rule_hold_lift).values(row))


def case_count(connection: Connection, movement_id: str, code: str) -> int:
    """Return how often the open case of a rule occurred, 0 for none."""
    of = (cases.c.movement_id == movement_id, cases.c.code == code, cases.c.closed_ms.is_(None))
    return connection.scalar(select(func.max(cases.c.count)).where(*of)) or 0


def standing(connection: Connection, movement_id: str, codes: Collection[str]) -> Any:
    """Return the earliest open, certain case of these rules that has news since an officer last lifted its hold."""
    lifted = (
        select(func.coalesce(func.max(rule_hold_lift.c.count), 0))
        .where(rule_hold_lift.c.movement == movement_id, rule_hold_lift.c.reason == cases.c.code)
        .scalar_subquery()
    )
    rows = select(cases.c.code, cases.c.detected_ms).where(
        cases.c.movement_id == movement_id,
        cases.c.code.in_(sorted(codes)),
        cases.c.closed_ms.is_(None),
        cases.c.status == "CONFIRMED",
        cases.c.count > lifted,
    )
    found: Any = connection.execute(rows.order_by(cases.c.detected_ms, cases.c.id).limit(1)).one_or_none()
    return found
