"""Where each message travels: `sealgate/v1/{shard}/{gate}/{leaf}` (docs/topics.md is generated from here).

The shard lets ingest workers divide the load and keep each gate's order, which shared subscriptions do not.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from schemas.envelope import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

SHARDS = 16
ROOT = "sealgate/v1"
UPWARD_LEAVES = ("scan", "telemetry", "state", "reply")
DOWNWARD_LEAVES = ("receipt", "manifest", "command")
_TOPIC = re.compile(r"sealgate/v1/(\d\d)/([A-Z0-9][A-Z0-9-]{2,31})/([a-z]{1,16})\Z")


class Address(NamedTuple):
    """A topic taken apart."""

    shard: str
    gate: str
    leaf: str


def shard_of(gate: str) -> str:
    """Return the two-digit shard of a gate: CRC-32 of its id modulo SHARDS."""
    return f"{zlib.crc32(gate.encode('ascii')) % SHARDS:02d}"


def _topic(gate: str, leaf: str) -> str:
    return f"{ROOT}/{shard_of(gate)}/{gate}/{leaf}"


def scan(gate: str) -> str:
    """Records of a gate, upward."""
    return _topic(gate, "scan")


def telemetry(gate: str) -> str:
    """Heartbeats of a gate, upward."""
    return _topic(gate, "telemetry")


def state(gate: str) -> str:
    """Birth and Last Will of a gate, upward, retained."""
    return _topic(gate, "state")


def reply(gate: str) -> str:
    """Answers to commands, upward."""
    return _topic(gate, "reply")


def receipt(gate: str) -> str:
    """What the cloud has stored, downward."""
    return _topic(gate, "receipt")


def manifest(gate: str) -> str:
    """The manifest in force, downward, retained."""
    return _topic(gate, "manifest")


def command(gate: str) -> str:
    """Orders to a gate, downward."""
    return _topic(gate, "command")


def upward_filters(shards: Iterable[int] = range(SHARDS)) -> list[str]:
    """Return the subscriptions of an ingest worker that owns these shards; all of them become one filter a leaf."""
    owned = sorted(set(shards))
    names = ["+"] if owned == list(range(SHARDS)) else [f"{shard:02d}" for shard in owned]
    return [f"{ROOT}/{name}/+/{leaf}" for name in names for leaf in UPWARD_LEAVES]


def parse(topic: str) -> Address:
    """Take a topic apart; raises Rejected TOPIC for a foreign one, SHARD where gate and shard disagree."""
    match = _TOPIC.match(topic)
    if not match:
        raise Rejected("TOPIC", topic[:100])
    address = Address(*match.groups())
    if address.shard != shard_of(address.gate):
        raise Rejected("SHARD", topic)
    return address
