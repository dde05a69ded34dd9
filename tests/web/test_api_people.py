"""People by REST: enrolled by their operator, shown masked, told to gates; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import select

from cloud.clock import now_ms
from cloud.domain.authority import Role
from cloud.registry.accounts import register
from cloud.store import schema
from cloud.store.engine import reading
from cloud.web.app import create_app
from tests.desks import VAULT, actor, desk_of
from tests.people import ASSERTOR, ID, OTHER_UBN, TRUCKS, UBN, YARD, enter_companies, login
from tests.web.api_client import TOKEN, settings
from tests.web.serving import serving
from tests.web.test_api_access import API, PASSWORD, _light, person, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["_light", "settings"]

OFFICE = {"name_zh": "基隆關", "name_en": "Keelung Customs", "monitoring": "CENTRE"}
HEAD = {"name_zh": "五堵分關", "name_en": "Wudu", "level": "FIRST_LEVEL_HEAD"}
SECTION = {"name_zh": "第一課", "name_en": "Section 1", "level": "SECTION_CHIEF", "parent": "WUDU"}
SPECIALISTS = f"{API}/operators/{YARD}/specialists"


@pytest.fixture
def client(engine, settings) -> Iterator[httpx.Client]:
    enter_companies(engine)
    app = create_app(engine, settings, TOKEN, VAULT)
    app.state.assertor = ASSERTOR
    with (
        serving(app) as address,
        httpx.Client(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}) as client,
    ):
        yield client


@pytest.fixture
def operator(client, engine) -> Iterator[httpx.Client]:
    with person(client, engine, Role.OPERATOR, "A1", "B1") as browser:
        yield browser


@pytest.fixture
def officer(client, engine) -> Iterator[httpx.Client]:
    with person(client, engine, Role.OFFICER, "A1") as browser:
        yield browser


def enrolment(**changed) -> dict[str, object]:
    body = {"assertion": login(now_ms()), "number": ID, "name": "王小明", "phone": "0912345678", "sites": ["A1"]}
    return body | changed


@pytest.mark.req("R-005", "R-013", "R-014", "R-015", "R-017")
def test_a_specialist_from_the_form_to_the_gate_and_out(client, operator, officer) -> None:
    form = {"assertion": login(now_ms()), "number": ID}
    assert operator.post(f"{SPECIALISTS}/prefill", json=form).json() == {"person": None, "name": None}
    enrolled = operator.post(SPECIALISTS, json=enrolment())
    assert enrolled.status_code == 201, enrolled.text
    who = enrolled.json()["person"]
    assert enrolled.json()["sites"] == ["A1"]
    assert operator.post(f"{SPECIALISTS}/prefill", json=form).json() == {"person": who, "name": "王○明"}
    assert operator.get(SPECIALISTS).json()["items"] == [enrolled.json()]
    badge = {"badge_uid": "04AABBCC", "role": "SPECIALIST", "may": ["SEAL_OUT_E", "ARRIVE"], "person": who}
    assert client.put(f"{API}/staff/S1", json=badge).json()["sites"] == ["A1"]
    assert operator.post(f"{SPECIALISTS}/{who}/sites", json={"sites": ["B1"]}).json()["sites"] == ["A1", "B1"]
    assert client.get(f"{API}/staff/S1").json()["sites"] == ["A1", "B1"]
    assert operator.delete(f"{SPECIALISTS}/{who}/sites/A1").json()["sites"] == ["B1"]
    ended = operator.delete(f"{SPECIALISTS}/{who}").json()
    assert (ended["sites"], ended["ended"] is None) == ([], False)
    refused(operator.delete(f"{SPECIALISTS}/{who}"), "ENROLMENT-ENDED")
    rows = officer.get(f"{API}/persons/{who}/authorisations").json()
    assert [(row["site"], row["capacity"], row["valid_to"] is None) for row in rows] == [
        ("A1", "SPECIALIST", False),
        ("B1", "SPECIALIST", False),
    ]
    at = {"at": rows[0]["valid_from"]}
    assert officer.get(f"{API}/persons/{who}/authorisations", params=at).json() == rows[:1]


@pytest.mark.req("R-013", "R-015")
def test_an_enrolment_that_does_not_fit_says_why_and_repeats_nothing(operator) -> None:
    for changed, code in (
        ({"assertion": "x"}, "ASSERTION"),
        ({"assertion": login(now_ms(), ubn=OTHER_UBN)}, "ASSERTION-OPERATOR"),
        ({"phone": None}, "ENROLMENT"),
        ({"sites": []}, "ENROLMENT"),
        ({"number": "A123456788"}, "ID-NUMBER"),
        ({"sites": ["C1"]}, "FORBIDDEN"),
        ({"name": "a\x00b"}, "INVALID"),
        ({"extra": 1}, "INVALID"),
    ):
        answer = operator.post(SPECIALISTS, json=enrolment(**changed))
        refused(answer, code)
        assert "12345678" not in answer.text


@pytest.mark.req("R-014")
def test_persons_are_masked_and_revealed_with_a_purpose(client, operator, officer, engine) -> None:
    who = operator.post(SPECIALISTS, json=enrolment()).json()["person"]
    seen = officer.get(f"{API}/persons/{who}").json()
    assert (seen["number"], seen["name"], seen["phone"]) == ("A12****789", "王○明", "091****678")
    assert officer.get(f"{API}/persons").json() == {"items": [seen], "next": None}
    assert officer.get(f"{API}/persons", params={"limit": 1}).json()["next"] == who
    assert officer.post(f"{API}/persons/search", json={"number": ID}).json() == seen
    full = officer.post(f"{API}/persons/{who}/reveal", json={"purpose": "CASE", "reference": "S4/1"}).json()
    assert (full["number"], full["name"]) == (ID, "王小明")
    refused(officer.post(f"{API}/persons/{who}/reveal", json={"purpose": "CURIOSITY", "reference": "1"}), "INVALID")
    refused(operator.post(f"{API}/persons/{who}/reveal", json={"purpose": "CASE", "reference": "1"}), "FORBIDDEN")
    refused(client.get(f"{API}/persons/{who}"), "FORBIDDEN")
    with reading(engine) as connection:
        rows = connection.execute(select(schema.audit).where(schema.audit.c.act == "PERSON_REVEAL")).all()
    assert [row.outcome for row in rows] == ["LOOKED", "DENIED"]


@pytest.mark.req("R-014")
def test_two_who_enrol_the_same_person_at_once_make_one(operator, engine) -> None:
    def enrol(_n: int) -> httpx.Response:
        return operator.post(SPECIALISTS, json=enrolment())

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(enrol, range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json().get("code") for answer in answers} <= {None, "CONFLICT"}
    assert len({answer.json()["person"] for answer in answers if answer.status_code == 201}) == 1
    with reading(engine) as connection:
        assert len(connection.execute(select(schema.person)).all()) == 1
        assert len(connection.execute(select(schema.authorisation)).all()) == 1


@pytest.mark.req("R-005")
def test_two_who_register_the_same_badge_at_once_are_told_apart(client, engine) -> None:
    body = {"badge_uid": "04AABBCC", "role": "OFFICER", "may": ["ARRIVE"], "sites": ["A1"]}

    def put(number: str) -> httpx.Response:
        return client.put(f"{API}/staff/{number}", json=body)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(put, ("S1", "S2")))
        again = list(pool.map(put, ("S3", "S3")))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json()["code"] for answer in (*answers, *again) if answer.status_code == 409} == {"BADGE-TAKEN"}
    body["badge_uid"] = "04AABBCD"
    with ThreadPoolExecutor(4) as pool:
        equal = list(pool.map(put, ["S4"] * 4))
    assert {answer.status_code for answer in equal} <= {200, 201}
    assert len({answer.json()["person"] for answer in equal}) == 1
    with reading(engine) as connection:
        assert len(connection.execute(select(schema.person)).all()) == 2  # nobody is left over


@pytest.mark.req("R-006", "R-008", "R-011")
def test_offices_units_and_officers(client, engine) -> None:
    assert client.put(f"{API}/offices/KEELUNG", json=OFFICE).status_code == 201
    assert client.put(f"{API}/offices/KEELUNG", json=OFFICE).status_code == 200
    assert client.put(f"{API}/offices/KEELUNG/units/WUDU", json=HEAD).status_code == 201
    assert client.put(f"{API}/offices/KEELUNG/units/WUDU-1", json=SECTION).status_code == 201
    refused(client.put(f"{API}/offices/KEELUNG/units/X", json={**SECTION, "parent": "NONE"}), "UNIT-LEVEL")
    assert [unit["code"] for unit in client.get(f"{API}/offices/KEELUNG/units").json()] == ["WUDU", "WUDU-1"]
    assert client.put(f"{API}/offices/KEELUNG/sites/A1", json={}).json()["sites"] == ["A1"]
    assert client.get(f"{API}/offices").json()["items"] == [client.get(f"{API}/offices/KEELUNG").json()]
    refused(client.get(f"{API}/offices/NONE"), "NOT-FOUND")
    body = {"name": "王關員", "office": "KEELUNG", "unit": "WUDU-1", "level": "SECTION_CHIEF", "duties": ["DEPARTURE"]}
    made = client.post(f"{API}/officers", json={**body, "sites": ["A1"]})
    assert made.status_code == 201, made.text
    who = made.json()["person"]
    with person(client, engine, Role.CENTRE) as centre:
        assert centre.get(f"{API}/officers/{who}").json() == made.json()
        assert centre.get(f"{API}/officers/on-duty/S2/A1").json() == [who]
        assert centre.get(f"{API}/offices/KEELUNG/units/WUDU-1/approvers/SECTION_CHIEF").json() == [who]
        moved = centre.put(f"{API}/officers/{who}", json={**body, "name": None, "sites": ["B1"]}).json()
        assert (moved["sites"], moved["level"]) == (["B1"], "SECTION_CHIEF")
        assert centre.delete(f"{API}/officers/{who}").json() == {"person": who}
        refused(centre.get(f"{API}/officers/{who}"), "NOT-FOUND")
        # an Idempotency-Key has an act done once
        key = {"Idempotency-Key": "one"}
        twice = [centre.post(f"{API}/officers", json={**body, "name": "李"}, headers=key).json() for _ in range(2)]
        assert twice[0] == twice[1]


@pytest.mark.req("R-003", "R-004", "R-007")
def test_companies_of_each_part_have_their_own_list(client) -> None:
    body = {"ubn": UBN, "name_zh": "公司", "name_en": "Company", "valid_from": "2026-01-01T00:00:00Z"}
    trader = client.put(f"{API}/traders/T-1", json={**body, "kind": "BROKER"})
    assert (trader.status_code, trader.json()["part"]) == (201, "TRADER")
    assert client.put(f"{API}/trucking-companies/X-1", json=body).json()["kind"] == "TRUCKING"
    operator = client.get(f"{API}/operators/{YARD}").json()
    assert (operator["kind"], operator["sites"]) == ("CONTAINER_YARD", ["A1", "B1"])
    refused(client.put(f"{API}/traders/T-2", json={**body, "kind": "WAREHOUSE"}), "INVALID")
    refused(client.put(f"{API}/operators/O-2", json={**body, "kind": "WAREHOUSE", "ubn": "04595256"}), "UBN")
    refused(client.get(f"{API}/operators/T-1"), "NOT-FOUND")
    assert client.get(f"{API}/traders/T-1").json() == trader.json()
    assert client.get(f"{API}/traders").json()["items"] == [trader.json()]
    assert [row["id"] for row in client.get(f"{API}/trucking-companies").json()["items"]] == [TRUCKS, "X-1"]
    assert client.get(f"{API}/trucking-companies/X-1").status_code == 200
    assert len(client.get(f"{API}/operators").json()["items"]) == 2


@pytest.mark.req("R-007")
def test_a_driver_and_a_clerk(client, operator, officer) -> None:
    body = {"company": TRUCKS, "plate": "kla 0001", "number": ID, "name": "陳司機", "licence": ID}
    made = client.post(f"{API}/drivers", json=body)
    assert made.status_code == 201, made.text
    who = made.json()["person"]
    assert made.json()["plate"] == "KLA-0001"
    assert client.put(f"{API}/drivers/{who}", json={"company": TRUCKS, "plate": "KLA-0002"}).status_code == 200
    assert officer.get(f"{API}/drivers/{who}").json()["plate"] == "KLA-0002"
    assert [row["person"] for row in operator.get(f"{API}/drivers").json()["items"]] == [who]
    assert operator.get(f"{API}/drivers", params={"company": "NONE"}).json()["items"] == []
    refused(officer.get(f"{API}/drivers/P-none"), "NOT-FOUND")
    refused(client.get(f"{API}/drivers"), "FORBIDDEN")
    clerk = operator.post(f"{API}/clerks", json={"name": "林", "phone": "0987654321", "sites": ["A1"]}).json()
    moved = {"name": "林", "phone": "0987654321", "sites": ["B1"]}
    assert operator.put(f"{API}/clerks/{clerk['person']}", json=moved).json()["sites"] == ["B1"]
    refused(officer.post(f"{API}/clerks", json=moved), "FORBIDDEN")


@pytest.mark.req("R-010", "R-110")
def test_the_directory_by_rest(client) -> None:
    client.put(f"{API}/offices/KEELUNG", json=OFFICE)
    body = {"body": "IT", "name_zh": "基隆關資訊室", "name_en": "Keelung IT", "office": "KEELUNG"}
    address = f"{API}/contacts/KEELUNG-IT"
    first = client.put(address, json={**body, "phones": ["(02)24202951分機3324"], "faxes": ["(02)24240543"]})
    assert first.status_code == 201, first.text
    later = {**body, "phones": ["(02)11111111"], "valid_from": "2099-01-01T00:00:00+08:00"}
    assert client.put(address, json=later).status_code == 200
    assert [row["phones"] for row in client.get(f"{address}/versions").json()] == [
        ["(02)24202951分機3324"],
        ["(02)11111111"],
    ]
    asked = {"office": "KEELUNG", "body": "IT", "procedure": "PA"}
    assert [row["phones"] for row in client.get(f"{API}/contacts", params=asked).json()] == [["(02)24202951分機3324"]]
    asked["at"] = "2099-06-01T00:00:00Z"
    assert [row["phones"] for row in client.get(f"{API}/contacts", params=asked).json()] == [["(02)11111111"]]
    refused(client.put(address, json={**body, "phones": ["call me"]}), "INVALID")
    refused(client.delete(f"{API}/contacts/NONE"), "NOT-FOUND")
    assert client.delete(address).status_code == 200


@pytest.mark.req("R-003", "R-010", "R-011")
def test_without_token_or_session_there_is_no_answer(client) -> None:
    for path in ("operators", "traders", "contacts", "offices", "persons", "drivers", f"operators/{YARD}/specialists"):
        refused(httpx.get(f"{client.base_url}{API}/{path}".replace("//api", "/api")), "TOKEN")


@pytest.mark.req("R-016", "R-017")
def test_a_specialists_first_login_sets_own_credentials_and_the_sites_follow_the_enrolment(
    client, operator, engine
) -> None:
    who = operator.post(SPECIALISTS, json=enrolment()).json()["person"]
    with desk_of(engine, actor(Role.ADMIN), now_ms()) as desk:
        entry = register.AccountEntry(name="first.login", roles=[Role.SPECIALIST], person=who)
        _, credential = register.put_account(desk, entry)
    with httpx.Client(base_url=client.base_url, timeout=30) as phone:
        given = {"account": "first.login", "password": credential}
        assert phone.post(f"{API}/session", json=given).status_code == 201
        refused(phone.get(f"{API}/staff"), "FIRST-LOGIN")  # good for nothing else
        own = phone.put(f"{API}/session/credentials", json={"account": "wang.own", "password": PASSWORD})
        assert own.json()["sites"] == ["A1"]
        refused(phone.post(f"{API}/session", json=given), "SIGN-IN")  # and only once
        operator.post(f"{SPECIALISTS}/{who}/sites", json={"sites": ["B1"]})
        assert phone.get(f"{API}/session").json()["sites"] == ["A1", "B1"]
        operator.delete(f"{SPECIALISTS}/{who}")
        assert phone.get(f"{API}/session").json()["sites"] == []
