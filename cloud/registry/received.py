"""Files that are no messages of customs: told apart, taken, and kept as they were received (R-010, R-027, R-032).

Tables of seals and chips, sheets of gate-out and gate-in notices, directories of offices and contacts. Each is taken
whole or not at all, and kept in the same transaction: bytes, sender, channel, time, and what it changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.registry.desk import at_desk, at_reading_desk
from cloud.registry.notices import sheet
from cloud.registry.people import directory
from cloud.registry.refusals import Refusal
from cloud.registry.stock import importing
from cloud.store.registry import received_files
from schemas.keys import b64url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine, Row

    from cloud.domain.authority import Actor
    from cloud.registry.desk import Desk
    from cloud.registry.stock.importing import Checked
    from cloud.registry.vault import Vault

VAULT_PLACE = "received_file.content"
HEAD_BYTES = 4096  # of a table: its first line
FAULTS_NAMED = 5


class Kind(StrEnum):
    """What a file is, as its own content says."""

    SEALS = "SEALS"
    NOTICES = "NOTICES"
    DIRECTORY = "DIRECTORY"


BYTES_MAX = {Kind.SEALS: 64 * 2**20, Kind.NOTICES: 8 * 2**20, Kind.DIRECTORY: directory.FILE_BYTES_MAX}


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """Bytes that arrived: from whom and how, since no file says so itself."""

    content: bytes
    sender: str
    channel: str  # REST, FOLDER, CLI

    @property
    def id(self) -> str:
        """The SHA-256 of the bytes."""
        return b64url(hashlib.sha256(self.content).digest())


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where files are taken by a process of ours: database, who acts, and what they are sealed with."""

    engine: Engine
    actor: Actor
    vault: Vault


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What became of a file; `new` is False where the same bytes had come before and changed nothing."""

    id: str
    kind: Kind
    new: bool
    changed: Mapping[str, int]


def kind_of(content: bytes) -> Kind | None:
    """Tell a file by its columns or its tables; None where it is none of these: a message perhaps."""
    head = content[:HEAD_BYTES].decode("utf-8-sig", errors="replace")
    columns = set(next(csv.reader(io.StringIO(head, newline="")), ()))
    if set(importing.COLUMNS) <= columns:
        return Kind.SEALS
    if set(sheet.COLUMNS) <= columns:
        return Kind.NOTICES
    return Kind.DIRECTORY if _is_directory(content) else None


def take_in(room: Room, arrived: Arrived, kind: Kind, now_ms: int) -> Filed:
    """Take a file and keep it, or nothing at all; what is long to check is checked before anybody has to wait.

    Raises:
        Refusal: FORBIDDEN, TOO-LARGE, IMPORT, CSV, CSV-LINES (the first faults with their lines), INVALID, or what
            refuses an entry of it.
    """
    if len(arrived.content) > BYTES_MAX[kind]:
        raise Refusal("TOO-LARGE", f"limit {BYTES_MAX[kind]} bytes")
    with at_reading_desk(room.engine, room.actor, now_ms, room.vault) as desk:
        desk.require(Act.MESSAGE_IMPORT, subject=f"file:{arrived.channel}")
        if received_files.find(desk.connection, arrived.id) is not None:
            return Filed(id=arrived.id, kind=kind, new=False, changed={})
        checked = _checked(desk, arrived.content) if kind is Kind.SEALS else None
    with at_desk(room.engine, room.actor, now_ms, room.vault) as desk:
        changed = _take(desk, kind, arrived.content, checked)
        keep(desk, arrived, kind, changed)
    return Filed(id=arrived.id, kind=kind, new=True, changed=changed)


def keep(desk: Desk, arrived: Arrived, kind: Kind, changed: Mapping[str, int]) -> None:
    """Keep a file that was taken, in the transaction in which it acted; what came before stays as it came first."""
    if desk.vault is None:
        raise AssertionError("a directory holds personal data: files are kept only where there is a vault")
    received_files.add(
        desk.connection,
        {
            "id": arrived.id,
            "kind": kind.value,
            "sender": arrived.sender,
            "channel": arrived.channel,
            "received_ms": desk.now_ms,
            "size": len(arrived.content),
            "content": desk.vault.seal(arrived.content, VAULT_PLACE),
            "changed": dict(changed),
        },
    )
    desk.note(Act.MESSAGE_IMPORT, f"file:{arrived.id}", kind=kind.value, **changed)


def page(desk: Desk, after: int, limit: int, *, kind: str | None) -> Sequence[Row[Any]]:
    """Return files without their bytes. Raises Refusal FORBIDDEN."""
    desk.require(Act.WORKLIST_READ, subject="files")
    return received_files.page(desk.connection, after, limit, kind)


def content_of(desk: Desk, file_id: str) -> bytes:
    """Return a file as it was received; persons may be named in it, so the look is logged (D5).

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    desk.require(Act.RESTRICTED_READ, subject=f"file:{file_id}")
    row = received_files.find(desk.connection, file_id)
    if row is None:
        raise Refusal("NOT-FOUND", file_id)
    if desk.vault is None:
        raise AssertionError("files are kept sealed")
    desk.look(Act.RESTRICTED_READ, f"file:{file_id}", kind=row.kind)
    return desk.vault.open(row.content, VAULT_PLACE)


def _checked(desk: Desk, content: bytes) -> Checked:
    checked = importing.check_file(desk, content)
    if checked.faults:
        first = "; ".join(f"line {one.line}: {one.code} {one.detail}" for one in checked.faults[:FAULTS_NAMED])
        raise Refusal("CSV-LINES", f"{len(checked.faults)} lines; {first}")
    return checked


def _take(desk: Desk, kind: Kind, content: bytes, checked: Checked | None) -> dict[str, int]:
    if checked is not None:
        return {"new": importing.take(desk, checked), "known": checked.unchanged}
    if kind is Kind.NOTICES:
        report = sheet.take_sheet(desk, content, trial=False)
        return {"new": report.new, "known": report.known}
    taken = directory.take(desk, content)
    return {"offices": taken.offices, "contacts": taken.contacts}


def _is_directory(content: bytes) -> bool:
    if len(content) > directory.FILE_BYTES_MAX:
        return False
    try:
        said = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return False
    return "valid_from" in said and bool({"offices", "contacts"} & set(said))
