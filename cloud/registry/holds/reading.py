"""Holds as they are read: no personal data, and what is missing stands beside each (R-071)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.holds import missing
from cloud.domain.lifecycles.hold import State, Step
from cloud.registry.holds.stepping import allowed, done
from cloud.store.registry import holds as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk
    from cloud.store.registry.holds import Wanted


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A hold as it stands."""

    id: int
    movement: str
    kind: str
    reason: str
    remark: str
    site: str
    state: State
    placed_ms: int
    placed_by: str
    officer: str | None
    reported_ms: int | None
    lifted_ms: int | None
    ended_ms: int | None
    chases: int
    missing: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class History:
    """One step about a hold; papers by the hash of their documents."""

    step: str
    event_ms: int
    at_ms: int
    account: str
    officer: str | None
    paper: str | None
    scan: str | None
    note: str


def find(desk: Desk, hold_id: int) -> Hold:
    """Return one hold.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN.
    """
    row, _ = allowed(desk, Act.REGISTRY_READ, hold_id)
    return _hold(row)


def page(desk: Desk, after: int, limit: int, wanted: Wanted) -> Sequence[Hold]:
    """Return holds of movements that touch the actor's sites, oldest first.

    Raises:
        Refusal: FORBIDDEN.
    """
    sites = desk.scope(Act.REGISTRY_READ, subject="holds")
    found = rows.page(desk.connection, after, limit, sites, wanted)
    return [_hold(row) for row in found]


def history(desk: Desk, hold_id: int) -> Sequence[History]:
    """Return every step about a hold, oldest first.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN.
    """
    allowed(desk, Act.REGISTRY_READ, hold_id)
    lines = rows.steps(desk.connection, hold_id)
    return [History(**{one.name: getattr(line, one.name) for one in fields(History)}) for line in lines]


def _hold(row: Any) -> Hold:
    shown = {one.name: getattr(row, one.name) for one in fields(Hold) if one.name not in {"state", "missing"}}
    state = State(row.state)
    return Hold(**shown, state=state, missing=missing(state, done(row)))
