"""Rows of the officers' worklist: what a message or a lane's record leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from cloud.store.registry.messages import PARAMETERS_MAX
from cloud.store.schema import instruction, officer_task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, task_id: int) -> Row[Any] | None:
    """Return one task with its instruction's places."""
    return connection.execute(_with_places().where(officer_task.c.id == task_id)).one_or_none()


def _with_places() -> Any:
    places = (instruction.c.origin, instruction.c.destination, instruction.c.state)
    return select(officer_task, *places).join_from(officer_task, instruction, isouter=True)


def page(
    connection: Connection, after: int, limit: int, *, sites: Collection[str] | None, closed: bool
) -> Sequence[Row[Any]]:
    """Return up to `limit` tasks by id, open or closed; `sites` None means all, else theirs and those of no place."""
    rows = _with_places().where(officer_task.c.id > after)
    rows = rows.where(officer_task.c.closed_ms.is_not(None) if closed else officer_task.c.closed_ms.is_(None))
    if sites is not None:
        here = [instruction.c.origin.in_(sorted(sites)), instruction.c.destination.in_(sorted(sites))]
        nowhere = (instruction.c.origin == "") & (instruction.c.destination == "")
        lane = officer_task.c.site.in_(sorted(sites))
        neither = officer_task.c.instruction.is_(None) & officer_task.c.site.is_(None)
        rows = rows.where(or_(*here, nowhere, lane, neither))
    return connection.execute(rows.order_by(officer_task.c.id).limit(limit)).all()


def open_of(connection: Connection, instructions: Iterable[str]) -> list[Row[Any]]:
    """Return the open tasks of these instructions."""
    rows: list[Row[Any]] = []
    every = sorted(set(instructions))
    for at in range(0, len(every), PARAMETERS_MAX):
        some = select(officer_task).where(officer_task.c.instruction.in_(every[at : at + PARAMETERS_MAX]))
        rows += connection.execute(some.where(officer_task.c.closed_ms.is_(None))).all()
    return rows


def open_of_message(connection: Connection, message: str, reason: str) -> bool:
    """Tell whether this question about a whole message is open."""
    rows = select(officer_task.c.id).where(officer_task.c.message == message, officer_task.c.reason == reason)
    rows = rows.where(officer_task.c.closed_ms.is_(None), officer_task.c.instruction.is_(None))
    return connection.execute(rows.limit(1)).first() is not None


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put tasks on the list."""
    if rows:
        connection.execute(insert(officer_task), rows)


def close(connection: Connection, task_id: int, values: dict[str, Any]) -> bool:
    """Close an open task; False if somebody else was first."""
    task = update(officer_task).where(officer_task.c.id == task_id, officer_task.c.closed_ms.is_(None))
    return connection.execute(task.values(values)).rowcount == 1


def settle(connection: Connection, ids: Sequence[int], by: str, now_ms: int) -> None:
    """Close open tasks that need no officer any more."""
    for at in range(0, len(ids), PARAMETERS_MAX):
        of = officer_task.c.id.in_(ids[at : at + PARAMETERS_MAX])
        task = update(officer_task).where(of, officer_task.c.closed_ms.is_(None))
        connection.execute(task.values(closed_ms=now_ms, closed_by=by, decision="SETTLED"))
