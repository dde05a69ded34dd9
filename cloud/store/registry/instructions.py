"""Rows of sealing instructions and of the mentions they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, or_, select, tuple_, update

from cloud.store.registry.messages import PARAMETERS_MAX
from cloud.store.schema import ground, instruction, mention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import BindParameter, ColumnElement, Connection, Row


def find(connection: Connection, instruction_id: str) -> Row[Any] | None:
    """Return one instruction."""
    return connection.execute(select(instruction).where(instruction.c.id == instruction_id)).one_or_none()


def page(  # noqa: PLR0913 -- what a list is filtered by
    connection: Connection, after: str, limit: int, *, sites: Collection[str] | None, unplaced: bool,
    state: str | None, container: str | None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Return up to `limit` instructions by id; `sites` None means all, `unplaced` adds those without a known route."""
    rows = select(instruction).where(instruction.c.id > after)
    if state is not None:
        rows = rows.where(instruction.c.state == state)
    if container is not None:
        rows = rows.where(instruction.c.container == container)
    if sites is not None:
        rows = rows.where(_at(sites, unplaced=unplaced))
    return connection.execute(rows.order_by(instruction.c.id).limit(limit)).all()


def _at(sites: Collection[str], *, unplaced: bool) -> ColumnElement[bool]:
    """Say which instructions touch these sites: by origin or destination, or by neither being known."""
    here = or_(instruction.c.origin.in_(sorted(sites)), instruction.c.destination.in_(sorted(sites)))
    nowhere = (instruction.c.origin == "") & (instruction.c.destination == "")
    return or_(here, nowhere) if unplaced else here


def of_containers(connection: Connection, containers: Iterable[str], states: Collection[str]) -> list[Row[Any]]:
    """Return the instructions of these containers in these states, oldest first."""
    rows: list[Row[Any]] = []
    every = sorted(set(containers))
    for at in range(0, len(every), PARAMETERS_MAX):
        some = select(instruction).where(instruction.c.container.in_(every[at : at + PARAMETERS_MAX]))
        rows += connection.execute(some.where(instruction.c.state.in_(sorted(states)))).all()
    return sorted(rows, key=lambda row: (row.created_ms, row.id))


def of_mentions(connection: Connection, keys: Sequence[tuple[str, int]]) -> list[str]:
    """Return the ids of the instructions that rest on, or are completed by, these mentions."""
    found: set[str] = set()
    for at in range(0, len(keys), PARAMETERS_MAX):
        named = tuple_(ground.c.message, ground.c.line).in_(keys[at : at + PARAMETERS_MAX])
        found |= set(connection.scalars(select(ground.c.instruction).where(named)))
    return sorted(found)


def fulfilled_by(connection: Connection, by: str) -> Sequence[Row[Any]]:
    """Return the instructions that one sealing answered."""
    return connection.execute(select(instruction).where(instruction.c.fulfilled_by == by)).all()


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store new instructions."""
    if rows:
        connection.execute(insert(instruction), rows)


def attach(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Let instructions rest on mentions."""
    if rows:
        connection.execute(insert(ground), rows)


def mentions_of(connection: Connection, ids: Iterable[str]) -> list[Row[Any]]:
    """Return (instruction, mention) rows of these instructions, oldest mention first."""
    rows: list[Row[Any]] = []
    every = sorted(set(ids))
    joined = select(ground.c.instruction, mention).join_from(
        ground, mention, (ground.c.message == mention.c.message) & (ground.c.line == mention.c.line)
    )
    for at in range(0, len(every), PARAMETERS_MAX):
        rows += connection.execute(joined.where(ground.c.instruction.in_(every[at : at + PARAMETERS_MAX]))).all()
    return sorted(rows, key=lambda row: (row.at_ms, row.message, row.line))


def change(connection: Connection, instruction_id: str, old_state: str, values: dict[str, Any]) -> bool:
    """Change an instruction if it still is in `old_state`; False if somebody else was first."""
    here = update(instruction).where(instruction.c.id == instruction_id, instruction.c.state == old_state)
    return connection.execute(here.values(values)).rowcount == 1


def change_all(connection: Connection, changed: Sequence[tuple[str, dict[str, Any]]]) -> bool:
    """Change instructions, each if it still is in the state named; False if somebody else was first with one of them.

    All rows are of one form and go to the database in one call: a list of thousands must not hold others up.
    """
    if not changed:
        return True
    named = (instruction.c.id == bindparam("old_id"), instruction.c.state == bindparam("old_state"))
    values: dict[str, BindParameter[Any]] = {name: bindparam(f"new_{name}") for name in changed[0][1] if name != "id"}
    entries = [
        {"old_id": row["id"], "old_state": state, **{f"new_{name}": row[name] for name in values}}
        for state, row in changed
    ]
    return connection.execute(update(instruction).where(*named).values(values), entries).rowcount == len(entries)
