"""N5165 貨櫃(物)運送單: the transport order in XML. Its operation codes are not R12's, and seals have no type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloud.customs.order import SEALS_MAX, CargoSaid, OrderSaid
from cloud.customs.said import PLACE_CHARS_MAX, Meanings, Said, optional, required, several
from cloud.registry.refusals import Refusal
from schemas import iso6346

if TYPE_CHECKING:
    from cloud.customs.document import Node

NEW = "9"  # the only function the guide knows
E_SEAL = "5"  # as R12 codes the type
E_SEAL_PREFIX = "E-"  # R12 has a field for the type; here an e-seal's number begins so
ORDER_NUMBER = "976"  # TransportContractDocument/TypeCode of the order's own number
# 1 import, 2 export, 3 轉口, 4 轉運 here; R12 has 2 轉運, 3 轉口, 4 export
_OPERATION_IN_R12 = {"1": "1", "2": "4", "3": "3", "4": "2"}


def read(root: Node, version: str, _meanings: Meanings) -> Said:
    """Read one order; driver and licence are not taken out of the message."""
    if required(root, "FunctionCode", 2) != NEW:
        raise Refusal("MESSAGE-FIELD", "FunctionCode: a transport order can only be new")
    said = Said(kind="N5165", version=version)
    equipment = "BorderTransportMeans/TransportEquipment"
    seals = several(root, f"{equipment}/tw_Seal/tw_SealID", 17)[:SEALS_MAX]
    documents = root.all("Consignment/TransportContractDocument")
    numbers = [optional(item, "ID", 20) for item in documents if optional(item, "TypeCode", 3) == ORDER_NUMBER]
    bills = tuple(optional(item, "ID", 35) for item in documents if optional(item, "TypeCode", 3) != ORDER_NUMBER)
    container = re.sub(r"[\s-]+", "", required(root, f"{equipment}/ID", 20)).upper()
    doubt = iso6346.doubt(container)
    if doubt:
        said.warn(f"container {container} {doubt}")
    if len(numbers) != 1 or not numbers[0]:
        raise Refusal("MESSAGE-FIELD", "Consignment/TransportContractDocument: not exactly one order number (976)")
    classes = {
        "message": optional(root, "FunctionalReferenceID", 20),
        "operation": _OPERATION_IN_R12.get(optional(root, "GovernmentProcedure/CurrentCode", 1), ""),
        "load": optional(root, "TransportEquipment/tw_GoodsLoadingTypeCode", 1),
        "container_type": optional(root, f"{equipment}/CharacteristicCode", 4),
    }
    said.orders.append(
        OrderSaid(
            number=numbers[0],
            origin=required(root, "LoadingLocation/ID", PLACE_CHARS_MAX),
            destination=required(root, "UnloadingLocation/ID", PLACE_CHARS_MAX),
            container=container,
            plate=required(root, "tw_InlandTransportMeans/tw_ID", 12),
            departs_ms=None,
            seals=[(E_SEAL, seal.removeprefix(E_SEAL_PREFIX)) for seal in seals if seal.startswith(E_SEAL_PREFIX)],
            classes={name: value for name, value in classes.items() if value},
            cargo=[CargoSaid(particulars={"master_bill": bill}) for bill in bills if bill],
        )
    )
    return said
