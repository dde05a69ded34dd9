"""The audit log, read by those who may; every reading of it is a line of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.store.registry import audit as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk


def lines(desk: Desk, after: int, limit: int, *, subject: str | None, account: str | None) -> Sequence[Any]:
    """Return up to `limit` lines with an id above `after`, of one subject and one account if asked.

    Raises:
        Refusal: FORBIDDEN.
    """
    desk.require(Act.AUDIT_READ, subject=subject or "")
    found = rows.page(desk.connection, after, limit, subject=subject, account=account)
    desk.look(Act.AUDIT_READ, subject or "audit", after=after, lines=len(found), account=account)
    return found
