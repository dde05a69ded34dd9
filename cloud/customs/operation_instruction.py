"""N5170 海關作業指示通知: which containers need a seal (R-025). No route, no declaration: other messages bring them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.customs.said import (
    CONTAINER_CHARS_MAX,
    ID_CHARS_MAX,
    REGISTRATION_CHARS_MAX,
    Meanings,
    Ruling,
    Said,
    optional,
    process_codes,
    rule,
    several,
)
from cloud.domain.instructions import Facts, Reason, Verdict

if TYPE_CHECKING:
    from cloud.customs.document import Node


def read(root: Node, version: str, meanings: Meanings) -> Said:
    """Read one instruction a consignment; a consignment without its code is undetermined, not silent."""
    said = Said(kind="N5170", version=version)
    call = several(root, "Declaration/BorderTransportMeans/tw_Registration", REGISTRATION_CHARS_MAX)
    for consignment in root.all("Declaration/Consignment"):
        codes = process_codes(consignment, "GovernmentAgencyGoodsItem/GovernmentProcedure/CurrentCode")
        ruling = rule(codes, (), meanings, said.function)
        if not codes:
            ruling = Ruling(verdict=Verdict.UNDETERMINED, reason=Reason.CODE_MISSING)
        item = "ConsignmentItem"
        facts = Facts(
            codes=codes,
            direction=optional(consignment, "GovernmentProcedure/tw_TransportTypeCode", 1),
            registrations=call,
            bills=several(consignment, f"{item}/AdditionalDocument/TransportContractDocument/ID", ID_CHARS_MAX),
            bookings=several(consignment, f"{item}/TransportContractDocument/ID", ID_CHARS_MAX),
        )
        said.mention(optional(consignment, "TransportEquipment/ID", CONTAINER_CHARS_MAX * 2), ruling, facts)
    return said
