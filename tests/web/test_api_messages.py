"""Messages, instructions, worklist and codes over REST."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud.domain.authority import Role
from tests.web.api_client import SITE, client, settings
from tests.web.test_api_access import _light, person

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Engine

__all__ = ["_light", "client", "settings"]

VECTORS = Path("tests/vectors/messages")


def post(client: httpx.Client, content: bytes | str, **more: object) -> httpx.Response:
    raw = (VECTORS / content).read_bytes() if isinstance(content, str) else content
    return client.post("/api/v1/messages", content=raw, params={"sender": "customs-mq"}, **more)


@pytest.mark.req("R-025")
def test_a_message_is_taken_once_and_says_what_it_changed(client: httpx.Client) -> None:
    first, again = post(client, "N5170-B.xml"), post(client, "N5170-B.xml")
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert (first.json()["kind"], len(first.json()["changed"]["created"])) == ("N5170", 3)
    assert (again.json()["new"], again.json()["changed"]["created"]) == (False, [])
    (row,) = client.get("/api/v1/messages").json()["items"]
    assert (row["sender"], row["channel"], row["changed"]) == ("customs-mq", "REST", first.json()["changed"])
    assert client.get("/api/v1/messages", params={"kind": "N5302"}).json()["items"] == []


@pytest.mark.req("R-025")
def test_instructions_and_what_they_rest_on_are_read(client: httpx.Client) -> None:
    post(client, "N5302-add.xml")
    (row,) = client.get("/api/v1/instructions", params={"state": "REQUIRED"}).json()["items"]
    assert (row["container"], row["permits"], row["destination"]) == ("CSQU3054383", ["AA  15ABC00001"], "003B2002")
    full = client.get(f"/api/v1/instructions/{row['id']}").json()
    assert [(ground["kind"], ground["verdict"]) for ground in full["grounds"]] == [("N5302", "REQUIRED")]
    assert client.get("/api/v1/instructions", params={"container": "MSKU6011672"}).json()["items"] == []
    assert client.get("/api/v1/instructions/none").status_code == 404


@pytest.mark.req("R-024")
def test_the_worklist_is_in_words(client: httpx.Client) -> None:
    post(client, "N5108-EX.xml")
    items = client.get("/api/v1/worklist").json()["items"]
    assert [(item["reason"], item["container"]) for item in items] == [("EX", "CSQU3054383"), ("EX", "TASU1170000")]
    assert "電子封條" in items[0]["zh"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<!DOCTYPE a><a/>", 422, "MESSAGE-DTD"),
        (b"\xff\xfe<\x00", 422, "MESSAGE-ENCODING"),
        (b"<a>", 422, "MESSAGE-MALFORMED"),
        (b"", 422, "MESSAGE-KIND"),
        (b" " * (8 * 2**20 + 1), 413, "TOO-LARGE"),
    ],
)
def test_what_is_no_message_is_refused_by_name(client: httpx.Client, content: bytes, status: int, code: str) -> None:
    answer = post(client, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_message_may_be_larger_than_other_requests_and_not_endless(client: httpx.Client) -> None:
    roomy = (VECTORS / "N5170-B.xml").read_bytes() + b"\n" * 1_000_000
    assert post(client, roomy).status_code == 201
    pieces = (b" " * 2**20 for _ in range(50))  # of no declared length
    assert client.post("/api/v1/messages", content=pieces).status_code == 413


def test_the_token_of_a_system_is_no_officer(client: httpx.Client) -> None:
    post(client, "N5108-EX.xml")
    (first, *_) = client.get("/api/v1/worklist").json()["items"]
    body = {"decision": "DISMISS", "remark": "x"}
    assert client.post(f"/api/v1/worklist/{first['id']}/decision", json=body).status_code == 403
    written = {"container": "CSQU3054383", "document_no": "1", "scan": "x" * 43}
    assert client.post("/api/v1/instructions", json=written).status_code == 403
    assert client.put("/api/v1/customs-codes/062/A", json={"effect": "NONE", "meaning": "x"}).status_code == 403
    message = client.get("/api/v1/messages").json()["items"][0]["id"]
    assert client.get(f"/api/v1/messages/{message}/content").status_code == 403
    codes = client.get("/api/v1/customs-codes").json()
    assert {"list": "062", "code": "B", "effect": "SEAL"}.items() <= codes[0].items()


@pytest.mark.req("R-024", "R-030")
def test_an_officer_decides_writes_completes_and_withdraws(client: httpx.Client, engine: Engine) -> None:
    post(client, "N5108-EX.xml")
    client.put("/api/v1/sites/003A1001", json=SITE)
    with person(client, engine, Role.OFFICER, "003A1001") as officer:
        first, _ = officer.get("/api/v1/worklist").json()["items"]
        decided = officer.post(
            f"/api/v1/worklist/{first['id']}/decision", json={"decision": "REQUIRE", "remark": "應加封"}
        )
        assert decided.status_code == 204, decided.text
        lost = officer.post(f"/api/v1/worklist/{first['id']}/decision", json={"decision": "DISMISS", "remark": "x"})
        assert (lost.status_code, lost.json()["code"]) == (409, "TASK-CLOSED")
        address = f"/api/v1/instructions/{first['instruction']}"
        assert officer.get(address).json()["state"] == "REQUIRED"
        facts = {"origin": "003A1001", "destination": "003B2002"}
        assert officer.put(f"{address}/facts", json=facts).json()["destination"] == "003B2002"
        assert officer.post(f"{address}/withdrawal", json={"reason": "誤送"}).json()["state"] == "WITHDRAWN"
        assert officer.post(f"{address}/withdrawal", json={"reason": "誤送"}).json()["code"] == "STATE"
        (closed,) = officer.get("/api/v1/worklist", params={"closed": True}).json()["items"]
        assert (closed["decision"], closed["remark"], closed["closed_by"]) == ("REQUIRE", "應加封", "officer.one")
        unknown = {"container": "CSQU3054383", "document_no": "1", "scan": "x" * 43, "origin": "003A1001"}
        assert officer.post("/api/v1/instructions", json=unknown).json()["code"] == "DOCUMENT-UNKNOWN"


def test_a_message_as_received_is_for_officers_and_each_look_is_logged(client: httpx.Client, engine: Engine) -> None:
    taken = post(client, "N5116-B.xml").json()
    with person(client, engine, Role.CENTRE) as centre:
        answer = centre.get(f"/api/v1/messages/{taken['id']}/content")
        assert answer.content == (VECTORS / "N5116-B.xml").read_bytes()
        assert answer.headers["content-type"] == "application/octet-stream"
        looks = centre.get("/api/v1/audit", params={"subject": f"message:{taken['id']}"}).json()["items"]
        assert [line["outcome"] for line in looks] == ["DONE", "LOOKED"]
        code = {"effect": "NONE", "meaning": "儀器查驗"}
        assert centre.put("/api/v1/customs-codes/062/A", json=code).status_code == 200
        assert centre.put("/api/v1/customs-codes/062/B", json=code).json()["code"] == "CODE-FIXED"
