"""Reads instructions, the worklist and messages: customs sees its sites and what has no place yet, operators theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain import authority
from cloud.domain.authority import Act
from cloud.registry.instructions import codes
from cloud.registry.refusals import Refusal
from cloud.store.registry import instructions as rows
from cloud.store.registry import messages, officer_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from cloud.domain.instructions import Effect
    from cloud.registry.desk import Desk

VAULT_PLACE = "message.content"


def page(desk: Desk, after: str, limit: int, *, state: str | None, container: str | None) -> Sequence[Row[Any]]:
    """Return instructions that the actor may see. Raises Refusal FORBIDDEN."""
    sites = desk.scope(Act.INSTRUCTION_READ, subject="instructions")
    return rows.page(
        desk.connection, after, limit, sites=sites, unplaced=_decides(desk), state=state, container=container
    )


def find(desk: Desk, instruction_id: str) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """Return one instruction and the mentions it rests on. Raises Refusal FORBIDDEN, NOT-FOUND."""
    sites = desk.scope(Act.INSTRUCTION_READ, subject=f"instruction:{instruction_id}")
    row = rows.find(desk.connection, instruction_id)
    if row is None:
        raise Refusal("NOT-FOUND", instruction_id)
    here = {row.origin, row.destination} - {""}
    if sites is not None and not (here & sites or (not here and _decides(desk))):
        raise Refusal("NOT-FOUND", instruction_id)
    return row, rows.mentions_of(desk.connection, [instruction_id])


def _decides(desk: Desk) -> bool:
    """Whether the actor is one of those who place what has no place yet."""
    return authority.denial(desk.actor, Act.INSTRUCTION_DECIDE) is None


def worklist(desk: Desk, after: int, limit: int, *, closed: bool) -> Sequence[Row[Any]]:
    """Return tasks of the actor's sites and of no site. Raises Refusal FORBIDDEN (officers and the centre read it)."""
    sites = desk.scope(Act.WORKLIST_READ, subject="worklist")
    return officer_tasks.page(desk.connection, after, limit, sites=sites, closed=closed)


def codes_in_force(desk: Desk) -> dict[tuple[str, str], tuple[Effect, str]]:
    """Return what every known code does now. Raises Refusal FORBIDDEN."""
    desk.require(Act.WORKLIST_READ, subject="codes")
    return codes.in_force(desk.connection, desk.now_ms)


def message_page(desk: Desk, after: int, limit: int, *, kind: str | None) -> Sequence[Row[Any]]:
    """Return messages without their bytes. Raises Refusal FORBIDDEN."""
    desk.require(Act.WORKLIST_READ, subject="messages")
    return messages.page(desk.connection, after, limit, kind)


def message_content(desk: Desk, message_id: str) -> bytes:
    """Return a message as it was received; persons may be named in it, so the look is logged (R-070, D5).

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    desk.require(Act.RESTRICTED_READ, subject=f"message:{message_id}")
    row = messages.find(desk.connection, message_id)
    if row is None:
        raise Refusal("NOT-FOUND", message_id)
    if desk.vault is None:
        raise AssertionError("messages are kept sealed")
    desk.look(Act.RESTRICTED_READ, f"message:{message_id}", kind=row.kind)
    return desk.vault.open(row.content, VAULT_PLACE)
