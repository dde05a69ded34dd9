"""Cases as the rules open and revise them; what people do with a case is not here."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from cloud.domain.case import Case
from cloud.domain.finding import Status
from cloud.store.bulk import fetch
from cloud.store.schema import cases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from cloud.domain.case import Settlement

_UNCLOSED = "SELECT id FROM cases WHERE subject {among} AND closed_ms IS NULL"


def of_movement(movement_id: str) -> str:
    """Return the subject under which the cases of a movement stand."""
    return movement_id


def of_seal(uid: str) -> str:
    """Return the subject for a seal that is paired with nothing."""
    return f"seal:{uid}"


def of_gate(gate: str) -> str:
    """Return the subject for what concerns a gate as such."""
    return f"gate:{gate}"


def unclosed(connection: Connection, subjects: Iterable[str]) -> dict[str, dict[str, Case]]:
    """Return the cases nobody has closed, by subject and code; locked, since the caller revises them."""
    wanted = sorted(set(subjects))
    found: dict[str, dict[str, Case]] = defaultdict(dict)
    if not wanted:
        return found
    ids = [case_id for (case_id,) in fetch(connection, _UNCLOSED, wanted)]
    if not ids:
        return found
    statement = select(cases).where(cases.c.id.in_(ids), cases.c.closed_ms.is_(None)).order_by(cases.c.id)
    for row in connection.execute(statement.with_for_update()):
        found[row.subject][row.code] = Case(
            id=row.id,
            code=row.code,
            status=Status(row.status),
            occurred_ms=row.occurred_ms,
            version=row.rule_version,
            inputs=row.inputs,
            limits=row.limits,
            count=row._mapping["count"],  # noqa: SLF001 - documented access; `row.count` is the method of a tuple
        )
    return found


def write(connection: Connection, subject: str, movement_id: str | None, settlement: Settlement, now_ms: int) -> int:
    """Store a settlement; return the case's id."""
    finding = settlement.finding
    values: dict[str, Any] = {
        "status": finding.status,
        "occurred_ms": finding.occurred_ms,
        "rule_version": finding.version,
        "inputs": finding.inputs,
        "limits": finding.limits,
        "count": finding.count,
    }
    if settlement.case is not None:
        connection.execute(update(cases).where(cases.c.id == settlement.case.id).values(values))
        return settlement.case.id
    names = {"code": finding.code, "subject": subject, "movement_id": movement_id, "detected_ms": now_ms}
    case_id: int = connection.execute(insert(cases).values({**values, **names}).returning(cases.c.id)).scalar_one()
    return case_id
