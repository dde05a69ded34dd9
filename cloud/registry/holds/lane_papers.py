"""Papers that a lane took and sealed to us: opened into the restricted store, laid to their hold (R-069, R-070, R-116).

A statement is a picture or PDF, or words: plain text in UTF-8, or JSON with `driver`, `text`, `company`, `plate`.
A copy of ID is a picture or PDF. What does not open, or belongs to no hold, is kept and waits on a list for an officer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from cloud.domain.authority import Act
from cloud.domain.documents import MEDIA, DocumentKind
from cloud.domain.lifecycles.hold import Step
from cloud.registry import documents
from cloud.registry.holds.papers import NAME_CHARS_MAX, TEXT_CHARS_MAX, StatementEntry
from cloud.registry.holds.stepping import Told, allowed, of_movement, show, subject, take
from cloud.registry.refusals import Refusal
from cloud.store.registry import holds as rows
from cloud.store.registry import lane_papers
from schemas.messages import PaperKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

SEE_SCAN = "見掃描檔"  # the driver's name stands in the picture
PICTURES = ("image/jpeg", "image/png", "application/pdf")
_STEPS = {PaperKind.STATEMENT: Step.STATEMENT, PaperKind.DRIVER_ID: Step.ID_COPY}


class _Said(msgspec.Struct, frozen=True):
    """A statement in words, as a lane writes it down."""

    text: str
    driver: str = ""
    company: str = ""
    plate: str = ""


@dataclass(frozen=True, kw_only=True)
class LanePaper:
    """A paper as a list shows it: nothing of what is in it."""

    id: int
    gate: str
    epoch: int
    seq: int
    sha256: str
    site: str
    kind: str
    taken_ms: int
    named_ms: int
    received_ms: int | None
    movement: str | None
    document: str | None
    hold: int | None
    fault: str | None
    dismissed_by: str | None


def file_paper(desk: Desk, row: Any, content: bytes) -> None:
    """Put an opened paper into the restricted store.

    Raises:
        Refusal: DOCUMENT-TYPE, TOO-LARGE, STATEMENT.
    """
    if row.kind == PaperKind.DRIVER_ID:
        filed = {"document": _picture(desk, content, DocumentKind.ID_COPY), "scan": None}
    else:
        filed = _statement(desk, content, row.taken_ms)
    documents.require(desk, *(sha256 for sha256 in filed.values() if sha256), sites={row.site})
    lane_papers.change(desk.connection, row.id, filed)


def give(desk: Desk, row: Any, hold_id: int) -> None:
    """Lay a filed paper to a hold: it meets what the hold demands, from when it was taken.

    Raises:
        Refusal: NOT-FOUND, STATE (the hold is over), CONFLICT.
    """
    hold = rows.find(desk.connection, hold_id)
    if hold is None:
        raise Refusal("NOT-FOUND", subject(hold_id))
    movement = of_movement(desk, hold.movement)
    papers = [sha256 for sha256 in (row.document, row.scan) if sha256]
    documents.require(desk, *papers, sites={movement.origin, movement.destination})
    documents.release(desk, *papers)  # it rested on the list until now, on the hold from now on
    step = _STEPS[PaperKind(row.kind)]
    take(desk, hold, step, Told(event_ms=min(row.taken_ms, desk.now_ms), paper=row.document, scan=row.scan))
    lane_papers.change(desk.connection, row.id, {"hold": hold_id, "settled_ms": desk.now_ms, "fault": None})
    desk.note(Act.HOLD_PLACE, subject(hold_id), step=step, paper=row.id, sealed=row.sha256)
    show(desk, movement.id)


def link(desk: Desk, paper_id: int, hold_id: int) -> None:
    """Say to which hold a paper belongs that nothing else could tell.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, NOTHING-LEFT, PAPER-SEALED (it has not been opened), STATE, CONFLICT.
    """
    row = _waiting(desk, Act.HOLD_PLACE, paper_id)
    allowed(desk, Act.HOLD_PLACE, hold_id)
    if row.document is None:
        raise Refusal("PAPER-SEALED", f"paper:{paper_id}")
    give(desk, row, hold_id)


def dismiss(desk: Desk, paper_id: int, finding: str) -> None:
    """Say that a paper belongs to no hold; what was opened of it has its end from now on (D5).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, NOTHING-LEFT, FINDING.
    """
    row = _waiting(desk, Act.HOLD_LIFT, paper_id)
    if not finding.strip():
        raise Refusal("FINDING", f"paper:{paper_id}")
    documents.release(desk, *(sha256 for sha256 in (row.document, row.scan) if sha256))
    lane_papers.change(desk.connection, paper_id, {"dismissed_by": desk.actor.account})
    desk.note(Act.HOLD_LIFT, f"paper:{paper_id}", finding=finding)


def page(desk: Desk, after: int, limit: int, wanted: lane_papers.Wanted) -> Sequence[LanePaper]:
    """Return papers of the actor's sites, oldest first; Refusal FORBIDDEN."""
    sites = desk.scope(Act.REGISTRY_READ, subject="papers")
    found = lane_papers.page(desk.connection, after, limit, sites, wanted)
    return [LanePaper(**{name: getattr(row, name) for name in LanePaper.__dataclass_fields__}) for row in found]


def _waiting(desk: Desk, act: Act, paper_id: int) -> Any:
    desk.require(act, subject=f"paper:{paper_id}")
    row = lane_papers.find(desk.connection, paper_id)
    if row is None:
        raise Refusal("NOT-FOUND", f"paper:{paper_id}")
    desk.require(act, sites=[row.site], subject=f"paper:{paper_id}")
    if row.settled_ms is not None or row.dismissed_by is not None:
        raise Refusal("NOTHING-LEFT", f"paper:{paper_id}")
    return row


def _picture(desk: Desk, content: bytes, kind: DocumentKind) -> str:
    media = next((name for name in PICTURES if content.startswith(MEDIA[name])), "")
    return documents.put(desk, content, media, kind, restricted=True)  # DOCUMENT-TYPE where it is none of these


def _statement(desk: Desk, content: bytes, taken_ms: int) -> dict[str, str | None]:
    said = _words(content)
    scan = None if said is not None else _picture(desk, content, DocumentKind.STATEMENT)
    entry = StatementEntry(driver=SEE_SCAN, made_ms=taken_ms, scan=scan)
    if said is not None:
        told = {"text": said.text, "company": said.company[:NAME_CHARS_MAX], "plate": said.plate[:NAME_CHARS_MAX]}
        entry = StatementEntry(driver=said.driver[:NAME_CHARS_MAX] or SEE_SCAN, made_ms=taken_ms, **told)
    written = msgspec.json.encode(entry)
    return {"document": documents.put(desk, written, "application/json", DocumentKind.STATEMENT), "scan": scan}


def _words(content: bytes) -> _Said | None:
    """Return what is said in words; None where it is no text. Raises Refusal STATEMENT (too long)."""
    try:
        said = msgspec.json.decode(content, type=_Said) if content.startswith(b"{") else _Said(content.decode())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not said.text.strip() or "\x00" in said.text or said.text.startswith("%PDF-"):
        return None
    if len(said.text) > TEXT_CHARS_MAX:
        raise Refusal("STATEMENT", f"at most {TEXT_CHARS_MAX} characters")
    return said
