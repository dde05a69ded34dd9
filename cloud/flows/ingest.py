"""One batch of upward messages, read from top to bottom: verify or quarantine, dedupe, fold, rules, commit, outcome.

MQTT is not known here: the loop in `cloud.adapters.mqtt` acknowledges only after `process_batch` has returned, and
safely runs it again after an error of the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from schemas.messages import Receipt
    from schemas.sun import SunKeys

BATCH_MESSAGES_MAX = 200


@dataclass(frozen=True, slots=True)
class Incoming:
    """One MQTT message as it came: nothing of it is trusted."""

    topic: str
    payload: bytes


class SealKeys(Protocol):
    """Where the keys of the seals are (real: the sealed key file of `cloud.adapters.keystore`)."""

    def for_seal(self, seal_no: str) -> SunKeys | None:
        """Return the keys of this seal's series; None: the series has none, its reads stay unverified."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one committed batch brought: the receipts to sign and publish, and figures for logs and metrics."""

    receipts: Mapping[str, Receipt] = field(default_factory=dict)  # by gate
    stored: int = 0  # new records
    duplicates: int = 0  # known records, acknowledged again
    rejected: int = 0  # messages or records quarantined


def process_batch(engine: Engine, seal_keys: SealKeys, messages: Sequence[Incoming], now_ms: int) -> Outcome:
    """Store a batch durably, once, and return what the gates must be told.

    Whatever the bytes, nothing is raised for them (R-113). An error of the database is raised after a rollback: nothing was
    stored, and the same batch may be given again (R-111).
    """
    raise NotImplementedError
