"""The centre's inbox of evidence (存證): transport order and sealing photos, sent in an outage (R-075, R-077)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.authority import Act
from cloud.domain.outages import Shows, Side, missing
from cloud.registry import documents, places
from cloud.registry.contract import checked
from cloud.registry.outages.declaring import covering
from cloud.registry.refusals import Refusal
from cloud.store import movements, seals
from cloud.store.registry import evidence as rows
from cloud.store.registry import outages
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloud.registry.desk import Desk

DOCUMENTS_MAX = 20
REMARK_CHARS_MAX = 500
OrderNumber = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,19}$(?!\n)")]
Papers = dict[Shows, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a site sends; papers may follow (`attach`), what is missing is flagged."""

    side: str
    site: str
    seal_no: str
    container: str
    kind: str | None = None  # needed only where the register does not know the seal
    transport_order: str | None = None
    outage: int | None = None  # None: the declared one that covers the site then, if there is one
    sealed_ms: int | None = None
    papers: Mapping[Shows, Sequence[str]]  # SHA-256 of documents
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A row of the inbox with its papers and what it lacks."""

    row: Any
    papers: Papers
    missing: tuple[Shows, ...]
    pictures: tuple[str, ...] = ()  # of the lane whose record it is


def submit(desk: Desk, entry: Evidence) -> int:
    """Put evidence into the centre's inbox and return the item's id (R-075, R-077).

    Nothing is refused because papers are missing or the origin's seal is unknown: sealed it is, all the same.

    Raises:
        Refusal: FORBIDDEN, INVALID, SITE-UNKNOWN, DOCUMENT-UNKNOWN, OUTAGE-UNKNOWN, OUTAGE-SCOPE, MOVEMENT-UNKNOWN.
    """
    desk.require(Act.EVIDENCE_SUBMIT, sites=[entry.site], subject=f"site:{entry.site}"[:80])
    places.require(desk.connection, entry.site)
    side = _checked(entry)
    row: dict[str, Any] = {"side": side, "site": entry.site, "seal_no": entry.seal_no, "kind": _kind(desk, entry)}
    row |= {"container": entry.container, "transport_order": entry.transport_order}
    row |= {"movement": _movement(desk, entry, side), "outage": _outage(desk, entry), "sealed_ms": entry.sealed_ms}
    row |= {"remark": entry.remark.strip(), "account": desk.actor.account, "at_ms": desk.now_ms}
    item = rows.add(desk.connection, row)
    _file(desk, item, entry.site, entry.papers)
    lacks = [one.value for one in missing(shows for shows, papers in entry.papers.items() if papers)]
    desk.note(Act.EVIDENCE_SUBMIT, f"evidence:{item}", site=entry.site, side=side, missing=lacks)
    return item


def attach(desk: Desk, item: int, papers: Mapping[Shows, Sequence[str]]) -> None:
    """Add papers to an item; none is ever taken away.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, DOCUMENT-UNKNOWN, INVALID.
    """
    subject = f"evidence:{item}"
    desk.require(Act.EVIDENCE_SUBMIT, subject=subject)
    row = rows.find(desk.connection, item)
    if row is None:
        raise Refusal("NOT-FOUND", subject)
    desk.require(Act.EVIDENCE_SUBMIT, sites=[row.site], subject=subject)
    if sum(len(of) for of in papers.values()) + len(rows.documents(desk.connection, [item])) > DOCUMENTS_MAX:
        raise Refusal("INVALID", f"at most {DOCUMENTS_MAX} documents")
    _file(desk, item, row.site, papers)
    desk.note(Act.EVIDENCE_SUBMIT, subject, added=sorted(shows.value for shows, of in papers.items() if of))


def items(desk: Desk, after: int, limit: int, wanted: rows.Wanted) -> list[Item]:
    """Return items by id within the actor's sites, with their papers and what they lack; Refusal FORBIDDEN."""
    scope = desk.scope(Act.REGISTRY_READ, subject="evidence:")
    return with_papers(desk, rows.page(desk.connection, after, limit, wanted, scope))


def item(desk: Desk, identity: int) -> Item:
    """Return one item; Refusal NOT-FOUND, FORBIDDEN."""
    desk.require(Act.REGISTRY_READ, subject=f"evidence:{identity}")
    row = rows.find(desk.connection, identity)
    if row is None:
        raise Refusal("NOT-FOUND", f"evidence:{identity}")
    desk.require(Act.REGISTRY_READ, sites=[row.site], subject=f"evidence:{identity}")
    return with_papers(desk, [row])[0]


def with_papers(desk: Desk, found: Sequence[Any]) -> list[Item]:
    """Join rows of the inbox with their papers."""
    papers: dict[int, Papers] = {row.id: {} for row in found}
    pictures: dict[int, tuple[str, ...]] = {}
    for one in rows.documents(desk.connection, list(papers)):
        of, shows = papers[one.evidence], Shows(one.shows)
        if one.lane:
            pictures[one.evidence] = (*pictures.get(one.evidence, ()), one.sha256)
        else:
            of[shows] = (*of.get(shows, ()), one.sha256)
    return [_item(row, papers[row.id], pictures.get(row.id, ())) for row in found]


def _item(row: Any, papers: Papers, pictures: tuple[str, ...]) -> Item:
    shown = [*papers, Shows.PHOTO] if pictures else papers
    return Item(row=row, papers=papers, missing=missing(shown), pictures=pictures)


def _checked(entry: Evidence) -> Side:
    checked(entry.seal_no, messages.SealNumber, "seal_no")
    checked(entry.container, messages.ContainerNumber, "container")
    if entry.transport_order is not None:
        checked(entry.transport_order, OrderNumber, "transport_order")
    if len(entry.remark) > REMARK_CHARS_MAX:
        raise Refusal("INVALID", f"remark: at most {REMARK_CHARS_MAX} characters")
    if sum(len(of) for of in entry.papers.values()) > DOCUMENTS_MAX:
        raise Refusal("INVALID", f"at most {DOCUMENTS_MAX} documents")
    return Side(checked(entry.side, Side, "side"))


def _kind(desk: Desk, entry: Evidence) -> str:
    seal = seals.find(desk.connection, entry.seal_no)
    return str(seal.kind if seal is not None else checked(entry.kind, messages.SealKind, "kind").value)


def _movement(desk: Desk, entry: Evidence, side: Side) -> str | None:
    """Return the movement whose seal it is; a destination's item is always linked to one of its own (R-077)."""
    live = movements.live_of_seal(desk.connection, entry.seal_no)
    ours = live is not None and entry.site == (live.destination if side is Side.DESTINATION else live.origin)
    if side is Side.DESTINATION and not ours:
        raise Refusal("MOVEMENT-UNKNOWN", f"{entry.seal_no} is not on its way to {entry.site}")
    return live.id if live is not None and ours else None


def _outage(desk: Desk, entry: Evidence) -> int | None:
    if entry.outage is not None:
        return int(covering(desk, entry.outage, entry.site).id)
    at_ms = desk.now_ms if entry.sealed_ms is None else entry.sealed_ms
    declared = outages.in_force(desk.connection, entry.site, at_ms)
    return declared[0].id if declared else None


def _file(desk: Desk, item: int, site: str, papers: Mapping[Shows, Sequence[str]]) -> None:
    told = [(shows, sha256) for shows, of in papers.items() for sha256 in of]
    documents.require(desk, *(sha256 for _, sha256 in told), sites=[site])
    same = {"evidence": item, "account": desk.actor.account, "at_ms": desk.now_ms}
    rows.add_documents(desk.connection, [same | {"shows": shows, "sha256": sha256} for shows, sha256 in told])
