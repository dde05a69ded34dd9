"""N5302 轉運准單: the only message with permit, origin, destination and process code together (R-027)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.customs.said import (
    CONTAINER_CHARS_MAX,
    DECLARATION_CHARS_MAX,
    ID_CHARS_MAX,
    PLACE_CHARS_MAX,
    REGISTRATION_CHARS_MAX,
    Meanings,
    Said,
    function_of,
    optional,
    process_codes,
    required,
    rule,
    several,
    without_containers,
)
from cloud.domain.instructions import Facts, Function

if TYPE_CHECKING:
    from cloud.customs.document import Node

FUNCTIONS = frozenset({Function.ADD, Function.DELETE})
TRANSIT = "3"


def read(root: Node, version: str, meanings: Meanings) -> Said:
    """Read a permit; function 1 withdraws all that was asked under it."""
    said = Said(kind="N5302", version=version)
    function_of(root, said, FUNCTIONS)
    permit = required(root, "Declaration/ID", DECLARATION_CHARS_MAX)
    said.scope = permit
    conditions = several(root, "AdditionalInformation/StatementCode", 1)
    consignments = root.all("Declaration/Consignment")
    for consignment in consignments:
        # import and export vessel: a container may be known by either call
        calls = several(root, "Declaration/BorderTransportMeans/tw_Registration", REGISTRATION_CHARS_MAX)
        calls += several(consignment, "DepartureTransportMeans/tw_Registration", REGISTRATION_CHARS_MAX)
        for unit in consignment.all("TransportEquipment"):
            codes = process_codes(unit, "GovernmentProcedure/CurrentCode")
            facts = Facts(
                codes=codes,
                conditions=conditions,
                direction=TRANSIT,
                permit=permit,
                # below Declaration; the consignment's own LoadingLocation is a foreign port
                origin=required(root, "Declaration/LoadingLocation/ID", PLACE_CHARS_MAX),
                destination=required(root, "Declaration/UnloadingLocation/ID", PLACE_CHARS_MAX),
                registrations=calls,
                bills=several(consignment, "TransportContractDocument/ID", ID_CHARS_MAX),
                bookings=several(consignment, "ConsignmentItem/TransportContractDocument/ID", ID_CHARS_MAX),
            )
            container = optional(unit, "ID", CONTAINER_CHARS_MAX * 2)
            said.mention(container, rule(codes, conditions, meanings, said.function), facts)
    without_containers(said, conditions, meanings)
    return said
