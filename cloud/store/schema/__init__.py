"""The tables of the cloud: what must never be false about the rows stands here as a constraint.

Times are integer milliseconds UTC (`…_ms`); the modules of `cloud.store` hold the only SQL. Until the first
installation migration 0001 creates what stands here; from then on
`python -m cloud.store.revise "why"` writes one for each change.
"""

from __future__ import annotations

from cloud.store.schema.access import account, audit, kept_answer, session, sign_in_attempt, sign_in_link
from cloud.store.schema.columns import metadata
from cloud.store.schema.custody import document, footage_order, hold, hold_record, hold_step, paper, rule_hold_lift
from cloud.store.schema.evidence import cases, chain, quarantine, record, record_photo
from cloud.store.schema.instructions import customs_code, ground, instruction, mention, message, officer_task
from cloud.store.schema.outages import (
    evidence,
    evidence_document,
    manual_arrival,
    notice,
    outage,
    outage_end,
    outage_scrap,
    outage_site,
)
from cloud.store.schema.outward import change, command, dispatch, manifest, photo, rollup_minute, sink_checkpoint
from cloud.store.schema.people import (
    authorisation,
    company,
    company_site,
    contact,
    driver,
    office,
    office_site,
    person,
    post,
    specialist,
    staff,
    unit,
)
from cloud.store.schema.places import fence, location_tag, route_limit, site, tag_step
from cloud.store.schema.received import received_file
from cloud.store.schema.register import (
    gate,
    gate_key,
    gate_status,
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
from cloud.store.schema.stock import seal, seal_issue, seal_request, seal_step, seal_use

__all__ = [
    "account",
    "application",
    "audit",
    "authorisation",
    "cases",
    "chain",
    "change",
    "command",
    "company",
    "company_site",
    "contact",
    "customs_code",
    "dispatch",
    "document",
    "driver",
    "evidence",
    "evidence_document",
    "fee",
    "fence",
    "footage_order",
    "gate",
    "gate_key",
    "gate_status",
    "ground",
    "hold",
    "hold_record",
    "hold_step",
    "instruction",
    "kept_answer",
    "location_tag",
    "manifest",
    "manual_arrival",
    "mention",
    "message",
    "metadata",
    "movement",
    "notice",
    "office",
    "office_site",
    "officer_task",
    "opening",
    "outage",
    "outage_end",
    "outage_scrap",
    "outage_site",
    "pairing",
    "paper",
    "permit",
    "person",
    "photo",
    "post",
    "quarantine",
    "received_file",
    "record",
    "record_photo",
    "rollup_minute",
    "route_limit",
    "rule_hold_lift",
    "seal",
    "seal_issue",
    "seal_request",
    "seal_step",
    "seal_use",
    "session",
    "sign_in_attempt",
    "sign_in_link",
    "sink_checkpoint",
    "site",
    "specialist",
    "staff",
    "tag_step",
    "tariff",
    "transport_order",
    "unit",
]
