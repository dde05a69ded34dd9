"""The REST API as a user's system meets it, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from cloud.registry import people
from cloud.registry.refusals import TEXTS
from cloud.store import schema
from cloud.store.engine import reading, writing
from schemas.envelope import SigningKey
from tests import crowd
from tests.web.api_client import GATE, KEY, NUMBER, ORDER, RING, SEAL, SITE, STAFF, client, registered, settings

__all__ = ["client", "registered", "settings"]

API = "/api/v1"


def refused(answer, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (TEXTS[code].status, code), answer.text
    assert (body["zh"], body["en"]) == (TEXTS[code].zh, TEXTS[code].en)


@pytest.mark.parametrize(
    "path", ["sites/003A1001", "staff/S001", "gates/WDU-1", "seals/KE26A0000001", f"transport-orders/{NUMBER}"]
)
def test_what_was_put_can_be_read_and_listed(registered, path) -> None:
    one = registered.get(f"{API}/{path}")
    assert one.status_code == 200
    listed = registered.get(f"{API}/{path.split('/')[0]}").json()
    assert one.json() in listed["items"]
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("sites/003A1001", SITE),
        ("staff/S001", STAFF),
        ("gates/WDU-1", GATE),
        ("seals/KE26A0000001", SEAL),
        (f"transport-orders/{NUMBER}", ORDER),
    ],
)
def test_putting_the_same_again_changes_nothing(registered, engine, path, body) -> None:
    before = registered.get(f"{API}/{path}").json()
    with reading(engine) as connection:
        asked = connection.execute(select(schema.dispatch)).all()
        trail = connection.execute(select(schema.change)).all()
    again = registered.put(f"{API}/{path}", json=body)
    assert (again.status_code, again.json()) == (200, before)
    with reading(engine) as connection:
        assert connection.execute(select(schema.dispatch)).all() == asked
        assert connection.execute(select(schema.change)).all() == trail


def test_equal_requests_at_the_same_moment_make_one_thing(client) -> None:
    client.put(f"{API}/sites/003A1001", json=SITE)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: client.put(f"{API}/seals/KE1", json=SEAL), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]


def test_without_the_token_nothing_is_told(client) -> None:
    refused(client.get(f"{API}/sites", headers={"Authorization": "Bearer wrong"}), "TOKEN")
    refused(client.get(f"{API}/sites", headers={"Authorization": ""}), "TOKEN")
    refused(client.put(f"{API}/seals/KE1", json=SEAL, headers={"Authorization": "Basic eDp5"}), "TOKEN")


def test_a_list_is_read_page_by_page(client) -> None:
    for number in range(7):
        client.put(f"{API}/seals/KE{number}", json={"uid": f"04AA{number:04}", "kind": "E"})
    seen, after = [], ""
    while after is not None:
        page = client.get(f"{API}/seals", params={"limit": 3, "after": after}).json()
        assert len(page["items"]) <= 3
        seen += [seal["seal_no"] for seal in page["items"]]
        after = page["next"]
    assert seen == [f"KE{number}" for number in range(7)]


def test_an_unknown_address_and_a_wrong_method_are_answered_alike(client) -> None:
    refused(client.get(f"{API}/sites/NONE"), "NOT-FOUND")
    refused(client.get(f"{API}/nothing"), "NOT-FOUND")
    refused(client.post(f"{API}/sites/003A1001"), "METHOD")


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(client) -> None:
    large = b'{"name_zh": "' + b"x" * 30_000
    refused(client.put(f"{API}/sites/A", content=large), "TOO-LARGE")
    refused(client.put(f"{API}/sites/A", content=iter([large])), "TOO-LARGE")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"ring": 1}', b"\xff\xfe", b'{"name_zh": "\xed\xa0\x80"}'])
def test_whatever_the_body_the_answer_is_a_typed_refusal(client, body) -> None:
    refused(client.put(f"{API}/sites/003A1001", content=body), "INVALID")


def test_what_a_person_entered_is_not_sent_back_in_the_error(client) -> None:
    answer = client.put(f"{API}/staff/S1", json={**STAFF, "badge_uid": "A123456789", "name": "王小明"})
    refused(answer, "INVALID")
    assert "王小明" not in answer.text
    assert "A123456789" not in answer.text


def test_a_misspelt_field_is_refused(client) -> None:
    refused(client.put(f"{API}/sites/003A1001", json={**SITE, "fictionl": True}), "INVALID")


@pytest.mark.req("R-052", "R-112")
@pytest.mark.parametrize(
    "ring",
    [
        RING[:-1],
        [RING[0], RING[2], RING[1], RING[3], RING[0]],
        [[121.66, 25.07], [121.66, 25.07], [121.66, 25.07], [121.66, 25.07]],
        [[100.0, 25.07], [121.67, 25.07], [121.67, 25.08], [100.0, 25.07]],
    ],
    ids=["open", "crossing", "empty", "huge"],
)
def test_a_fence_must_be_a_simple_closed_ring(client, ring) -> None:
    refused(client.put(f"{API}/sites/003A1001", json={**SITE, "ring": ring}), "FENCE")
    refused(client.get(f"{API}/sites/003A1001"), "NOT-FOUND")


def test_coordinates_off_the_earth_are_refused(client) -> None:
    refused(client.put(f"{API}/sites/003A1001", json={**SITE, "ring": [[181, 25]] * 4}), "INVALID")


@pytest.mark.req("R-052")
def test_a_changed_fence_is_a_new_version_and_the_old_one_stays(registered, engine) -> None:
    wider = [[121.65, 25.07], *RING[1:-1], [121.65, 25.07]]
    site = registered.put(f"{API}/sites/003A1001", json={**SITE, "ring": wider}).json()
    assert site["fence"] == "003A1001/2"
    renamed = registered.put(f"{API}/sites/003A1001", json={**SITE, "ring": wider, "name_en": "Yard"}).json()
    assert renamed["fence"] == "003A1001/2"
    with reading(engine) as connection:
        fence = schema.fence
        rings = connection.scalars(select(fence.c.ring).where(fence.c.site == "003A1001").order_by(fence.c.version))
        assert list(rings) == [RING, wider]


@pytest.mark.req("R-021", "R-022")
def test_no_system_makes_a_location_tag_active_by_saying_so(registered) -> None:
    refused(registered.put(f"{API}/sites/003A1001", json={**SITE, "location_tags": ["04112233"]}), "INVALID")


@pytest.mark.req("R-017")
def test_authorisations_end_and_begin_and_stay_on_record(registered, engine) -> None:
    moved = registered.put(f"{API}/staff/S001", json={**STAFF, "sites": ["003B2002"]}).json()
    assert moved["sites"] == ["003B2002"]
    with reading(engine) as connection:
        rows = connection.execute(select(schema.authorisation).order_by(schema.authorisation.c.site)).all()
    assert [(row.site, row.valid_to_ms is None) for row in rows] == [("003A1001", False), ("003B2002", True)]
    refused(registered.put(f"{API}/staff/S002", json=STAFF), "BADGE-TAKEN")
    refused(registered.put(f"{API}/staff/S001", json={**STAFF, "sites": ["NOWHERE"]}), "SITE-UNKNOWN")


@pytest.mark.req("R-006")
def test_a_site_has_no_more_badges_than_a_manifest_holds(registered, engine) -> None:
    with writing(engine) as connection:
        crowd.enter(connection, "003A1001", range(people.STAFF_PER_SITE_MAX - 1))
    one_more = {**STAFF, "badge_uid": "04AABBCCDD1133"}
    refused(registered.put(f"{API}/staff/S002", json=one_more), "SITE-FULL")
    assert registered.get(f"{API}/staff/S002").status_code == 404
    assert registered.put(f"{API}/staff/S001", json={**STAFF, "role": "OFFICER"}).status_code == 200
    assert registered.put(f"{API}/staff/S002", json={**one_more, "sites": ["003B2002"]}).status_code == 201


@pytest.mark.req("R-113")
def test_a_gate_has_one_key_and_a_key_one_gate(registered) -> None:
    other = SigningKey.from_seed(b"\x02" * 32)
    refused(registered.put(f"{API}/gates/WDU-2", json=GATE), "KEY-TAKEN")
    refused(registered.put(f"{API}/gates/WDU-1", json={**GATE, "jwk": other.public_jwk}), "KEY-CHANGE")
    replaced = registered.put(f"{API}/gates/WDU-1", json={**GATE, "jwk": other.public_jwk, "replace_key": True})
    assert replaced.json()["kid"] == other.kid
    back = registered.put(f"{API}/gates/WDU-1", json={**GATE, "replace_key": True})
    assert back.json()["kid"] == KEY.kid


@pytest.mark.req("R-113")
def test_a_replaced_key_may_come_back_but_a_revoked_one_never(registered) -> None:
    other = SigningKey.from_seed(b"\x02" * 32)
    registered.put(f"{API}/gates/WDU-1", json={**GATE, "jwk": other.public_jwk, "replace_key": True})
    listed = {key["kid"]: key for key in registered.get(f"{API}/gates/WDU-1/keys").json()}
    assert {kid: key["replaced"] is not None for kid, key in listed.items()} == {KEY.kid: True, other.kid: False}
    assert {key["revoked"] for key in listed.values()} == {None}
    for _ in range(2):
        assert registered.post(f"{API}/gates/WDU-1/keys/{KEY.kid}/revoke").json()["kid"] == other.kid
    refused(registered.put(f"{API}/gates/WDU-1", json={**GATE, "replace_key": True}), "KEY-TAKEN")
    assert registered.post(f"{API}/gates/WDU-1/keys/{other.kid}/revoke").json()["kid"] is None
    third = SigningKey.from_seed(b"\x03" * 32)
    assert registered.put(f"{API}/gates/WDU-1", json={**GATE, "jwk": third.public_jwk}).json()["kid"] == third.kid
    refused(registered.post(f"{API}/gates/WDU-1/keys/{'0' * 43}/revoke"), "NOT-FOUND")
    refused(registered.get(f"{API}/gates/NONE/keys"), "NOT-FOUND")


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "oct", "k": "AAAA"},
        {**KEY.public_jwk, "alg": "EdDSA"},
        {**KEY.public_jwk, "d": "AAAA"},
    ],
    ids=["empty", "short", "secret", "polymorphic", "private"],
)
def test_only_a_public_key_with_its_one_algorithm_is_taken(registered, jwk) -> None:
    refused(registered.put(f"{API}/gates/WDU-3", json={**GATE, "jwk": jwk}), "KEY")


def test_a_retired_gate_stays_retired(registered) -> None:
    assert registered.post(f"{API}/gates/WDU-1/retire").json()["retired"] is not None
    assert registered.post(f"{API}/gates/WDU-1/retire").status_code == 200
    refused(registered.put(f"{API}/gates/WDU-1", json=GATE), "GATE-RETIRED")
    refused(registered.post(f"{API}/gates/NONE/retire"), "NOT-FOUND")


@pytest.mark.req("R-002")
def test_the_kind_of_a_seal_never_changes(registered) -> None:
    refused(registered.put(f"{API}/seals/KE26A0000001", json={**SEAL, "kind": "PA"}), "SEAL-KIND")
    refused(registered.put(f"{API}/seals/KE26A0000002", json=SEAL), "UID-TAKEN")
    refused(registered.put(f"{API}/seals/KE26A0000001", json={**SEAL, "uid": "04FFFFFFFFFFFF"}), "SEAL-IN-USE")


def test_a_limit_follows_another_without_rewriting_it(registered) -> None:
    route = f"{API}/route-limits/003A1001/003B2002"
    first = {"minutes": 90, "valid_from": "2026-01-01T00:00:00Z"}
    assert registered.put(route, json=first).status_code == 201
    assert registered.put(route, json=first).status_code == 200
    refused(registered.put(route, json={**first, "minutes": 60}), "VALIDITY")
    assert registered.put(route, json={"minutes": 60, "valid_from": "2026-06-01T08:00:00+08:00"}).status_code == 201
    limits = registered.get(route).json()
    assert [(limit["minutes"], limit["valid_to"]) for limit in limits] == [(90, "2026-06-01T00:00:00Z"), (60, None)]
    assert registered.put(route, json=first).status_code == 200
    refused(registered.put(route, json={"minutes": 30, "valid_from": "2026-03-01T00:00:00Z"}), "VALIDITY")
    backwards = {"minutes": 30, "valid_from": "2027-03-01T00:00:00Z", "valid_to": "2027-02-01T00:00:00Z"}
    refused(registered.put(route, json=backwards), "VALIDITY")
    assert registered.get(f"{API}/route-limits").json()["items"] == limits


@pytest.mark.req("R-039")
def test_an_order_with_an_e_seal_pairs_it(registered) -> None:
    order = registered.get(f"{API}/transport-orders/{NUMBER}").json()
    assert order["not_paired"] == []
    [movement] = order["movements"]
    assert (movement["movement"], movement["state"], movement["pairing_source"]) == (f"{NUMBER}-1", "PAIRED", "TO")
    assert (movement["seal_no"], movement["container"]) == ("KE26A0000001", "CSQU3054383")
    assert registered.get(f"{API}/movements/{NUMBER}-1").json() == movement
    assert registered.get(f"{API}/movements", params={"state": "PAIRED", "site": "003B2002"}).json()["items"] == [
        movement
    ]
    assert registered.get(f"{API}/movements", params={"state": "ARRIVED"}).json()["items"] == []


@pytest.mark.req("R-040")
def test_an_order_pairs_no_paper_seal(registered) -> None:
    registered.put(f"{API}/seals/KP26A0000001", json={"uid": "04DE5F1EACC041", "kind": "PA"})
    paper = {**ORDER, "seals": [{"type": "6", "number": "KP26A0000001"}]}
    order = registered.put(f"{API}/transport-orders/AA15112345678900002", json=paper).json()
    assert order["movements"] == []
    assert [block["number"] for block in order["not_paired"]] == ["KP26A0000001"]


@pytest.mark.req("R-047")
def test_a_bonded_unit_is_taken_as_a_container_is(registered) -> None:
    registered.put(f"{API}/seals/KE2", json={"uid": "04DE5F1EACC042", "kind": "E"})
    unit = {**ORDER, "container": "B123", "seals": [{"type": "5", "number": "KE2"}]}
    order = registered.put(f"{API}/transport-orders/AA15112345678900003", json=unit).json()
    assert order["movements"][0]["container"] == "B123"


@pytest.mark.req("R-001", "R-039")
def test_a_seal_must_be_issued_free_and_of_the_kind_that_the_order_says(registered) -> None:
    other = f"{API}/transport-orders/AA15112345678900009"
    refused(registered.put(other, json=ORDER), "SEAL-PAIRED")
    refused(registered.put(other, json={**ORDER, "seals": [{"type": "5", "number": "NONE"}]}), "SEAL-UNISSUED")
    refused(registered.put(other, json={**ORDER, "seals": [{"type": "6", "number": "KE26A0000001"}]}), "SEAL-BLOCK")
    refused(registered.put(other, json={**ORDER, "destination": "NONE"}), "SITE-UNKNOWN")
    refused(registered.get(other), "NOT-FOUND")  # nothing of a refused order was kept


@pytest.mark.req("R-042")
def test_one_e_seal_is_enough_and_other_seals_are_welcome(registered) -> None:
    for number in (2, 3):
        registered.put(f"{API}/seals/KE{number}", json={"uid": f"04AA000{number}", "kind": "E"})
    blocks = [{"type": "5", "number": "KE2"}, {"type": "2", "number": "CABLE-1"}, {"type": "3", "number": "LEAD-1"}]
    multi_door = {**ORDER, "seals": blocks}
    path = f"{API}/transport-orders/AA15112345678900004"
    assert len(registered.put(path, json=multi_door).json()["movements"]) == 1
    blocks.append({"type": "5", "number": "KE3"})
    refused(registered.put(path, json=multi_door), "ONE-E-SEAL")


def test_an_order_may_change_until_it_departs(registered, engine) -> None:
    path = f"{API}/transport-orders/{NUMBER}"
    registered.put(f"{API}/seals/KE2", json={"uid": "04DE5F1EACC042", "kind": "E"})
    plate = registered.put(path, json={**ORDER, "plate": "KLA-0002"})
    assert plate.status_code == 200
    assert [movement["plate"] for movement in plate.json()["movements"]] == ["KLA-0002"]
    resealed = registered.put(path, json={**ORDER, "seals": [{"type": "5", "number": "KE2"}]}).json()
    states = [(movement["seal_no"], movement["state"]) for movement in resealed["movements"]]
    assert states == [("KE26A0000001", "CANCELLED"), ("KE2", "PAIRED")]
    with writing(engine) as connection:
        departed = update(schema.movement).where(schema.movement.c.seal_no == "KE2")
        connection.execute(departed.values(state="IN_TRANSIT"))
    refused(registered.put(path, json=ORDER), "ORDER-DEPARTED")
    refused(registered.delete(path), "ORDER-DEPARTED")


def test_a_cancelled_order_frees_its_seal(registered) -> None:
    cancelled = registered.delete(f"{API}/transport-orders/{NUMBER}").json()
    assert [movement["state"] for movement in cancelled["movements"]] == ["CANCELLED"]
    assert registered.delete(f"{API}/transport-orders/{NUMBER}").status_code == 200
    refused(registered.put(f"{API}/transport-orders/{NUMBER}", json=ORDER), "ORDER-CANCELLED")
    assert registered.put(f"{API}/transport-orders/AA15112345678900005", json=ORDER).status_code == 201
    refused(registered.delete(f"{API}/transport-orders/NONE"), "NOT-FOUND")


def test_the_drivers_personal_data_is_not_taken(registered) -> None:
    answer = registered.put(f"{API}/transport-orders/X1", json={**ORDER, "driver_name": "王小明"})
    refused(answer, "INVALID")


def test_every_change_a_gate_should_know_makes_its_manifest_due(registered, engine) -> None:
    def asked() -> int:
        with reading(engine) as connection:
            row = connection.execute(select(schema.dispatch)).one()
        assert row.gate == "WDU-1"
        return int(row.asked)

    count = asked()
    changes = [
        ("sites/003A1001", {**SITE, "name_en": "Yard"}),
        ("staff/S001", {**STAFF, "role": "OFFICER"}),
        (f"transport-orders/{NUMBER}", {**ORDER, "plate": "KLA-0009"}),
    ]
    for path, body in changes:
        assert registered.put(f"{API}/{path}", json=body).status_code == 200
        assert asked() == count + 1
        count += 1
    registered.delete(f"{API}/transport-orders/{NUMBER}")
    assert asked() == count + 1


def test_a_command_is_one_order_however_often_it_is_put(registered) -> None:
    path = f"{API}/gates/WDU-1/commands/{'0a' * 16}"
    order = {"name": "RESEND", "epoch": 1, "first": 1, "last": 9}
    first = registered.put(path, json=order)
    assert (first.status_code, registered.put(path, json=order).status_code) == (201, 200)
    assert registered.get(path).json() == first.json()
    refused(registered.put(path, json={**order, "last": 8}), "INVALID")
    refused(registered.put(path, json={"name": "RESEND"}), "INVALID")
    refused(registered.put(f"{API}/gates/NONE/commands/{'0b' * 16}", json=order), "GATE-UNKNOWN")
    refused(registered.put(f"{API}/gates/WDU-1/commands/short", json=order), "INVALID")


def test_cases_are_read_by_code_and_movement(registered, engine) -> None:
    case = {"code": "S7", "subject": f"{NUMBER}-1", "movement_id": f"{NUMBER}-1", "status": "CONFIRMED"}
    case |= {"occurred_ms": 1000, "detected_ms": 2000, "rule_version": 1, "inputs": {"deadline_ms": 5}, "limits": {}}
    with writing(engine) as connection:
        connection.execute(schema.cases.insert().values(case))
    [shown] = registered.get(f"{API}/cases", params={"code": "S7", "movement": f"{NUMBER}-1"}).json()["items"]
    assert (shown["occurred"], shown["inputs"]) == ("1970-01-01T00:00:01Z", {"deadline_ms": 5})
    assert registered.get(f"{API}/cases/{shown['id']}").json() == shown
    assert registered.get(f"{API}/cases", params={"code": "S3"}).json()["items"] == []
    refused(registered.get(f"{API}/cases/999"), "NOT-FOUND")


def test_a_database_that_fails_is_answered_as_busy(registered, engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE cases RENAME TO gone")
    try:
        refused(registered.get(f"{API}/cases"), "BUSY")
    finally:
        with writing(engine) as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO cases")


def test_the_api_describes_itself(client) -> None:
    description = client.get(f"{API}/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert {"/api/v1/transport-orders/{number}", "/api/v1/photos/{sha256}"} <= set(description["paths"])
