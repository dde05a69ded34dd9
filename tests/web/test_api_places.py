"""Places by REST: sites and their fences, location tags, outages, evidence, arrivals by hand, yards' notices."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack

import pytest

from cloud.domain.authority import Role
from schemas.envelope import b64url
from tests.integration.registry.outage_yard import yard
from tests.web.api_client import RING, SITE, client, settings
from tests.web.test_api_access import API, _light, person, refused

__all__ = ["_light", "client", "settings", "yard"]

JPEG = b"\xff\xd8\xff a picture"
NOTICE = {"site": "A1", "container": "CSQU3054383", "direction": "OUT", "at": "2026-11-23T08:00:00+08:00"}
OUTAGE = {"notice_no": "N1", "start": "2026-11-23T00:00:00Z", "sites": ["A1", "B1"], "functions": ["DEPARTURE"]}
SENT = {"side": "ORIGIN", "site": "A1", "seal_no": "K9", "container": "CSQU3054383", "kind": "PA"}


@pytest.fixture
def people(client, yard):
    """Somebody of each role at A1 or B1, signed in."""
    wanted = {"centre": (Role.CENTRE,), "operator": (Role.OPERATOR, "A1")}
    wanted |= {"officer": (Role.OFFICER, "A1"), "receiver": (Role.OFFICER, "B1")}
    with ExitStack() as stack:
        yield {name: stack.enter_context(person(client, yard, *role, nth=name)) for name, role in wanted.items()}


def put_picture(browser, kind="OTHER"):
    sha256 = b64url(hashlib.sha256(JPEG).digest())
    answer = browser.put(
        f"{API}/documents/{sha256}", content=JPEG, params={"kind": kind}, headers={"Content-Type": "image/jpeg"}
    )
    assert answer.is_success, answer.text
    return sha256


@pytest.mark.req("R-052", "R-112")
def test_a_site_shows_its_dates_and_every_fence_it_ever_had(client) -> None:
    dated = {**SITE, "valid_from": "2026-01-01T00:00:00+08:00", "valid_to": None}
    assert client.put(f"{API}/sites/003A1001", json=dated).status_code == 201
    wider = [[121.65, 25.07], *RING[1:-1], [121.65, 25.07]]
    site = client.put(f"{API}/sites/003A1001", json={**dated, "ring": wider}).json()
    assert (site["fence"], site["valid_from"], site["valid_to"]) == ("003A1001/2", "2025-12-31T16:00:00Z", None)
    first, second = client.get(f"{API}/sites/003A1001/fences").json()
    assert (first["fence"], first["ring"], second["ring"]) == ("003A1001/1", RING, wider)
    assert (first["valid_to"], second["valid_to"]) == (second["valid_from"], None)
    refused(client.get(f"{API}/sites/003A1002/fences"), "NOT-FOUND")
    refused(client.put(f"{API}/sites/003A1001", json={**SITE, "valid_to": "2026-01-01T00:00:00"}), "INVALID")


@pytest.mark.req("R-018", "R-019", "R-020", "R-021", "R-022")
def test_a_location_tag_from_its_application_to_its_end(people) -> None:
    photo = put_picture(people["operator"], "TAG_PHOTO")
    body = {"site": "A1", "ground": "NO_SATELLITE_FIX", "reason": "棚架下", "photo": photo}
    for missing in body:
        lacking = {name: value for name, value in body.items() if name != missing}
        refused(people["operator"].post(f"{API}/location-tags", json=lacking), "INVALID")
    tag = people["operator"].post(f"{API}/location-tags", json=body).json()["id"]
    address = f"{API}/location-tags/{tag}"
    refused(people["centre"].post(f"{address}/activation", json={"remark": "完備"}), "STATE")
    mounting = {"uid": "04112233445566", "record": "三號車道", "photo": photo}
    refused(people["operator"].post(f"{address}/mounting", json=mounting), "FORBIDDEN")
    assert people["officer"].post(f"{address}/mounting", json=mounting).json()["state"] == "MOUNTED"
    assert people["centre"].post(f"{address}/rejection", json={"remark": "不清"}).json()["state"] == "REJECTED"
    people["officer"].post(f"{address}/mounting", json=mounting)
    active = people["centre"].post(f"{address}/activation", json={"remark": "完備"}).json()
    assert (active["state"], [step["step"] for step in active["steps"]][-2:]) == ("ACTIVE", ["MOUNT", "ACTIVATE"])
    listed = people["operator"].get(f"{API}/location-tags", params={"state": "ACTIVE"}).json()["items"]
    assert [one["id"] for one in listed] == [tag]
    refused(people["receiver"].get(address), "FORBIDDEN")
    assert people["officer"].post(f"{address}/retirement", json={"remark": "不需要"}).json()["state"] == "RETIRED"
    assert people["officer"].get(address).json()["uid"] == "04112233445566"


@pytest.mark.req("R-073", "R-075", "R-076")
def test_an_outage_from_its_declaration_to_the_scrap_of_what_was_sealed(people) -> None:
    refused(people["officer"].post(f"{API}/outages", json=OUTAGE), "FORBIDDEN")
    declared = people["centre"].post(f"{API}/outages", json=OUTAGE)
    outage = declared.json()["id"]
    assert (declared.status_code, declared.json()["end"]) == (201, None)
    refused(people["centre"].post(f"{API}/outages", json=OUTAGE), "OUTAGE-TAKEN")
    sent = people["operator"].post(f"{API}/evidence", json=SENT).json()
    assert (sent["outage"], sent["missing"]) == (outage, ["ORDER", "PHOTO"])
    more = {"sealing_photos": [put_picture(people["operator"], "SEALING_PHOTO")]}
    address = f"{API}/evidence/{sent['id']}"
    assert people["operator"].post(f"{address}/documents", json=more).json()["missing"] == ["ORDER"]
    waiting = people["centre"].get(f"{API}/evidence", params={"complete": False}).json()["items"]
    assert waiting == [people["officer"].get(address).json()]
    refused(people["operator"].post(f"{address}/scrap", json={"reason": "未配櫃"}), "OUTAGE-ONGOING")
    ended = people["centre"].post(f"{API}/outages/{outage}/end", json={"end": "2026-11-23T01:00:00Z"})
    assert ended.json()["end"] == "2026-11-23T01:00:00Z"
    [work] = people["operator"].get(f"{API}/outages/{outage}/reconciliation").json()["items"]
    assert (work["item"]["id"], work["task"]) == (sent["id"], "SCRAP")
    assert people["operator"].post(f"{address}/scrap", json={"reason": "未配櫃"}).status_code == 200
    [work] = people["centre"].get(f"{API}/outages/{outage}/reconciliation").json()["items"]
    assert work["task"] is None
    assert [one["id"] for one in people["officer"].get(f"{API}/outages", params={"site": "A1"}).json()["items"]] == [
        outage
    ]
    assert people["officer"].get(f"{API}/outages", params={"ongoing": True}).json()["items"] == []
    assert people["officer"].get(f"{API}/outages/{outage}").json()["notice_no"] == "N1"


@pytest.mark.req("R-078", "R-079", "R-081")
def test_each_screen_lists_its_kind_and_closes_a_movement_by_hand(people) -> None:
    receiver = people["receiver"]
    offered = {
        screen: [row["movement"] for row in receiver.get(f"{API}/manual-arrivals/{screen}/movements").json()["items"]]
        for screen in ("ES104", "EPS104")
    }
    assert offered == {"ES104": ["M1"], "EPS104": ["M2"]}
    entry = {"movement": "M2", "cause": "UNREADABLE", "arrived": "2026-11-23T08:00:00Z"}
    refused(receiver.post(f"{API}/manual-arrivals/EPS104", json=entry), "ARRIVAL-IMAGE")
    full = {**entry, "photos": [put_picture(receiver, "ARRIVAL_PHOTO")]}
    refused(receiver.post(f"{API}/manual-arrivals/ES104", json=full), "SCREEN-KIND")
    refused(people["officer"].post(f"{API}/manual-arrivals/EPS104", json=full), "FORBIDDEN")
    entered = receiver.post(f"{API}/manual-arrivals/EPS104", json=full)
    assert (entered.status_code, entered.json()["screen"], entered.json()["site"]) == (201, "EPS104", "B1")
    refused(receiver.post(f"{API}/manual-arrivals/EPS104", json=full), "STATE")
    assert receiver.get(f"{API}/movements/M2").json()["state"] == "ARRIVED_MANUAL"
    assert people["centre"].get(f"{API}/manual-arrivals/M2").json() == entered.json()
    refused(people["centre"].get(f"{API}/manual-arrivals/M1"), "NOT-FOUND")


def test_a_yards_own_system_tells_its_notices_one_by_one_and_as_a_sheet(client, yard) -> None:
    first, again = (client.post(f"{API}/notices", json=NOTICE) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    sheet = "site,container,direction,at\nB1,CTAU0008136,IN,2026-11-23T08:00:00+08:00\n"
    bad, headers = sheet + "B1,?,IN,x\n", {"Content-Type": "text/csv"}
    trial = client.post(f"{API}/notices/sheet", content=bad, params={"dry_run": True}, headers=headers)
    assert [(one["line"], one["code"]) for one in trial.json()["faults"]] == [(3, "INVALID")]
    refused(client.post(f"{API}/notices/sheet", content=bad, headers=headers), "CSV-LINES")
    taken = client.post(f"{API}/notices/sheet", content=sheet, headers=headers).json()
    assert (taken["new"], [one["code"] for one in taken["warnings"]]) == (1, ["ISO-6346"])
    address = f"{API}/notices/{first.json()['id']}/correction"
    right = {"notice": {**NOTICE, "at": "2026-11-23T08:05:00+08:00"}}
    assert client.post(address, json=right).status_code == 201
    refused(client.post(address, json={"notice": None}), "NOTICE-CORRECTED")
    listed = client.get(f"{API}/notices", params={"container": "CSQU3054383"}).json()["items"]
    assert [(one["at"], one["corrected_by"] is None) for one in listed] == [
        ("2026-11-23T00:00:00Z", False),
        ("2026-11-23T00:05:00Z", True),
    ]
    counting = client.get(f"{API}/notices", params={"effective": True, "limit": 1}).json()
    assert (len(counting["items"]), counting["next"]) == (1, str(counting["items"][0]["id"]))


def test_a_request_with_a_key_is_done_once(people) -> None:
    said = [
        people["operator"].post(f"{API}/evidence", json=SENT, headers={"Idempotency-Key": "k1"}).json()["id"]
        for _ in range(2)
    ]
    assert said[0] == said[1]
