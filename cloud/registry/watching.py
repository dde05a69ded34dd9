"""What the monitoring centre watches: movements and cases, read within one's reach; and a case that somebody takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.registry.refusals import Refusal
from cloud.store import board, casebook, gates, movements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

UNDO_MS = 60_000  # how long an acknowledgement may be taken back; the board offers it for 8 s


def movement(desk: Desk, name: str) -> Any:
    """Return one movement; Refusal NOT-FOUND, FORBIDDEN."""
    row = movements.find(desk.connection, name)
    sites = [] if row is None else [row.origin, row.destination]
    desk.require(Act.REGISTRY_READ, sites=sites, subject=f"movement:{name}")
    if row is None:
        raise Refusal("NOT-FOUND", name)
    return row


def movements_from(desk: Desk, after: str, limit: int, *, state: str | None, site: str | None) -> Sequence[Any]:
    """Return movements by id, of one state and touching one site if asked.

    Where the actor's reach is its own sites, they touch one of these, and another site's are refused.
    """
    sites = desk.scope(Act.REGISTRY_READ)
    if site is not None:
        desk.require(Act.REGISTRY_READ, sites=[site])
        sites = frozenset({site})
    return movements.page(desk.connection, after, limit, state=state, sites=sites)


def case(desk: Desk, case_id: int, act: Act = Act.REGISTRY_READ) -> Any:
    """Return one case that the actor may do `act` with; Refusal NOT-FOUND, FORBIDDEN."""
    row = casebook.find(desk.connection, case_id)
    desk.require(act, sites=[] if row is None else _sites(desk, row), subject=f"case:{case_id}")
    if row is None:
        raise Refusal("NOT-FOUND", str(case_id))
    return row


def cases_from(desk: Desk, after: int, limit: int, *, code: str | None, movement: str | None) -> Sequence[Any]:
    """Return cases by id, of one code and one movement if asked, and of the actor's sites where its reach is these."""
    wanted = casebook.Wanted(code=code, movement=movement, sites=desk.scope(Act.REGISTRY_READ))
    return casebook.page(desk.connection, after, limit, wanted)


def acknowledge(desk: Desk, case_id: int) -> bool:
    """Take an open case; False if somebody has already. Refusal NOT-FOUND, FORBIDDEN."""
    case(desk, case_id, Act.CASE_ACKNOWLEDGE)
    done = board.acknowledge(desk.connection, case_id, desk.now_ms)
    if done:
        desk.note(Act.CASE_ACKNOWLEDGE, f"case:{case_id}")
    return done


def take_back(desk: Desk, case_id: int) -> bool:
    """Undo a recent acknowledgement; False if it is too old or there is none. Refusal NOT-FOUND, FORBIDDEN."""
    case(desk, case_id, Act.CASE_ACKNOWLEDGE)
    done = board.take_back(desk.connection, case_id, desk.now_ms, desk.now_ms - UNDO_MS)
    if done:
        desk.note(Act.CASE_ACKNOWLEDGE, f"case:{case_id}", taken_back=True)
    return done


def _sites(desk: Desk, row: Any) -> list[str]:
    """Return where a case belongs: origin and destination of its movement, or where its gate stands."""
    if row.movement_id is not None:
        trip = movements.find(desk.connection, row.movement_id)
        return [] if trip is None else [trip.origin, trip.destination]
    gate = gates.find(desk.connection, row.subject.removeprefix("gate:"))
    # A case of no place, such as a bad signature under an unknown gate: no site is it, and only reach ALL has it.
    return ["-"] if gate is None else [gate.site]
