"""The channels as AsyncAPI 3.1: addresses from `schemas.topics`, payload schemas by reference to schemas/json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from docs.generator.json_schemas import CONTRACTS
from schemas import envelope, topics

if TYPE_CHECKING:
    from pathlib import Path

_JWS = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"


class _Yaml(yaml.SafeDumper):
    """Quotes digits: "08" is a string to YAML 1.1, which PyYAML writes, and a number to YAML 1.2, which others read."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if text.isdigit() else None)


_Yaml.add_representer(str, _represent_text)


class Channel(NamedTuple):
    """What AsyncAPI says of one leaf beyond its address and schema."""

    summary: str
    retained: bool
    by: str  # who publishes


CHANNELS: dict[str, Channel] = {
    "scan": Channel(
        f"Records of a gate, 1 to {envelope.RECORDS_PER_MESSAGE_MAX} a message, one JWS a line, in the gate's order.",
        retained=False,
        by="gate",
    ),
    "telemetry": Channel(
        "Heartbeat of a gate: what its outbox holds and how its lanes are.", retained=False, by="gate"
    ),
    "state": Channel("ONLINE at birth; OFFLINE is signed beforehand and left as Last Will.", retained=True, by="gate"),
    "reply": Channel("A gate's answer to a command.", retained=False, by="gate"),
    "receipt": Channel("What the cloud has stored or refused; only this frees the outbox.", retained=False, by="cloud"),
    "manifest": Channel("The manifest in force; sent again on a gate's birth.", retained=True, by="cloud"),
    "command": Channel("An order to one gate; expires, and is carried out at most once.", retained=False, by="cloud"),
}


def document() -> dict[str, Any]:
    """Return the whole AsyncAPI document as plain dicts."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "SealGate",
            "version": "1.0.0",
            "description": (
                "What gate and cloud say to each other over MQTT 5. Every payload is a JWS in compact serialisation"
                " (RFC 7515) with exactly the header members alg, kid and typ; `x-signed-payload` is the schema of what"
                " is signed. A reader ignores members it does not know and refuses a version `v` it does not know."
            ),
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
        },
        "defaultContentType": "application/jose",
        "servers": {
            "broker": {
                "host": "broker.sealgate.example:8883",
                "protocol": "secure-mqtt",
                "protocolVersion": "5.0",
                "description": "Mosquitto or another MQTT 5 broker with client certificates; see deploy/mosquitto",
            }
        },
        "channels": {leaf: _channel(leaf) for leaf in CHANNELS},
        "operations": {_operation_name(leaf): _operation(leaf) for leaf in CHANNELS},
        "components": {"messages": {leaf: _message(leaf) for leaf in CHANNELS}, "parameters": _parameters()},
    }


def _channel(leaf: str) -> dict[str, Any]:
    return {
        "address": f"{topics.ROOT}/{{shard}}/{{gate}}/{leaf}",
        "summary": CHANNELS[leaf].summary,
        "messages": {leaf: {"$ref": f"#/components/messages/{leaf}"}},
        "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in ("shard", "gate")},
    }


def _operation_name(leaf: str) -> str:
    return f"{CHANNELS[leaf].by}Publishes{leaf.capitalize()}"


def _operation(leaf: str) -> dict[str, Any]:
    """The document speaks for the cloud: what a gate publishes, it receives."""
    channel = CHANNELS[leaf]
    return {
        "action": "receive" if channel.by == "gate" else "send",
        "channel": {"$ref": f"#/channels/{leaf}"},
        "messages": [{"$ref": f"#/channels/{leaf}/messages/{leaf}"}],
        "bindings": {"mqtt": {"qos": 1, "retain": channel.retained, "bindingVersion": "0.2.0"}},
    }


def _message(leaf: str) -> dict[str, Any]:
    batch = leaf == "scan"
    pattern = f"^{_JWS}(\\n{_JWS}){{0,{envelope.RECORDS_PER_MESSAGE_MAX - 1}}}$" if batch else f"^{_JWS}$"
    limit = envelope.MESSAGE_BYTES_MAX if batch else envelope.JWS_BYTES_MAX
    return {
        "title": CONTRACTS[leaf].title,
        "summary": f"JWS of type {CONTRACTS[leaf].typ}",
        "contentType": "application/jose",
        "payload": {"type": "string", "pattern": pattern, "maxLength": limit},
        "x-signed-payload": {"$ref": f"./json/{leaf}.schema.json"},
    }


def _parameters() -> dict[str, Any]:
    return {
        "shard": {
            "description": f"Two digits: CRC-32 of the gate id modulo {topics.SHARDS}",
            "enum": [f"{number:02d}" for number in range(topics.SHARDS)],
        },
        "gate": {"description": "Gate id; it must be the one that the signing key is registered for"},
    }


def pages(_root: Path) -> dict[str, str]:
    """Return schemas/asyncapi.yaml."""
    text = yaml.dump(document(), Dumper=_Yaml, sort_keys=False, allow_unicode=True, width=120)
    return {
        "schemas/asyncapi.yaml": f"# Generated from schemas/topics.py and schemas/messages.py by `make docs`.\n{text}"
    }
