"""Sealing by REST: an operator applies, an officer pairs, opens and seals again, everybody sees what is his to see."""

from __future__ import annotations

import pytest

from cloud.clock import from_ms, now_ms
from cloud.domain.authority import Role
from tests.web.api_client import NUMBER, ORDER, client, registered, settings
from tests.web.test_api_access import API, _light, person, refused

__all__ = ["_light", "client", "registered", "settings"]

ORIGIN, DESTINATION, CONTAINER = "003A1001", "003B2002", "CSQU3054383"
PAIRING = {
    "seal_no": "KE1",
    "container": "SEAU0000001",
    "origin": ORIGIN,
    "destination": DESTINATION,
    "document": "AA151123000002",
    "payer": "04595257",
}
FULL_R12 = {
    **ORDER,
    "classes": {
        "message": "12345678202611230001",
        "application": "1",
        "operation": "3",
        "load": "A",
        "container_type": "45G1",
        "vehicle": "1",
        "unit_number": "B123",
        "company": "04595257",
        "company_name": "基隆貨運",
        "released": 10,
        "quantity": 10,
    },
    "cargo": [
        {
            "document": "AA151123000001",
            "direction": "T",
            "master_bill": "MBL1",
            "house_bill": "HBL1",
            "registration": "1A2345",
            "manifest": "0123",
            "voyage": "0061N",
            "vessel": "9VAB1",
            "vessel_name": "EVER TEST",
            "quantity": 10,
            "clearance": "C2",
            "conditions": "58",
        }
    ],
}


@pytest.fixture
def officer(registered, engine):
    for number, kind in ((1, "E"), (2, "E"), (3, "PA")):
        body = {"uid": f"04AA00000{number}", "kind": kind}
        assert registered.put(f"{API}/seals/K{kind[0]}{number}", json=body).status_code == 201
    with person(registered, engine, Role.OFFICER, ORIGIN) as browser:
        yield browser


def later(hours=1):
    return from_ms(now_ms() + round(hours * 3_600_000)).isoformat()


@pytest.mark.req("R-039", "R-033")
def test_an_order_keeps_every_field_of_r12_that_is_not_personal(registered) -> None:
    kept = registered.put(f"{API}/transport-orders/{NUMBER}", json=FULL_R12)
    assert kept.status_code == 200, kept.text
    told = kept.json()
    assert told["classes"] == FULL_R12["classes"]
    assert told["cargo"] == FULL_R12["cargo"]
    refused(registered.put(f"{API}/transport-orders/{NUMBER}", json={**FULL_R12, "licence": "A123456789"}), "INVALID")
    bare = {**ORDER, "cargo": [], "seals": [{"type": "5", "number": "KE26A0000001"}], "container": "SEAU0000009"}
    registered.delete(f"{API}/transport-orders/{NUMBER}")
    refused(registered.put(f"{API}/transport-orders/AA15112345678900009", json=bare), "USE-RECORD")


@pytest.mark.req("R-036", "R-037", "R-047")
def test_a_pairing_is_made_shown_and_cancelled(officer, registered, engine) -> None:
    made = officer.post(f"{API}/pairings", json={**PAIRING, "channel": "APP", "container": "SEAU0000002"})
    assert made.status_code == 201, made.text
    pairing = made.json()
    assert (pairing["channel"], pairing["state"], pairing["kind"]) == ("APP", "PAIRED", "E")
    assert "check digit" in pairing["warnings"][0]
    name = pairing["movement"]
    shown = registered.get(f"{API}/pairings/{name}").json()
    assert {**shown, "warnings": pairing["warnings"]} == pairing
    listed = officer.get(f"{API}/pairings", params={"container": "SEAU0000002"}).json()["items"]
    assert [item["movement"] for item in listed] == [name]
    with person(registered, engine, Role.SPECIALIST, ORIGIN) as specialist:
        refused(specialist.post(f"{API}/pairings", json={**PAIRING, "seal_no": "KP3"}), "FORBIDDEN")
        refused(specialist.delete(f"{API}/pairings/{NUMBER}-1"), "ORDER-PAIRED")
    assert officer.delete(f"{API}/pairings/{name}").json()["state"] == "CANCELLED"
    refused(registered.get(f"{API}/pairings/NONE"), "NOT-FOUND")
    refused(officer.post(f"{API}/pairings", json={**PAIRING, "doors": 0}), "INVALID")


@pytest.mark.req("R-060")
def test_a_seal_is_replaced_only_once_it_is_scrapped(officer) -> None:
    name = officer.post(f"{API}/pairings", json=PAIRING).json()["movement"]
    refused(officer.post(f"{API}/pairings/{name}/replacement", json={"seal_no": "KE2"}), "NOT-SCRAPPED")


@pytest.mark.req("R-012", "R-041", "R-038")
def test_an_opening_makes_the_next_seal_free(officer, registered, engine) -> None:
    name = officer.post(f"{API}/pairings", json=PAIRING).json()["movement"]
    body = {"movement": name, "site": ORIGIN, "agency": "OTHER", "agency_name": "海巡署", "reason": "查驗"}
    opened = officer.post(f"{API}/openings", json={**body, "opened": later(0)})
    assert opened.status_code == 201, opened.text
    number = opened.json()["id"]
    again = officer.post(f"{API}/pairings", json={**PAIRING, "seal_no": "KE2", "opening": number, "payer": None})
    assert again.json()["opening"] == number, again.text
    assert [item["id"] for item in registered.get(f"{API}/openings").json()["items"]] == [number]
    with person(registered, engine, Role.OPERATOR, ORIGIN) as operator:
        fees = operator.get(f"{API}/fees").json()["items"]
        query = {"month": fees[0]["month"], "payer": PAIRING["payer"]}
        table = operator.get(f"{API}/fees/statement", params=query)
        document = operator.get(f"{API}/fees/statement", params={**query, "format": "ods"})
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert table.content.decode("utf-8-sig").splitlines()[-1] == f"合計{',' * 10}250"
    assert document.content[:2] == b"PK"
    told = [(fee["seal_no"], fee["outcome"], fee["reason"], fee["amount"]) for fee in fees]
    assert told == [
        ("KE26A0000001", "CHARGED", "TARIFF", 200),
        ("KE1", "CHARGED", "TARIFF", 250),
        ("KE2", "EXEMPT", "RESEALED", 0),
    ]


@pytest.mark.req("R-046")
def test_a_permit_is_granted_and_shown(officer) -> None:
    body = {"number": "PM-1", "container": CONTAINER, "site": ORIGIN, "position": "RIGHT_OUTER_ROD"}
    body |= {"reason": "原始封條占用", "valid_from": later(0), "valid_to": later(2)}
    made = officer.post(f"{API}/permits", json=body)
    assert made.status_code == 201, made.text
    assert officer.get(f"{API}/permits").json()["items"] == [made.json()]
    refused(officer.post(f"{API}/permits", json=body), "PERMIT-TAKEN")
    refused(officer.post(f"{API}/permits", json={**body, "position": "RIGHT_INNER_ROD"}), "INVALID")


@pytest.mark.req("R-048")
def test_the_centre_enters_a_rate_and_everybody_concerned_reads_it(registered, officer, engine) -> None:
    rate = {"kind": "E", "sealer": "CUSTOMS", "amount": 300, "valid_from": later(), "source": "規費規則修正"}
    refused(officer.post(f"{API}/tariffs", json=rate), "FORBIDDEN")
    with person(registered, engine, Role.CENTRE) as centre:
        made = centre.post(f"{API}/tariffs", json=rate)
        assert made.status_code == 201, made.text
        refused(centre.post(f"{API}/tariffs", json={**rate, "valid_from": later(-1)}), "TARIFF-PAST")
    lines = officer.get(f"{API}/tariffs").json()
    assert [(line["kind"], line["sealer"], line["amount"]) for line in lines] == [
        ("E", "CUSTOMS", 250),
        ("E", "OPERATOR", 200),
        ("PA", "CUSTOMS", 250),
        ("PA", "OPERATOR", 200),
        ("E", "CUSTOMS", 300),
    ]


@pytest.mark.req("R-004", "R-035")
def test_a_trader_applies_and_an_officer_decides(registered, officer, engine) -> None:
    body = {"kind": "PA", "container": CONTAINER, "site": ORIGIN, "ground": "N5170", "document": "AA151123000002"}
    with person(registered, engine, Role.TRADER) as trader:
        made = trader.post(f"{API}/applications", json=body)
        assert made.status_code == 201, made.text
        number = made.json()["id"]
        refused(trader.post(f"{API}/applications/{number}/decision", json={"approve": True}), "FORBIDDEN")
        decided = officer.post(f"{API}/applications/{number}/decision", json={"approve": True})
        assert (decided.json()["state"], decided.json()["officer"]) == ("APPROVED", "officer.one")
        assert trader.get(f"{API}/applications/{number}").json() == decided.json()
        assert len(trader.get(f"{API}/applications", params={"state": "APPROVED"}).json()["items"]) == 1
        paired = officer.post(
            f"{API}/pairings", json={**PAIRING, "seal_no": "KP3", "container": CONTAINER} | {"application": number}
        )
        assert paired.status_code == 201, paired.text
        assert trader.get(f"{API}/applications/{number}").json()["state"] == "SEALED"
        refused(trader.delete(f"{API}/applications/{number}"), "STATE")
    with person(registered, engine, Role.DRIVER) as driver:
        refused(driver.post(f"{API}/applications", json=body), "FORBIDDEN")


@pytest.mark.req("R-036")
def test_the_same_idempotency_key_pairs_once(officer) -> None:
    headers = {"Idempotency-Key": "pairing-1"}
    first = officer.post(f"{API}/pairings", json=PAIRING, headers=headers)
    again = officer.post(f"{API}/pairings", json=PAIRING, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
