"""Actors and desks for tests of the registry: one of each role, at the sites a test names."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cloud.domain.authority import Actor, Role
from cloud.registry.desk import Desk, at_desk
from cloud.registry.vault import Vault
from cloud.store.document_files import Shelf

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

NOW_MS = 1_764_000_000_000  # 2025-11-24T16:00:00Z
VAULT = Vault({1: b"v" * 32}, b"i" * 32)
_FOLDER = TemporaryDirectory(prefix="documents-")  # goes with the process
SHELF = Shelf(folder=Path(_FOLDER.name), size_max_bytes=1_000_000, personal_keep_ms=3_600_000)
SYSTEM = Actor(account="system", roles=frozenset({Role.SYSTEM}))


def actor(role: Role, *sites: str) -> Actor:
    """Somebody of this role at these place codes."""
    return Actor(account=f"{role}-{'-'.join(sites) or 'all'}".lower(), roles=frozenset({role}), sites=frozenset(sites))


def system_at(connection: Connection, now_ms: int = NOW_MS) -> Desk:
    """The desk of a user's own system in a transaction that is open already."""
    return Desk(connection=connection, actor=SYSTEM, now_ms=now_ms, vault=VAULT, shelf=SHELF)


def desk_of(engine: Engine, who: Actor, now_ms: int = NOW_MS) -> AbstractContextManager[Desk]:
    """A desk that commits at the end of the `with`."""
    return at_desk(engine, who, now_ms, VAULT, SHELF)
