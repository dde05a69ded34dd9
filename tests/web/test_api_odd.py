"""What no page and no form sends is refused with a code on both databases: nothing of it is an error of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.api_client import ORDER, SITE, client, registered, settings

if TYPE_CHECKING:
    import httpx

__all__ = ["client", "registered", "settings"]

API = "/api/v1/"
BEYOND = str(2**70)
NUMBERED = ("applications/{}", "cases/{}", "evidence/{}", "holds/{}", "location-tags/{}", "outages/{}")
LISTS = (
    "applications",
    "audit",
    "cases",
    "fees",
    "messages",
    "openings",
    "registers/uses",
    "seal-requests",
    "worklist",
)
TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")


def refused(answer: httpx.Response, *codes: str) -> None:
    assert answer.json()["code"] in codes, (str(answer.url), answer.text)


def test_a_number_that_no_row_can_have(client: httpx.Client) -> None:
    for path in NUMBERED:
        for number in (BEYOND, str(2**63), f"-{BEYOND}"):
            refused(client.get(API + path.format(number)), "INVALID", "NOT-FOUND")
    assert client.get(f"{API}evidence", params={"outage": BEYOND}).status_code in {200, 422}


@pytest.mark.parametrize("after", ["²", "٣", "-1", "x", BEYOND, "9" * 60])
def test_an_after_that_no_page_gave(client: httpx.Client, after: str) -> None:
    for name in LISTS:
        refused(client.get(API + name, params={"after": after}), "INVALID")


def test_a_time_that_nobody_could_read_again_is_not_stored(registered: httpx.Client) -> None:
    for at in TIMES:
        refused(
            registered.put(f"{API}transport-orders/AA15112345678900002", json=ORDER | {"departs": at, "seals": []}),
            "INVALID",
        )
        refused(
            registered.put(f"{API}route-limits/003A1001/003B2002", json={"minutes": 60, "valid_from": at}), "INVALID"
        )
    assert registered.get(f"{API}route-limits").json()["items"] == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_character_that_postgresql_does_not_store(registered: httpx.Client) -> None:
    odd = ORDER | {"plate": "KLA\x00", "seals": []}
    refused(registered.put(f"{API}transport-orders/AA15112345678900002", json=odd), "INVALID")
    refused(registered.get(f"{API}movements", params={"after": "a\x00"}), "INVALID")
    refused(registered.put(f"{API}sites/003A1001", json=SITE | {"name_zh": "a\x00"}), "INVALID")
