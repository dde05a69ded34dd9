"""Reads documents; every look at a restricted one goes on the audit log before its bytes leave (R-070)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.registry.documents.keeping import place, shelf_of, vault_of
from cloud.registry.refusals import Refusal
from cloud.store.registry import documents as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

NOWHERE = "-"  # no site is called so: a restricted document of no site is for those who see all


@dataclass(frozen=True, kw_only=True)
class Content:
    """The bytes of a document."""

    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Document:
    """What is known of a document without its bytes."""

    sha256: str
    kind: str
    media_type: str
    size: int
    restricted: bool
    put_ms: int
    removed_ms: int | None


def describe(desk: Desk, sha256: str) -> Document:
    """Return what is known of a document, without its bytes.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    desk.require(Act.DOCUMENT_READ, subject=f"document:{sha256}")
    row = _found(desk, sha256)
    return Document(**{one.name: getattr(row, one.name) for one in fields(Document)})


def read(desk: Desk, sha256: str, reason: str = "") -> Content:
    """Return a document's bytes; a restricted one wants an officer of its sites and a reason, and leaves a line.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, DOCUMENT-REMOVED, LOOK-REASON.
    """
    desk.require(Act.DOCUMENT_READ, subject=f"document:{sha256}")
    row = _found(desk, sha256)
    return (
        look_at(desk, row, reason) if row.restricted else Content(media_type=row.media_type, content=_bytes(desk, row))
    )


def look_at(desk: Desk, row: Any, reason: str) -> Content:
    """Return a restricted document's bytes for a reason given, once the look is noted.

    Raises:
        Refusal: FORBIDDEN, DOCUMENT-REMOVED, LOOK-REASON.
    """
    subject = f"document:{row.sha256}"
    desk.require(Act.RESTRICTED_READ, sites=row.sites or (NOWHERE,), subject=subject)
    if not reason.strip():
        raise Refusal("LOOK-REASON", subject)
    content = _bytes(desk, row)
    desk.look(Act.RESTRICTED_READ, subject, reason=reason.strip(), kind=row.kind)
    return Content(media_type=row.media_type, content=content)


def _found(desk: Desk, sha256: str) -> Any:
    row = rows.find(desk.connection, sha256)
    if row is None:
        raise Refusal("NOT-FOUND", sha256)
    return row


def _bytes(desk: Desk, row: Any) -> bytes:
    if row.removed_ms is not None:
        raise Refusal("DOCUMENT-REMOVED", row.sha256)
    try:
        content, sealed = shelf_of(desk).read(row.sha256)
    except FileNotFoundError as error:
        raise Refusal("DOCUMENT-REMOVED", f"{row.sha256} is not on the shelf") from error
    return vault_of(desk).open(content, place(row.sha256)) if sealed else content
