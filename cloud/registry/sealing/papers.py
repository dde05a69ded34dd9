"""Under which declaration or permit a unit is sealed: what was told, else what customs' instruction says (R-033).

A pairing answers the instruction it was made for; one that is taken back lets it wait again (R-024…R-030).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.instructions import Facts
from cloud.domain.lifecycles.instruction import State
from cloud.registry import instructions
from cloud.registry.contract import DocumentNumber, checked
from cloud.registry.refusals import Refusal
from cloud.store.registry import instructions as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk
    from cloud.registry.sealing.declared import Load


def required(desk: Desk, told: str | None, container: str) -> str:
    """Return the number of the declaration or transhipment permit.

    Raises:
        Refusal: INVALID, USE-RECORD where nobody names one.
    """
    number = told or _instructed(desk, container)
    if not number:
        raise Refusal("USE-RECORD", container)
    return str(checked(number, DocumentNumber, "document"))


def is_selected(desk: Desk, container: str) -> bool:
    """Return whether customs asks for a seal on this unit (R-045, R-046)."""
    return bool(_open(desk, container))


def answered(desk: Desk, load: Load, document: str, movement_id: str) -> None:
    """Let a pairing answer the instruction it was made for."""
    papers = [Facts(declaration=document)]
    instructions.fulfil(desk, container=load.container, by=_name(movement_id), papers=papers, origin=load.origin)


def unanswered(desk: Desk, movement_id: str) -> None:
    """Let the instruction wait again that a pairing had answered."""
    instructions.reopen(desk, _name(movement_id))


def _name(movement_id: str) -> str:
    return f"pairing:{movement_id}"


def _open(desk: Desk, container: str) -> Sequence[Any]:
    return rows.of_containers(desk.connection, [container], {State.REQUIRED})


def _instructed(desk: Desk, container: str) -> str | None:
    """Return the number of the only paper that open instructions name; of several, none is chosen."""
    named = {number for row in _open(desk, container) for number in (*row.declarations, *row.permits)}
    return named.pop() if len(named) == 1 else None
