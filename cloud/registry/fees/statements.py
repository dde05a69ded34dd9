"""The monthly statement of a payer, or of all: every decision of the month with its sum (規則 §32)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.store.registry import fees as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

ROWS_MAX = 100_000  # of one sheet


def listed(desk: Desk, after: int, limit: int, *, month: str | None, payer: str | None) -> Sequence[Any]:
    """Return fees by number, of the sites the actor may see.

    Raises:
        Refusal: FORBIDDEN.
    """
    sites = desk.scope(Act.FEE_READ, subject="fees")
    return rows.page(desk.connection, after, limit, sites=sites, month=month, payer=payer)
