"""What the tests of messages share: sites, a seal, the golden files, and one act a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from cloud.customs.taking import Arrival, House, Taken, take_in
from cloud.domain.authority import Role
from cloud.store.engine import reading
from cloud.store.registry import instructions, officer_tasks
from cloud.store.schema import instruction
from tests.desks import NOW_MS, SYSTEM, VAULT, actor

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cloud.domain.authority import Actor

VECTORS = Path("tests/vectors/messages")
BYTES_MAX = 8 * 2**20
ORIGIN, DESTINATION = "003A1001", "003B2002"
CONTAINER = "CSQU3054383"
OFFICER = actor(Role.OFFICER, ORIGIN)
CENTRE = actor(Role.CENTRE)


def golden(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def take(engine: Engine, content: bytes | str, who: Actor = SYSTEM) -> Taken:
    """Take a golden file by its name, or bytes as they are."""
    raw = golden(content) if isinstance(content, str) else content
    house = House(engine=engine, vault=VAULT, actor=who, bytes_max=BYTES_MAX)
    return take_in(house, Arrival(content=raw, sender="customs", channel="REST"), NOW_MS)


def all_instructions(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(instruction).order_by(instruction.c.created_ms, instruction.c.id)))


def one(engine: Engine, container: str = CONTAINER) -> Any:
    """The one instruction of a container."""
    with reading(engine) as connection:
        states = {"UNDETERMINED", "REQUIRED", "FULFILLED", "DISMISSED", "WITHDRAWN"}
        (row,) = instructions.of_containers(connection, [container], states)
        return row


def worklist(engine: Engine) -> list[tuple[str, str]]:
    """Open tasks as (reason, container)."""
    with reading(engine) as connection:
        return [(row.reason, row.container) for row in _open(connection)]


def task(engine: Engine, reason: str) -> int:
    with reading(engine) as connection:
        (found,) = [row.id for row in _open(connection) if row.reason == reason]
        return int(found)


def _open(connection: Any) -> Any:
    return officer_tasks.page(connection, 0, 1000, sites=None, closed=False)
