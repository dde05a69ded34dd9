"""The tables of the cloud: what must never be false about the rows stands here as a constraint.

Times are integer milliseconds UTC (`…_ms`); the modules of `cloud.store` hold the only SQL. After a change run
`python -m cloud.store.revise "why"`, which writes the migration.
"""

from __future__ import annotations

from cloud.store.schema.access import account, audit, kept_answer, session
from cloud.store.schema.columns import metadata
from cloud.store.schema.evidence import cases, chain, quarantine, record, record_photo
from cloud.store.schema.outward import change, command, dispatch, manifest, photo, rollup_minute, sink_checkpoint
from cloud.store.schema.register import (
    fence,
    gate,
    gate_key,
    gate_status,
    location_tag,
    movement,
    route_limit,
    seal,
    site,
    staff,
    staff_place,
    transport_order,
)

__all__ = [
    "account",
    "audit",
    "cases",
    "chain",
    "change",
    "command",
    "dispatch",
    "fence",
    "gate",
    "gate_key",
    "gate_status",
    "kept_answer",
    "location_tag",
    "manifest",
    "metadata",
    "movement",
    "photo",
    "quarantine",
    "record",
    "record_photo",
    "rollup_minute",
    "route_limit",
    "seal",
    "session",
    "sink_checkpoint",
    "site",
    "staff",
    "staff_place",
    "transport_order",
]
