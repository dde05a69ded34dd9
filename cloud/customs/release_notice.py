"""N5116 進口貨物放行通知 and N5204 出口貨物放行通知: B asks for a seal under the declaration (R-028, R-029).

A release without B says nothing about seals; release conditions count only as far as they are loaded.
"""

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
IMPORT, EXPORT = "1", "2"
_SHIPMENT = "Declaration/GoodsShipment"


def read_import(root: Node, version: str, meanings: Meanings) -> Said:
    """Read N5116: from where the goods lie to the bonded warehouse, where one is named."""
    return _read(root, Said(kind="N5116", version=version), meanings, IMPORT)


def read_export(root: Node, version: str, meanings: Meanings) -> Said:
    """Read N5204: the original declaration's number re-links what was asked under it."""
    return _read(root, Said(kind="N5204", version=version), meanings, EXPORT)


def _read(root: Node, said: Said, meanings: Meanings, direction: str) -> Said:
    function_of(root, said, FUNCTIONS)
    declaration = required(root, "Declaration/ID", DECLARATION_CHARS_MAX)
    said.scope = declaration
    conditions = several(root, "AdditionalInformation/StatementCode", 1)
    for consignment in root.all(f"{_SHIPMENT}/Consignment"):
        documents = several(consignment, "TransportContractDocument/ID", ID_CHARS_MAX)
        for unit in consignment.all("TransportEquipment"):
            codes = process_codes(unit, "tw_CurrentCode")
            facts = Facts(
                codes=codes,
                conditions=conditions,
                direction=direction,
                declaration=declaration,
                previous_declaration=_previous(consignment, declaration),
                origin=optional(consignment, "GoodsLocation/ID", PLACE_CHARS_MAX),
                destination=optional(root, f"{_SHIPMENT}/Warehouse/ID", PLACE_CHARS_MAX),
                registrations=several(consignment, "BorderTransportMeans/tw_Registration", REGISTRATION_CHARS_MAX),
                bills=documents if direction == IMPORT else (),
                bookings=documents if direction == EXPORT else (),
            )
            container = optional(unit, "ID", CONTAINER_CHARS_MAX * 2)
            said.mention(container, rule(codes, conditions, meanings, said.function), facts)
    without_containers(said, conditions, meanings)
    return said


def _previous(consignment: Node, declaration: str) -> str:
    previous = optional(consignment, "PreviousDocument/ID", DECLARATION_CHARS_MAX)
    return "" if previous == declaration else previous
