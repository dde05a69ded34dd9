"""The papers a hold demands: the driver's written statement and the copy of ID, both personal and restricted.

What is personal stands in restricted documents only; the rows name them by hash (R-007, R-069, R-070, D5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from cloud.domain.authority import Act
from cloud.domain.documents import DocumentKind
from cloud.domain.lifecycles.hold import Step
from cloud.registry import documents
from cloud.registry.holds.stepping import Told, allowed, subject, take
from cloud.registry.refusals import Refusal
from cloud.store.registry import documents as document_rows
from cloud.store.registry import holds as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

NAME_CHARS_MAX = 100
TEXT_CHARS_MAX = 4_000


@dataclass(frozen=True, kw_only=True)
class StatementEntry:
    """What a driver says: as text, as a scan put before, or both; his name and the time it was made (R-069)."""

    driver: str
    made_ms: int
    text: str = ""
    scan: str | None = None
    company: str = ""  # 拖車公司
    plate: str = ""
    driver_id: str | None = None  # in the register of drivers, if he is


@dataclass(frozen=True, kw_only=True)
class IdCopyEntry:
    """A copy of the driver's papers, put before as a document (R-070)."""

    copy: str
    taken_ms: int


def add_statement(desk: Desk, hold_id: int, entry: StatementEntry) -> str:
    """Keep a driver's statement and return its document's SHA-256; a further one stands beside the first.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATEMENT (no name, neither text nor scan), DOCUMENT-UNKNOWN, STATE, CONFLICT.
    """
    row, movement = allowed(desk, Act.HOLD_PLACE, hold_id)
    if not 0 < len(entry.driver.strip()) <= NAME_CHARS_MAX:
        raise Refusal("STATEMENT", "driver")
    if (not entry.text.strip() and entry.scan is None) or len(entry.text) > TEXT_CHARS_MAX:
        raise Refusal("STATEMENT", "text or scan")
    paper = documents.put(desk, msgspec.json.encode(entry), "application/json", DocumentKind.STATEMENT, restricted=True)
    scans = () if entry.scan is None else (entry.scan,)
    documents.require(desk, paper, *scans, sites={movement.origin, movement.destination})
    _restricted(desk, scans)
    take(desk, row, Step.STATEMENT, Told(event_ms=entry.made_ms, paper=paper, scan=entry.scan))
    desk.note(Act.HOLD_PLACE, subject(hold_id), step=Step.STATEMENT)
    return paper


def add_id_copy(desk: Desk, hold_id: int, entry: IdCopyEntry) -> None:
    """Add the copy of a driver's papers to a hold.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, DOCUMENT-UNKNOWN, DOCUMENT-OPEN (put without restriction), STATE, CONFLICT.
    """
    row, movement = allowed(desk, Act.HOLD_PLACE, hold_id)
    documents.require(desk, entry.copy, sites={movement.origin, movement.destination})
    _restricted(desk, (entry.copy,))
    take(desk, row, Step.ID_COPY, Told(event_ms=entry.taken_ms, paper=entry.copy))
    desk.note(Act.HOLD_PLACE, subject(hold_id), step=Step.ID_COPY)


def read_statement(desk: Desk, hold_id: int, reason: str) -> StatementEntry:
    """Return the newest statement of a hold to an officer who says why; the look is logged.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, LOOK-REASON, DOCUMENT-REMOVED.
    """
    allowed(desk, Act.RESTRICTED_READ, hold_id)
    made = [line for line in rows.steps(desk.connection, hold_id) if line.step == Step.STATEMENT]
    row: Any = document_rows.find(desk.connection, made[-1].paper) if made else None
    if row is None:
        raise Refusal("NOT-FOUND", f"{subject(hold_id)} has no statement")
    return msgspec.json.decode(documents.look_at(desk, row, reason).content, type=StatementEntry)


def _restricted(desk: Desk, sha256s: tuple[str, ...]) -> None:
    for row in document_rows.locked(desk.connection, sha256s):
        if not row.restricted:
            raise Refusal("DOCUMENT-OPEN", row.sha256)
