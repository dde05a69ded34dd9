"""What the tests of dispatch share: a sender with few keys or none, and a gate's eyes for what was sealed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.adapters.keystore import Keystore
from cloud.flows.dispatch import Sender
from schemas import envelope, messages, sealed
from schemas.envelope import SigningKey
from schemas.sealed import OpeningKey, Purpose

if TYPE_CHECKING:
    from cloud.flows.dispatch import Publish

CLOUD = SigningKey.from_seed(b"\x07" * 32)
PAPERS = OpeningKey(b"\x0c" * 32)
LIFETIME_MS = 168 * 3_600_000


def sender(publish: Publish, **changes: Any) -> Sender:
    """The cloud's own sender; without `seal_keys` no seal has a key."""
    fields = {"key": CLOUD, "lifetime_ms": LIFETIME_MS, "seal_keys": Keystore({}), "papers_key": PAPERS.public}
    return Sender(publish=publish, **fields | changes)


def opened(manifest: messages.Manifest, gate_key: SigningKey) -> messages.Secrets:
    """What the gate with this key reads in the sealed part of its manifest; Rejected for another gate's."""
    assert manifest.sealed is not None
    key = OpeningKey.of_signer(gate_key.seed)
    return envelope.decode(sealed.open_sealed(manifest.sealed.encode(), key, Purpose.SECRETS), messages.Secrets)
