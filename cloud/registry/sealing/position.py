"""Where the seal may sit (R-043…R-046): the usual place, the outer rod with its evidence, or by customs' permit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.sealing import Placed, Unit, needs_permit, position_lacks
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import papers
from cloud.store.registry import permits
from schemas.messages import SealKind, SealPosition

if TYPE_CHECKING:
    from cloud.registry.desk import Desk
    from cloud.registry.sealing.declared import PairingEntry


def allowed(desk: Desk, kind: SealKind, entry: PairingEntry) -> SealPosition | None:
    """Return the position to record; paper seals and bonded units have no rule (A8c), so none is assumed for them.

    Raises:
        Refusal: POSITION (names what is missing), PERMIT-NEEDED, PERMIT-UNFIT.
    """
    if kind is SealKind.PA or entry.unit is Unit.BONDED:
        return entry.position
    placed = Placed(
        position=entry.position or SealPosition.RIGHT_INNER_ROD,
        traffic=entry.traffic,
        size_type=entry.size_type,
        selected=entry.selected or papers.is_selected(desk, entry.container),
        general_goods=entry.general_goods,
        original_seal=entry.original_seal,
        no_room=entry.no_room,
        photo=entry.photo,
    )
    if (missing := position_lacks(placed)) is not None:
        raise Refusal("POSITION", missing)
    if needs_permit(placed):
        _permitted(desk, placed.position, entry)
    return placed.position


def _permitted(desk: Desk, position: SealPosition, entry: PairingEntry) -> None:
    if entry.permit is None:
        raise Refusal("PERMIT-NEEDED", position)
    permit = permits.find(desk.connection, entry.permit)
    if permit is None:
        raise Refusal("PERMIT-UNFIT", f"{entry.permit}: not registered")
    if (permit.container, permit.position) != (entry.container, position):
        raise Refusal("PERMIT-UNFIT", f"{entry.permit}: for {permit.position} of {permit.container}")
    if not permit.valid_from_ms <= desk.now_ms < permit.valid_to_ms:
        raise Refusal("PERMIT-UNFIT", f"{entry.permit}: not valid now")
