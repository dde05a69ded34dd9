"""Puts documents on the shelf and lets acts rest on them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cloud.domain.authority import Act
from cloud.domain.documents import MEDIA, PERSONAL, DocumentKind, is_of
from cloud.registry.refusals import Refusal
from cloud.store.registry import documents as rows
from schemas.envelope import b64url

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from cloud.registry.desk import Desk
    from cloud.registry.vault import Vault
    from cloud.store.document_files import Shelf

UNCLAIMED_MAX = 200  # of one account


def put(desk: Desk, content: bytes, media_type: str, kind: str, restricted: bool = False) -> str:
    """Keep a document and return its SHA-256; the same bytes again change nothing, unless they become restricted now.

    Raises:
        Refusal: FORBIDDEN, TOO-LARGE, DOCUMENT-TYPE, DOCUMENT-QUOTA, INVALID (kind); nothing is stored then.
    """
    return receive(desk, content, media_type, kind, restricted)[0]


def receive(desk: Desk, content: bytes, media_type: str, kind: str, restricted: bool) -> tuple[str, bool]:
    """As `put`; also returns whether the document is new."""
    desk.require(Act.DOCUMENT_WRITE, subject="document:")
    sha256 = b64url(hashlib.sha256(content).digest())
    kind = _checked(desk, content, media_type, kind)
    secret = restricted or kind in PERSONAL
    old = rows.find(desk.connection, sha256)
    if old is not None and old.removed_ms is None:
        _again(desk, old, content, secret=secret)
        return sha256, False
    if rows.unclaimed(desk.connection, desk.actor.account) >= UNCLAIMED_MAX:
        raise Refusal("DOCUMENT-QUOTA", f"{UNCLAIMED_MAX} wait already")
    # On disk first: a row never names bytes that are not there.
    _shelve(desk, sha256, content, restricted=secret)
    row = {"kind": kind, "media_type": media_type, "size": len(content), "restricted": secret}
    row |= {"sites": sorted(desk.actor.sites), "put_by": desk.actor.account, "put_ms": desk.now_ms}
    row |= {"claimed_ms": None, "claims": 0, "keep_until_ms": None, "removed_ms": None}
    if old is None:
        rows.add(desk.connection, row | {"sha256": sha256})
    else:
        rows.change(desk.connection, sha256, row)
    desk.note(Act.DOCUMENT_WRITE, f"document:{sha256}", kind=kind, restricted=secret)
    return sha256, True


def require(desk: Desk, *sha256s: str, sites: Collection[str] = ()) -> None:
    """Let the act at this desk rest on documents: they are there and stay; officers at `sites` may look at them.

    Raises:
        Refusal: DOCUMENT-UNKNOWN names the first that is not there.
    """
    found = {row.sha256: row for row in rows.locked(desk.connection, sha256s)}
    for sha256 in sha256s:
        if sha256 not in found or not _within_reach(desk, found[sha256]):
            raise Refusal("DOCUMENT-UNKNOWN", sha256)
    for row in found.values():
        values = {"claims": row.claims + 1, "sites": sorted({*row.sites, *sites}), "keep_until_ms": None}
        values |= {"claimed_ms": desk.now_ms} if row.claimed_ms is None else {}
        rows.change(desk.connection, row.sha256, values)


def release(desk: Desk, *sha256s: str) -> None:
    """Say that an act no longer rests on personal documents; once none does, the clock of their removal runs (D5)."""
    for sha256 in sha256s:  # each as often as it is named: as often it was required
        for row in rows.locked(desk.connection, [sha256]):
            left = max(0, row.claims - 1)
            over = row.restricted and left == 0
            until_ms = desk.now_ms + shelf_of(desk).personal_keep_ms if over else row.keep_until_ms
            rows.change(desk.connection, sha256, {"claims": left, "keep_until_ms": until_ms})


def shelf_of(desk: Desk) -> Shelf:
    """Return where documents lie."""
    if desk.shelf is None:
        raise AssertionError("a desk for documents has a shelf")
    return desk.shelf


def vault_of(desk: Desk) -> Vault:
    """Return what seals restricted documents."""
    if desk.vault is None:
        raise AssertionError("a desk for restricted documents has a vault")
    return desk.vault


def place(sha256: str) -> str:
    """Return the one place at which the bytes of a restricted document open."""
    return f"document:{sha256}"


def _checked(desk: Desk, content: bytes, media_type: str, kind: str) -> DocumentKind:
    limit = shelf_of(desk).size_max_bytes
    if len(content) > limit:
        raise Refusal("TOO-LARGE", f"limit {limit} bytes")
    if not is_of(content, media_type):
        raise Refusal("DOCUMENT-TYPE", f"{media_type[:40]}; taken are {', '.join(MEDIA)}")
    try:
        return DocumentKind(kind)
    except ValueError as error:
        raise Refusal("INVALID", f"kind: {kind[:20]}") from error


def _shelve(desk: Desk, sha256: str, content: bytes, *, restricted: bool) -> None:
    kept = vault_of(desk).seal(content, place(sha256)) if restricted else content
    shelf_of(desk).keep(sha256, kept, sealed=restricted)


def _again(desk: Desk, old: Any, content: bytes, *, secret: bool) -> None:
    """Take bytes that are there: whoever has them may rest on them, and whoever calls them personal is believed."""
    values: dict[str, Any] = {"sites": sorted({*old.sites, *desk.actor.sites})}
    if old.claimed_ms is None:
        values["put_ms"] = desk.now_ms
    if secret and not old.restricted:  # never the other way round
        _shelve(desk, old.sha256, content, restricted=True)
        values["restricted"] = True
        desk.note(Act.DOCUMENT_WRITE, f"document:{old.sha256}", restricted=True)
    rows.change(desk.connection, old.sha256, values)


def _within_reach(desk: Desk, row: Any) -> bool:
    """Whether the actor put a restricted document or is of its sites: to name its hash opens it to nobody."""
    return not row.restricted or row.put_by == desk.actor.account or not desk.actor.sites.isdisjoint(row.sites)
