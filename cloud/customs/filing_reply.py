"""N5108 申報訊息回覆: EX leaves open whether it means an examination, an e-seal or a vehicle-unit seal (R-024)."""

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
    several,
)
from cloud.domain.instructions import Facts, Reason, Task, Verdict

if TYPE_CHECKING:
    from cloud.customs.document import Node

EXAMINE = "EX"  # 需查驗
NOTHING_TO_SEAL = frozenset({"AK", "AP", "RE"})  # 要求, 接受, 拒絕


def read(root: Node, version: str, _meanings: Meanings) -> Said:
    """Read the reply; what it answers with an unknown word is an officer's."""
    said = Said(kind="N5108", version=version)
    response = optional(root, "Status/NameCode", 2)
    consignments = root.all("Declaration/Consignment")
    containers = [(node, unit.text) for node in consignments for unit in node.all("TransportEquipment/ID")]
    ruling = Ruling(verdict=Verdict.NONE)
    if response == EXAMINE:
        ruling = Ruling(verdict=Verdict.UNDETERMINED, reason=Reason.EX)
        if not containers:
            said.tasks.append(Task(reason=Reason.EX, detail=_original(root)))
    elif response not in NOTHING_TO_SEAL and (response or containers):
        said.tasks.append(Task(reason=Reason.UNKNOWN_RESPONSE, detail=response))
    for consignment, container in containers:
        said.mention(container[: CONTAINER_CHARS_MAX * 2], ruling, _facts(root, consignment))
    return said


def _facts(root: Node, consignment: Node) -> Facts:
    # §3: 主/分提單 and 託運單主/分號 stand in one field, so it may match either
    documents = several(consignment, "TransportContractDocument/ID", ID_CHARS_MAX)
    documents += several(consignment, "ConsignmentItem/TransportContractDocument/ID", ID_CHARS_MAX)
    return Facts(
        direction=optional(root, "Declaration/GovernmentProcedure/tw_TransportTypeCode", 1),
        registrations=several(root, "Declaration/BorderTransportMeans/tw_Registration", REGISTRATION_CHARS_MAX),
        bills=documents,
        bookings=documents,
    )


def _original(root: Node) -> str:
    """Name the filing that is answered: all that a reply without containers leaves to look for."""
    path = "Declaration/Consignment/ConsignmentItem/PreviousDocument"
    parts = [*several(root, f"{path}/TypeCode", 8), *several(root, f"{path}/tw_FunctionalReferenceID", 20)]
    return " ".join(parts)
