"""The stock by REST: request, issue, registers as files, and the way of a scrapped seal."""

from __future__ import annotations

import pytest

from cloud.domain.authority import Role
from tests.web.api_client import client, registered, settings
from tests.web.test_api_access import API, _light, person, refused

__all__ = ["_light", "client", "registered", "settings"]

ORIGIN = "003A1001"


@pytest.mark.req("R-031", "R-032", "R-034", "R-035")
def test_a_request_is_answered_by_a_range_that_stands_in_the_register(registered, engine) -> None:
    with person(registered, engine, Role.OPERATOR, ORIGIN) as operator:
        made = operator.post(f"{API}/seal-requests", json={"site": ORIGIN, "quantity": 100})
        assert made.status_code == 201, made.text
        again = operator.post(f"{API}/seal-requests", json={"site": ORIGIN, "quantity": 100}).json()
        paper = {"site": ORIGIN, "quantity": 1, "kind": "PA"}
        refused(operator.post(f"{API}/seal-requests", json=paper), "NO-BATCH")
        ends = {"first": "KE27A0000001", "last": "KE27A0000100"}
        refused(operator.post(f"{API}/seal-requests/{again['id']}/issue", json=ends), "FORBIDDEN")
    with person(registered, engine, Role.OFFICER, ORIGIN) as officer:
        issued = officer.post(f"{API}/seal-requests/{made.json()['id']}/issue", json=ends)
        assert (issued.status_code, issued.json()["state"]) == (200, "ISSUED")
        refused(officer.post(f"{API}/seal-requests/{again['id']}/issue", json=ends), "RANGE-TAKEN")
        [row] = officer.get(f"{API}/registers/issues").json()["items"]
        assert (row["facts"]["first"], row["facts"]["last"], row["facts"]["quantity"]) == (1, 100, 100)
        sheet = officer.get(f"{API}/registers/issues/file")
        assert "KE27A0000001,KE27A0000100,100" in sheet.content.decode("utf-8-sig")
        book = officer.get(f"{API}/registers/issues/file", params={"format": "ods"})
        assert book.headers["content-type"] == "application/vnd.oasis.opendocument.spreadsheet"


@pytest.mark.req("R-060", "R-061", "R-063")
def test_a_scrapped_seal_goes_to_the_centre_and_never_returns(registered, engine) -> None:
    registered.put(f"{API}/seals/KE9", json={"uid": "04AA0009", "kind": "E"})
    with person(registered, engine, Role.OFFICER, ORIGIN) as officer:
        address = f"{API}/seals/KE9/steps"
        scrapped = officer.post(address, json={"step": "SCRAP", "told": "無法讀取"})
        assert (scrapped.status_code, scrapped.json()["state"]) == (200, "SCRAPPED")
        refused(officer.post(address, json={"step": "SCRAP", "told": "無法讀取"}), "STATE")
        assert officer.post(address, json={"step": "SEND", "told": "掛號 1"}).json()["state"] == "SENT"
        assert [one["step"] for one in officer.get(address).json()] == ["SCRAP", "SEND"]
    refused(registered.put(f"{API}/seals/KE9", json={"uid": "04AA0019", "kind": "E"}), "SEAL-DEAD")
