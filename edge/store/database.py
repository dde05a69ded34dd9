"""The SQLite file under the outbox: how it is opened, how a transaction ends, and what its failures mean.

Settings measured in notes-edge §6: WAL with synchronous=FULL, a page quota, small checkpoints, so that a full
disk refuses the next record and never the removal of old ones.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

PAGE_BYTES = 4096
CHECKPOINT_PAGES = 100
WAL_BYTES_MAX = 2**20
RESERVE_PAGES = 64  # kept free of records, so that receipts and removals always find room
DISK_RESERVE_BYTES = 8 * 2**20  # the same on the file system, for the log and the marks beside the database

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    jws BLOB NOT NULL,
    UNIQUE (epoch, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS received (
    epoch INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL CHECK (last >= first),
    PRIMARY KEY (epoch, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (
    hash TEXT PRIMARY KEY,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS received_record AS SELECT * FROM record WHERE EXISTS (
    SELECT 1 FROM received WHERE received.epoch = record.epoch AND record.seq BETWEEN received.first AND received.last
);
CREATE VIEW IF NOT EXISTS waiting_record AS SELECT * FROM record WHERE NOT EXISTS (
    SELECT 1 FROM received WHERE received.epoch = record.epoch AND record.seq BETWEEN received.first AND received.last
) AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.hash = record.hash);
CREATE TABLE IF NOT EXISTS photo (
    sha256 TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('WAITING', 'SENT', 'REFUSED')),
    kind TEXT NOT NULL DEFAULT 'PHOTO',
    need INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shed (
    sha256 TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    need INTEGER NOT NULL,
    shed_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passage (
    movement TEXT PRIMARY KEY,
    operation TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS detained (
  movement TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS seal_counter (
    uid TEXT PRIMARY KEY,
    counter INTEGER NOT NULL,
    proved INTEGER,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS command (
    id TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    note TEXT NOT NULL,
    sha256 TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chain_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    kid TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS salvage (
    file TEXT PRIMARY KEY,
    next INTEGER NOT NULL,
    last INTEGER NOT NULL,
    epoch INTEGER
) STRICT, WITHOUT ROWID;
"""
# columns that a file of an earlier version lacks: an upgrade keeps what is unsent
ADDED_COLUMNS = (
    ("photo", "kind", "TEXT NOT NULL DEFAULT 'PHOTO'"),
    ("photo", "need", "INTEGER NOT NULL DEFAULT 0"),
    ("command", "sha256", "TEXT"),
    ("seal_counter", "proved", "INTEGER"),
)


class NotStoredError(Exception):
    """Nothing was stored; `code` is a fault code of schemas.reasons."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class DamagedError(Exception):
    """The file is not a sound database."""


class Database:
    """One connection, one transaction at a time; every statement runs in aiosqlite's thread."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, bytes_max: int) -> Database:
        """Open or create the file; raises DamagedError if it is not sound, NotStoredError if the disk refuses."""
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = await aiosqlite.connect(path, isolation_level=None)
        try:
            await _prepare(connection, bytes_max)
        except sqlite3.Error as error:
            await connection.close()
            if _is_damage(error):
                raise DamagedError(str(error)) from error
            raise NotStoredError("DISK-FULL", str(error)) from error
        except BaseException:
            await connection.close()
            raise
        return cls(connection)

    async def close(self) -> None:
        """Checkpoint and close."""
        async with self._turn:
            await self._connection.close()

    async def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """Run one query outside any transaction."""
        async with self._turn:
            return list(await self._connection.execute_fetchall(sql, parameters))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit what was done inside, or nothing of it; raises NotStoredError when the disk refuses.

        Run it in a task that is not cancelled half-way: a commit under way in the thread cannot be called back.
        """
        async with self._turn:
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
                yield Transaction(self._connection)
                await self._connection.execute("COMMIT")
            except BaseException as error:
                await self._roll_back()
                if isinstance(error, sqlite3.OperationalError):
                    raise NotStoredError("DISK-FULL", _text(error)) from error
                if isinstance(error, sqlite3.DatabaseError) and _is_damage(error):
                    raise NotStoredError("STORE-DAMAGED", _text(error)) from error
                raise

    async def _roll_back(self) -> None:
        """Undo what is open. Whether something is cannot be asked: a cancelled BEGIN may still wait for the thread."""

        async def undo() -> None:
            with suppress(sqlite3.Error):  # inside: whoever waited may be gone when the answer comes
                await self._connection.execute("ROLLBACK")

        await asyncio.shield(undo())

    async def pages_free(self) -> int:
        """Return how many pages the quota still grants."""
        sql = (
            "SELECT max_page_count - page_count + freelist_count "
            "FROM pragma_max_page_count, pragma_page_count, pragma_freelist_count"
        )
        return int((await self.rows(sql))[0][0])


class Transaction:
    """What may be done between BEGIN and COMMIT."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, *parameters: Any) -> int:
        """Run one statement and return how many rows it changed."""
        async with self._connection.execute(sql, parameters) as cursor:
            return cursor.rowcount

    async def insert(self, sql: str, *parameters: Any) -> int:
        """Insert one row and return its id."""
        async with self._connection.execute(sql, parameters) as cursor:
            return int(cursor.lastrowid or 0)

    async def execute_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement for each row."""
        await self._connection.executemany(sql, rows)

    async def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """Run one query."""
        return list(await self._connection.execute_fetchall(sql, parameters))


async def _prepare(connection: aiosqlite.Connection, bytes_max: int) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        f"journal_size_limit={WAL_BYTES_MAX}",
        f"max_page_count={bytes_max // PAGE_BYTES}",
        "busy_timeout=2000",
    ):
        await connection.execute_fetchall(f"PRAGMA {pragma}")
    verdict = list(await connection.execute_fetchall("PRAGMA quick_check(1)"))
    if verdict[0][0] != "ok":  # a half-truncated file opens and takes inserts: only this sees it
        raise DamagedError(str(verdict[0][0]))
    await connection.executescript(SCHEMA)
    for table, column, kind in ADDED_COLUMNS:
        known = await connection.execute_fetchall("SELECT name FROM pragma_table_info(?)", (table,))
        if column not in {row[0] for row in known}:
            await connection.execute_fetchall(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


def _is_damage(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "").split("_")[1:2] in (["CORRUPT"], ["NOTADB"], ["FORMAT"])


def _text(error: sqlite3.Error) -> str:
    return f"{getattr(error, 'sqlite_errorname', '')} {error}"
