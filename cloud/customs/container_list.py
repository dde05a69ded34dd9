"""N5166 貨櫃(物)清單: the containers of a vessel for one storage place, with codes and the seals already on (R-026)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.customs.said import (
    CONTAINER_CHARS_MAX,
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
)
from cloud.domain.instructions import Facts, Function

if TYPE_CHECKING:
    from cloud.customs.document import Node

# the guide says 9 and 5 in one place, 9 and 1 in another: all three are taken (§12)
FUNCTIONS = frozenset({Function.ADD, Function.REPLACE, Function.DELETE})
FTZ_TRANSIT = "5"  # 艙單類別 of the free trade zone; for direction it is transit
TRANSIT = "3"


def read(root: Node, version: str, meanings: Meanings) -> Said:
    """Read one container a consignment item; the movement goes from the berth to the storage place."""
    said = Said(kind="N5166", version=version)
    function_of(root, said, FUNCTIONS)
    means = "Declaration/BorderTransportMeans"
    berth = required(root, "Declaration/LandingLocation/ID", PLACE_CHARS_MAX)
    place = required(root, "Declaration/GoodsLocation/ID", PLACE_CHARS_MAX)
    call = several(root, f"{means}/tw_Registration", REGISTRATION_CHARS_MAX)
    voyage = (optional(root, f"{means}/ID", 25), optional(root, f"{means}/JourneyID", 12))
    said.scope = "/".join((*(call or voyage), berth, place))
    for consignment in root.all("Declaration/Consignment"):
        direction = optional(consignment, "tw_TypeCode", 3)
        bills = several(consignment, "TransportContractDocument/ID", ID_CHARS_MAX)
        for item in consignment.all("ConsignmentItem"):
            codes = process_codes(item, "GovernmentProcedure/CurrentCode")
            facts = Facts(
                codes=codes,
                direction=TRANSIT if direction == FTZ_TRANSIT else direction,
                registrations=call,
                bills=bills,
                origin=berth,
                destination=place,
                seals=several(item, "TransportEquipment/tw_Seal/tw_SealID", 17),
                size_type=optional(item, "TransportEquipment/CharacteristicCode", 4),
            )
            container = optional(item, "TransportEquipment/ID", CONTAINER_CHARS_MAX * 2)
            said.mention(container, rule(codes, (), meanings, said.function), facts)
    return said
