"""JSON Schemas (2020-12) of the messages, from their models in `schemas.messages`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from schemas import messages
from schemas.envelope import Typ

if TYPE_CHECKING:
    from pathlib import Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# msgspec wants an offset on every time; "format" alone is an annotation that many validators do not check
_WITH_OFFSET = r"(Z|[+-]\d\d:?\d\d)$"


class Contract(NamedTuple):
    """One kind of signed message: the model of its payload and what the schema is called."""

    typ: Typ
    model: Any
    title: str


CONTRACTS: dict[str, Contract] = {
    "scan": Contract(Typ.SCAN, messages.Record, "A record of a gate: a scan event, or the start of a chain epoch"),
    "telemetry": Contract(Typ.TELEMETRY, messages.Telemetry, "Heartbeat of a gate"),
    "state": Contract(Typ.STATE, messages.GateState, "Birth or death of an agent run"),
    "reply": Contract(Typ.REPLY, messages.Reply, "A gate's answer to a command"),
    "photo": Contract(Typ.PHOTO, messages.PhotoUpload, "What a gate signs to upload a picture"),
    "receipt": Contract(Typ.RECEIPT, messages.Receipt, "The cloud's word on records"),
    "manifest": Contract(Typ.MANIFEST, messages.Manifest, "Everything a gate must know to decide alone"),
    "command": Contract(Typ.COMMAND, messages.Command, "An order to one gate"),
}


def schema(leaf: str) -> dict[str, Any]:
    """Return the JSON Schema of the payload that travels under `leaf`."""
    contract = CONTRACTS[leaf]
    body = msgspec.json.schema(contract.model)
    _demand_offsets(body)
    head = {"$schema": DIALECT, "$id": f"urn:sealgate:v1:{leaf}", "title": contract.title}
    return {**head, **{key: value for key, value in body.items() if key != "title"}}


def _demand_offsets(node: object) -> None:
    if isinstance(node, dict):
        if node.get("format") == "date-time":
            node["pattern"] = _WITH_OFFSET
        for child in node.values():
            _demand_offsets(child)
    elif isinstance(node, list):
        for child in node:
            _demand_offsets(child)


def pages(_root: Path) -> dict[str, str]:
    """Return schemas/json/*.schema.json."""
    return {
        f"schemas/json/{leaf}.schema.json": json.dumps(schema(leaf), ensure_ascii=False, indent=2) + "\n"
        for leaf in CONTRACTS
    }
