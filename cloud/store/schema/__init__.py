"""The tables of the cloud: what must never be false about the rows stands here as a constraint.

Times are integer milliseconds UTC (`…_ms`); the modules of `cloud.store` hold the only SQL. After a change run
`python -m cloud.store.revise "why"`, which writes the migration.
"""

from __future__ import annotations

from cloud.store.schema.access import account, audit, kept_answer, session, sign_in_attempt, sign_in_link
from cloud.store.schema.columns import metadata
from cloud.store.schema.custody import document
from cloud.store.schema.evidence import cases, chain, quarantine, record, record_photo
from cloud.store.schema.instructions import customs_code, ground, instruction, mention, message, officer_task
from cloud.store.schema.outward import change, command, dispatch, manifest, photo, rollup_minute, sink_checkpoint
from cloud.store.schema.register import (
    fence,
    gate,
    gate_key,
    gate_status,
    location_tag,
    route_limit,
    seal,
    site,
    staff,
    staff_place,
)
from cloud.store.schema.sealing import (
    application,
    fee,
    movement,
    opening,
    pairing,
    permit,
    tariff,
    transport_order,
)

__all__ = [
    "account",
    "application",
    "audit",
    "cases",
    "chain",
    "change",
    "command",
    "customs_code",
    "dispatch",
    "document",
    "fee",
    "fence",
    "gate",
    "gate_key",
    "gate_status",
    "ground",
    "instruction",
    "kept_answer",
    "location_tag",
    "manifest",
    "mention",
    "message",
    "metadata",
    "movement",
    "officer_task",
    "opening",
    "pairing",
    "permit",
    "photo",
    "quarantine",
    "record",
    "record_photo",
    "rollup_minute",
    "route_limit",
    "seal",
    "session",
    "sign_in_attempt",
    "sign_in_link",
    "sink_checkpoint",
    "site",
    "staff",
    "staff_place",
    "tariff",
    "transport_order",
]
