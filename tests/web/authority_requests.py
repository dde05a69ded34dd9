"""One request for each act of `cloud.domain.authority`, mostly about what is unknown: who asks comes first."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from cloud.domain.authority import Act
from schemas.keys import b64url
from tests.web.api_client import GATE, RING

HERE, THERE = "003A1001", "003B2002"
SHA = "A" * 43
PDF = b"%PDF-1.7"
SEALS = {"KE1": "E", "KP1": "PA", "KE2": "E", "KE3": "E", "KP3": "PA"}
MOVEMENT = "M1"  # of KE2, from HERE to THERE
AT = "2026-11-23T08:00:00Z"
NAMES = {"name_zh": "名", "name_en": "name"}
SITE = NAMES | {"ring": RING}
SEALING = {"container": "CSQU3054383", "origin": HERE, "destination": THERE, "document": "AA111234567890"}
# Done by the session itself and never refused by role: tests/web/test_api_access.py
OWN_ACCOUNT = frozenset({Act.SIGN_IN, Act.SIGN_OUT, Act.PASSWORD_WRITE})


class Asked(NamedTuple):
    """A request; `sited`: it names the place code HERE, so that another site's people are refused."""

    method: str
    path: str
    body: Any = None
    sited: bool = False


def post(path: str, body: Any = None, *, sited: bool = False) -> Asked:
    return Asked("POST", path, {} if body is None else body, sited)


def put(path: str, body: Any, *, sited: bool = False) -> Asked:
    return Asked("PUT", path, body, sited)


def get(path: str) -> Asked:
    return Asked("GET", path)


REQUESTS: dict[Act, Asked] = {
    Act.PIN_WRITE: put("session/pin", {"password": "x", "pin": "4711"}),
    # places and gates
    Act.SITE_WRITE: put(f"sites/{HERE}", SITE),
    Act.ROUTE_LIMIT_WRITE: put(f"route-limits/{HERE}/{THERE}", {"minutes": 60, "valid_from": AT}),
    Act.GATE_WRITE: put("gates/WDU-1", GATE),
    Act.GATE_COMMAND: put(f"gates/WDU-1/commands/{'0' * 32}", {"name": "REPORT"}),
    Act.GATE_CARE: put(f"gates/WDU-1/commands/{'1' * 32}", {"name": "RESTART"}),
    Act.TAG_APPLY: post(
        "location-tags", {"site": HERE, "ground": "NO_SATELLITE_FIX", "reason": "棚內", "photo": SHA}, sited=True
    ),
    Act.TAG_MOUNT: post("location-tags/1/mounting", {"uid": "04AABBCC", "record": "已黏貼", "photo": SHA}),
    Act.TAG_DECIDE: post("location-tags/1/activation", {"remark": "可"}),
    Act.TAG_RETIRE: post("location-tags/1/retirement", {"remark": "拆除"}),
    # people and accounts
    Act.OFFICE_WRITE: put("offices/AA", NAMES),
    Act.CONTACT_WRITE: put("contacts/it-1", NAMES | {"body": "IT"}),
    Act.OPERATOR_WRITE: put(
        "operators/OP1",
        NAMES | {"ubn": "04595257", "kind": "CONTAINER_YARD", "valid_from": AT, "sites": [HERE]},
    ),
    Act.OFFICER_WRITE: post("officers", {"office": "AA", "unit": "U1"}),
    Act.SPECIALIST_WRITE: post("operators/OP1/specialists/prefill", {"assertion": "x", "number": "A123456789"}),
    Act.DRIVER_WRITE: post("drivers", {"company": "TR1", "plate": "KLA-0001"}),
    Act.PERSON_READ: get("persons"),
    Act.PERSON_REVEAL: post("persons/P-1/reveal", {"purpose": "HOLD", "reference": "H-1"}),
    Act.BADGE_WRITE: put("staff/S1", {"badge_uid": "04AABBCC", "role": "OFFICER", "may": ["ARRIVE"], "sites": [HERE]}),
    Act.ACCOUNT_WRITE: get("accounts"),
    Act.AUDIT_READ: get("audit"),
    # stock
    Act.SEAL_REQUEST: post("seal-requests", {"site": HERE, "quantity": 10}, sited=True),
    Act.SEAL_ISSUE: post(
        "registers/issues",
        {"site": HERE, "first": "KE26B0000001", "last": "KE26B0000010", "quantity": 10, "issued": AT},
        sited=True,
    ),
    Act.SEAL_WRITE: put("seals/KE9", {"uid": "04AABB99", "kind": "E"}),
    Act.SEAL_SCRAP: post("seals/KE3/steps", {"step": "SCRAP", "told": "無法讀取"}, sited=True),
    Act.SEAL_SEND: post("seals/KE3/steps", {"step": "SEND", "told": "交寄"}, sited=True),
    Act.SEAL_DIAGNOSE: post("seals/KE3/steps", {"step": "DIAGNOSE", "told": "天線斷"}),
    Act.SEAL_STORE: post("seals/KP3/steps", {"step": "STORE", "told": "庫房"}, sited=True),
    Act.REGISTER_READ: get("registers/uses"),
    Act.REGISTER_CORRECT: post(
        "registers/uses/1/correction",
        {"document": "AA111234567890", "unit": "CSQU3054383", "reason": "誤登"},
        sited=True,
    ),
    # instructions, orders, sealing
    Act.MESSAGE_IMPORT: post("messages", b"<x/>"),
    Act.CUSTOMS_CODE_WRITE: put("customs-codes/062/B", {"effect": "SEAL", "meaning": "押運或加封"}),
    Act.INSTRUCTION_WRITE: post(
        "instructions",
        {"container": "CSQU3054383", "document_no": "1", "scan": SHA, "origin": HERE, "destination": HERE},
        sited=True,
    ),
    Act.INSTRUCTION_DECIDE: post("worklist/1/decision", {"decision": "NOTED", "remark": "應加封"}),
    Act.INSTRUCTION_READ: get("instructions"),
    Act.WORKLIST_READ: get("worklist"),
    Act.ORDER_WRITE: put(
        "transport-orders/AA15112345678900001",
        {"origin": HERE, "destination": THERE, "container": "CSQU3054383", "plate": "KLA-0001"},
        sited=True,
    ),
    Act.NOTICE_WRITE: post(
        "notices", {"site": HERE, "container": "CSQU3054383", "direction": "OUT", "at": AT}, sited=True
    ),
    Act.SEALING_APPLY: post(
        "applications", {"kind": "PA", "container": "CSQU3054383", "site": HERE, "ground": "N5170", "document": "AA1"}
    ),
    Act.SEALING_DECIDE: post("applications/1/decision", {"approve": True}),
    Act.SEALING_READ: get("applications/1"),
    Act.PAIR_E: post("pairings", SEALING | {"seal_no": "KE1"}, sited=True),
    Act.PAIR_PA: post("pairings", SEALING | {"seal_no": "KP1"}, sited=True),
    Act.OPENING_WRITE: post(
        "openings", {"movement": "M1", "site": HERE, "agency": "CUSTOMS", "reason": "查驗", "opened": AT}, sited=True
    ),
    Act.PERMIT_WRITE: post(
        "permits",
        {"number": "P1", "container": "CSQU3054383", "site": HERE, "position": "RIGHT_OUTER_ROD", "reason": "占用"}
        | {"valid_from": AT, "valid_to": "2026-12-23T08:00:00Z"},
        sited=True,
    ),
    Act.TARIFF_WRITE: post(
        "tariffs", {"kind": "E", "sealer": "CUSTOMS", "amount": 1, "valid_from": AT, "source": "規費規則"}
    ),
    Act.FEE_READ: get("fees"),
    # custody
    Act.DOCUMENT_WRITE: put(f"documents/{b64url(hashlib.sha256(PDF).digest())}", PDF),
    Act.RESTRICTED_READ: get(f"messages/{SHA}/content"),
    Act.DOCUMENT_READ: get(f"documents/{SHA}"),
    Act.HOLD_PLACE: post("holds", {"movement": MOVEMENT, "reason": "HOLD-ALTERED"}),
    Act.HOLD_LIFT: post(f"movements/{MOVEMENT}/rule-hold/lift", {"finding": "無異狀", "reason": "X-MAC"}),
    Act.FOOTAGE_ORDER: get("footage"),
    Act.OUTAGE_DECLARE: post("outages", {"notice_no": "1", "start": AT, "functions": ["PAIRING"]}),
    Act.EVIDENCE_SUBMIT: post(
        "evidence", {"side": "ORIGIN", "site": HERE, "seal_no": "KE1", "container": "CSQU3054383"}, sited=True
    ),
    Act.RECONCILE: post("evidence/1/scrap", {"reason": "補登"}),
    Act.ARRIVAL_MANUAL: post("manual-arrivals/ES104", {"movement": "M0", "cause": "UNREADABLE", "arrived": AT}),
    Act.CASE_ACKNOWLEDGE: post("cases/1/acknowledge"),
    Act.REGISTRY_READ: get("movements"),
}
