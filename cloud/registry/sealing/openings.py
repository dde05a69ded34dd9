"""A seal opened by right: customs or another agency looks inside, and the next seal costs nothing (R-012, R-041)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.lifecycles.pairing import Step
from cloud.registry import places
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import binding
from cloud.store import movements
from cloud.store.registry import openings as rows
from cloud.store.registry import pairings

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

AFOOT = frozenset({"PAIRED", "IN_TRANSIT"})


@dataclass(frozen=True, kw_only=True)
class OpeningEntry:
    """Who opened which seal, where, when and why; the officer who enters it stands for it."""

    movement: str
    site: str
    agency: Literal["CUSTOMS", "OTHER"]
    reason: str
    opened_ms: int
    agency_name: str = ""


def record(desk: Desk, entry: OpeningEntry) -> int:
    """Record an opening and return its number; a movement that is still afoot ends with its seal.

    Raises:
        Refusal: FORBIDDEN, INVALID, NOT-FOUND, SITE-UNKNOWN, STATE, CONFLICT.
    """
    subject = f"pairing:{entry.movement}"
    desk.require(Act.OPENING_WRITE, sites=[entry.site], subject=subject)
    places.require(desk.connection, entry.site)
    if (entry.agency == "OTHER") != bool(entry.agency_name):
        raise Refusal("INVALID", "agency_name: needed for another agency, and only there")
    row = pairings.find(desk.connection, entry.movement)
    if row is None:
        raise Refusal("NOT-FOUND", entry.movement)
    if not row.paired_ms <= entry.opened_ms <= desk.now_ms:
        raise Refusal("INVALID", "opened: between the pairing and now")
    binding.take(desk, entry.movement, Step.OPEN)
    values = {"state": "OPENED", "due_ms": desk.now_ms, "updated_ms": desk.now_ms}  # due: what S7 said is over
    if row.movement_state in AFOOT and not movements.open_seal(desk.connection, entry.movement, values):
        raise Refusal("CONFLICT", entry.movement)
    number = _add(desk, entry, row.container)
    desk.note(Act.OPENING_WRITE, subject, opening=number, agency=entry.agency)
    binding.tell(desk, [entry.movement], {row.origin, row.destination})
    return number


def _add(desk: Desk, entry: OpeningEntry, container: str) -> int:
    row = {name: getattr(entry, name) for name in OpeningEntry.__dataclass_fields__}
    row |= {"container": container, "account": desk.actor.account, "entered_ms": desk.now_ms}
    try:
        with desk.connection.begin_nested():
            return rows.add(desk.connection, row)
    except IntegrityError as error:
        raise Refusal("CONFLICT", entry.movement) from error
