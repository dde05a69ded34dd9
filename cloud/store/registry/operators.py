"""Rows of companies: regulated operators with their place codes, traders, trucking companies (R-003, R-004, R-007)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from cloud.store.registry.authorisations import in_force
from cloud.store.schema import company, company_site
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, company_id: str) -> Row[Any] | None:
    """Return one company."""
    return connection.execute(select(company).where(company.c.id == company_id)).one_or_none()


def of_ubn(connection: Connection, ubn: str, kind: str) -> Row[Any] | None:
    """Return the company of a 統一編號 and a type."""
    return connection.execute(select(company).where(company.c.ubn == ubn, company.c.kind == kind)).one_or_none()


def page(connection: Connection, part: str, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` companies of one part with an id above `after`."""
    rows = select(company).where(company.c.part == part, company.c.id > after)
    return connection.execute(rows.order_by(company.c.id).limit(limit)).all()


def save(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update a company."""
    upsert(connection, company, [row])


def sites_of(connection: Connection, company_id: str, at_ms: int) -> list[str]:
    """Return where an operator operates, as of a time."""
    rows = select(company_site.c.site).where(company_site.c.company == company_id, *in_force(company_site, at_ms))
    return list(connection.scalars(rows.order_by(company_site.c.site)))


def sites_ever(connection: Connection, company_id: str) -> list[str]:
    """Return where an operator operates or did."""
    rows = select(company_site.c.site).where(company_site.c.company == company_id).distinct()
    return list(connection.scalars(rows.order_by(company_site.c.site)))


def open_site(connection: Connection, company_id: str, site: str, now_ms: int) -> None:
    """Let an operator operate at a site from now on."""
    row = {"company": company_id, "site": site, "valid_from_ms": now_ms, "valid_to_ms": None}
    connection.execute(insert(company_site).values(row))


def close_site(connection: Connection, company_id: str, site: str, now_ms: int) -> None:
    """End that an operator operates at a site; that it did stays on record."""
    mine = company_site.c.company == company_id, company_site.c.site == site
    # One opened in this very millisecond never was.
    connection.execute(delete(company_site).where(*mine, company_site.c.valid_from_ms >= now_ms))
    connection.execute(update(company_site).where(*mine, *in_force(company_site, now_ms)).values(valid_to_ms=now_ms))
