"""Companies: regulated operators with their place codes, traders, and trucking companies (R-003, R-004, R-007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain import identity
from cloud.domain.authority import Act
from cloud.domain.companies import PART_OF, Kind, Part
from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store.registry import operators as rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk

SITES_MAX = 200
CompanyId = Annotated[str, Meta(pattern=r"^[0-9A-Z-]{1,20}$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class CompanyEntry:
    """What is asked of the register for one company."""

    id: str
    kind: Kind
    ubn: str
    name_zh: str
    name_en: str
    valid_from_ms: int
    valid_to_ms: int | None = None
    sites: Collection[str] = ()  # of an operator, from now on


def put_company(desk: Desk, entry: CompanyEntry) -> bool:
    """Register an operator, a trader or a trucking company, or change it; True if it is new.

    Raises:
        Refusal: FORBIDDEN, INVALID, UBN, UBN-TAKEN, COMPANY-KIND (it never changes), SITE-UNKNOWN, VALIDITY.
    """
    subject = f"company:{entry.id}"
    desk.require(Act.OPERATOR_WRITE, subject=subject)
    row = _row(entry)
    places.require(desk.connection, *entry.sites)
    twin = rows.of_ubn(desk.connection, row["ubn"], row["kind"])
    if twin is not None and twin.id != entry.id:
        raise Refusal("UBN-TAKEN", twin.id)
    old = rows.find(desk.connection, entry.id)
    if old is not None and old.kind != entry.kind:
        raise Refusal("COMPANY-KIND", entry.id)
    before = set(rows.sites_of(desk.connection, entry.id, desk.now_ms))
    wanted = set(entry.sites)
    if old is not None and before == wanted and row == {name: getattr(old, name) for name in row}:
        return False
    rows.save(desk.connection, row | {"updated_ms": desk.now_ms})
    for site in sorted(before - wanted):
        rows.close_site(desk.connection, entry.id, site, desk.now_ms)
    for site in sorted(wanted - before):
        rows.open_site(desk.connection, entry.id, site, desk.now_ms)
    desk.note(Act.OPERATOR_WRITE, subject, kind=row["kind"], sites=sorted(wanted), new=old is None)
    return old is None


def _row(entry: CompanyEntry) -> dict[str, Any]:
    checked(entry.id, CompanyId, "id")
    part = PART_OF[entry.kind]
    if entry.sites and part is not Part.OPERATOR:
        raise Refusal("INVALID", "sites: only an operator has place codes")
    if len(entry.sites) > SITES_MAX:
        raise Refusal("INVALID", f"sites: at most {SITES_MAX}")
    if entry.valid_to_ms is not None and entry.valid_to_ms <= entry.valid_from_ms:
        raise Refusal("VALIDITY", entry.id)
    try:
        ubn = identity.ubn(entry.ubn)
    except identity.FormError as error:
        raise Refusal("UBN", str(error)) from error
    row = {"id": entry.id, "part": str(part), "kind": str(entry.kind), "ubn": ubn, "name_zh": entry.name_zh}
    return row | {
        "name_en": entry.name_en,
        "valid_from_ms": entry.valid_from_ms,
        "valid_to_ms": entry.valid_to_ms,
    }


def require(connection: Connection, company_id: str, part: Part, at_ms: int) -> Any:
    """Return a company of this part that is in business at a moment; Refusal COMPANY-UNKNOWN for any other."""
    row = rows.find(connection, company_id)
    over = row is not None and row.valid_to_ms is not None and row.valid_to_ms <= at_ms
    if row is None or row.part != part or over or row.valid_from_ms > at_ms:
        raise Refusal("COMPANY-UNKNOWN", company_id)
    return row
