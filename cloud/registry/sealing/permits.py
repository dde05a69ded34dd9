"""Permits for another sealing position, as an officer grants them for one unit and a time (R-045, R-046)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta
from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store.registry import permits as rows
from schemas import messages

if TYPE_CHECKING:
    from cloud.registry.desk import Desk
    from schemas.messages import SealPosition

PermitNumber = Annotated[str, Meta(pattern=r"^[0-9A-Z-]{1,20}$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class PermitEntry:
    """What an officer grants: one unit, one position, from when to when."""

    number: str
    container: str
    site: str
    position: SealPosition
    reason: str
    valid_from_ms: int
    valid_to_ms: int


def grant(desk: Desk, entry: PermitEntry) -> None:
    """Register a permit; it never changes.

    Raises:
        Refusal: FORBIDDEN, INVALID, SITE-UNKNOWN, VALIDITY, PERMIT-TAKEN.
    """
    subject = f"permit:{entry.number}"
    desk.require(Act.PERMIT_WRITE, sites=[entry.site], subject=subject)
    checked(entry.number, PermitNumber, "number")
    checked(entry.container, messages.ContainerNumber, "container")
    places.require(desk.connection, entry.site)
    if entry.valid_to_ms <= entry.valid_from_ms:
        raise Refusal("VALIDITY", entry.number)
    row = {name: getattr(entry, name) for name in PermitEntry.__dataclass_fields__}
    try:
        with desk.connection.begin_nested():
            rows.add(desk.connection, row | {"account": desk.actor.account, "entered_ms": desk.now_ms})
    except IntegrityError as error:
        raise Refusal("PERMIT-TAKEN", entry.number) from error
    desk.note(Act.PERMIT_WRITE, subject, container=entry.container, position=entry.position)
