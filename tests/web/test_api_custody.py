"""Documents and holds by REST: an operator holds and hands in papers, an officer looks, lifts and completes."""

from __future__ import annotations

import hashlib

import pytest

from cloud.clock import now_ms
from cloud.domain.authority import Role
from cloud.domain.footage import DAY_MS
from cloud.domain.lifecycles.hold import State
from schemas.envelope import b64url
from tests.integration.registry.test_custody_footage import case as footage_case
from tests.integration.registry.test_custody_holds import yard
from tests.web.api_client import client, settings
from tests.web.test_api_access import API, _light, person, refused

__all__ = ["_light", "client", "settings", "yard"]

JPEG = b"\xff\xd8\xff the identity card of somebody"
PNG = b"\x89PNG\r\n\x1a\n a permit"
PLACED = {"movement": "M1", "reason": "HOLD-UNSEALED"}
AT = "2026-11-23T08:00:00Z"
STATEMENT = {"driver": "王大明", "made": AT, "text": "途中未曾停車", "plate": "KLA-0001"}
FOUND = {"finding": "封條完好"}


@pytest.fixture
def operator(client, yard):
    with person(client, yard, Role.OPERATOR, "B1") as browser:
        yield browser


@pytest.fixture
def officer(client, yard):
    with person(client, yard, Role.OFFICER, "B1") as browser:
        yield browser


def put(browser, content=PNG, media_type="image/png", sha256=None, **query):
    address = f"{API}/documents/{sha256 or b64url(hashlib.sha256(content).digest())}"
    return browser.put(address, content=content, params=query, headers={"Content-Type": media_type})


def name_of(content):
    return b64url(hashlib.sha256(content).digest())


def test_a_document_is_put_once_and_read_by_an_officer(operator, officer) -> None:
    first, again = put(operator, kind="PERMIT"), put(operator, kind="PERMIT")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {"sha256": name_of(PNG), "size": len(PNG)}
    read = officer.get(f"{API}/documents/{name_of(PNG)}")
    assert (read.content, read.headers["Content-Type"]) == (PNG, "image/png")
    assert (read.headers["Content-Disposition"], read.headers["X-Content-Type-Options"]) == ("attachment", "nosniff")
    told = officer.get(f"{API}/documents/{name_of(PNG)}/description").json()
    assert (told["kind"], told["restricted"], told["removed"]) == ("PERMIT", False, None)
    refused(operator.get(f"{API}/documents/{name_of(PNG)}"), "FORBIDDEN")
    refused(officer.get(f"{API}/documents/{'x' * 43}"), "NOT-FOUND")


def test_what_is_no_document_is_refused(operator, settings) -> None:
    refused(put(operator, sha256="x" * 43), "DOCUMENT-HASH")
    refused(put(operator, b"<svg/>", "image/svg+xml"), "DOCUMENT-TYPE")
    refused(put(operator, b'{"driver": "x"}', "application/json"), "DOCUMENT-TYPE")
    refused(put(operator, b"<html>", "image/png"), "DOCUMENT-TYPE")
    large = PNG + bytes(settings.documents.size_max_bytes)
    refused(put(operator, large), "TOO-LARGE")
    assert put(operator, PNG + bytes(settings.web.body_max_bytes)).status_code == 201


@pytest.mark.req("R-070")
def test_a_restricted_document_wants_a_reason_and_leaves_a_line(operator, officer, client, yard) -> None:
    assert put(operator, JPEG, "image/jpeg", kind="ID_COPY").status_code == 201
    address = f"{API}/documents/{name_of(JPEG)}"
    refused(officer.get(address), "LOOK-REASON")
    refused(operator.post(f"{address}/look", json={"reason": "curious"}), "FORBIDDEN")
    look = officer.post(f"{address}/look", json={"reason": "留置案查證"})
    assert (look.content, look.headers["Cache-Control"]) == (JPEG, "no-store")
    with person(client, yard, Role.CENTRE) as centre:
        lines = centre.get(f"{API}/audit", params={"subject": f"document:{name_of(JPEG)}"}).json()["items"]
    assert [(line["outcome"], line["act"]) for line in lines if line["outcome"] != "DONE"] == [
        ("DENIED", "DOCUMENT_READ"),
        ("LOOKED", "RESTRICTED_READ"),
    ]


@pytest.mark.req("R-068", "R-069", "R-070", "R-071")
def test_a_hold_from_the_gate_to_its_completion(operator, officer, yard) -> None:
    placed = operator.post(f"{API}/holds", json=PLACED)
    assert placed.status_code == 201, placed.text
    address = f"{API}/holds/{placed.json()['id']}"
    assert placed.json()["missing"] == ["REPORT", "STATEMENT", "ID_COPY"]
    assert officer.get(f"{API}/movements/M1").json()["hold"]["reason"] == "HOLD-UNSEALED"
    refused(operator.post(f"{API}/holds", json=PLACED), "HELD-ALREADY")
    refused(officer.post(f"{address}/lift", json=FOUND), "STATE")
    assert operator.post(f"{address}/report", json={"officer": "P-7", "reported": AT}).json()["state"] == "REPORTED"
    refused(operator.post(f"{address}/lift", json=FOUND), "FORBIDDEN")
    lifted = officer.post(f"{address}/lift", json=FOUND)
    assert (lifted.json()["state"], lifted.json()["missing"]) == ("LIFTED", ["STATEMENT", "ID_COPY"])
    assert officer.get(f"{API}/movements/M1").json()["hold"] is None
    refused(officer.post(f"{address}/complete", json=FOUND), "PAPERS-MISSING")
    put(operator, JPEG, "image/jpeg", kind="ID_COPY")
    operator.post(f"{address}/id-copy", json={"copy_of_id": name_of(JPEG), "taken": AT})
    assert operator.post(f"{address}/statement", json=STATEMENT).json()["missing"] == []
    said = officer.post(f"{address}/statement/look", json={"reason": "查證"}).json()
    assert said == STATEMENT | {"scan": None, "company": "", "driver_id": None}
    assert officer.post(f"{address}/complete", json=FOUND).json()["state"] == "COMPLETED"
    steps = [line["step"] for line in officer.get(f"{address}/history").json()]
    assert steps == ["PLACE", "REPORT", "LIFT", "ID_COPY", "STATEMENT", "COMPLETE"]


def test_the_worklist_is_paged_and_filtered(operator, officer) -> None:
    for movement, reason in (("M1", "HOLD-UNSEALED"), ("M2", "HOLD-OPENED")):
        told = {"officer": "P-7", "reported": AT}
        answer = operator.post(f"{API}/holds", json={"movement": movement, "reason": reason, "report": told})
        assert answer.json()["state"] == State.REPORTED
    page = officer.get(f"{API}/holds", params={"limit": 1}).json()
    rest = officer.get(f"{API}/holds", params={"after": page["next"], "lacking": True}).json()
    assert [one["movement"] for one in (*page["items"], *rest["items"])] == ["M1", "M2"]
    assert officer.get(f"{API}/holds", params={"state": "LIFTED"}).json()["items"] == []


@pytest.mark.req("R-072")
def test_reasons_and_fields_are_checked(operator, officer) -> None:
    refused(operator.post(f"{API}/holds", json=PLACED | {"movement": "M2"}), "HOLD-REASON")
    refused(operator.post(f"{API}/holds", json=PLACED | {"movement": "M9"}), "NOT-FOUND")
    refused(operator.post(f"{API}/holds", json=PLACED | {"papers": []}), "INVALID")
    refused(officer.get(f"{API}/holds/77"), "NOT-FOUND")
    refused(officer.post(f"{API}/movements/M1/rule-hold/lift", json=FOUND | {"reason": "X-MAC"}), "STATE")


@pytest.mark.req("R-099")
def test_cases_that_need_a_yards_footage_are_listed_and_the_order_noted(officer, operator, yard) -> None:
    number = footage_case(yard, occurred_ms=now_ms() - 26 * DAY_MS)
    (one,) = officer.get(f"{API}/footage").json()["items"]
    assert (one["case"], one["stage"], one["site"]) == (number, "DRAFT", "B1")
    assert one["draft"].startswith("主旨：請保存 B1 站")
    refused(operator.get(f"{API}/footage"), "FORBIDDEN")
    assert officer.post(f"{API}/footage/{number}/order", json={"number": "基普緝字第9號"}).status_code == 204
    (one,) = officer.get(f"{API}/footage").json()["items"]
    assert (one["stage"], one["number"], one["draft"]) == ("ORDERED", "基普緝字第9號", "")
    refused(officer.post(f"{API}/footage/{number}/order", json={"number": "x"}), "CONFLICT")
