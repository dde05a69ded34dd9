"""The page in time: changes without a reload, presses, keys, the loss of its server, and who may talk to it."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from edge.domain.view import TEXT_MAX, Check
from edge.kiosk.guard import BODY_BYTES_MAX
from edge.kiosk.stream import STREAMS_MAX
from tests.processes import LOOPBACK
from tests.waiting import wait_for
from tests.web.kiosk_lane import (
    PICTURE,
    PICTURE_HASH,
    PlayedLane,
    ServedKiosk,
    checking,
    go,
    photographed,
    refer,
    signed_in,
    state,
)
from tests.web.kiosk_page import open_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

SILENCE_MS = 13_000
RELOAD_MS = 61_000


@pytest.fixture
def kiosk() -> Iterator[ServedKiosk]:
    served = ServedKiosk({"OUT-1": PlayedLane(), "IN-2": PlayedLane(state(lane="IN-2"))})
    served.start()
    yield served
    served.stop()


def test_the_page_follows_the_lane_without_a_reload(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    for view, name in ((signed_in(), "seal"), (checking(Check.PLATE), "check"), (photographed(), "confirm")):
        page.show(view)
        assert page.page.get_attribute("#screen", "data-page") == name
    page.show(go())
    assert page.text(".word") == "放行"
    assert page.loads == 1
    assert page.errors == []


@pytest.mark.parametrize("path", ["", "/lanes/OUT-1/driver"])
def test_the_first_words_stand_before_any_script_runs(shared_browser: Browser, kiosk: ServedKiosk, path: str) -> None:
    kiosk.show(go())
    context = shared_browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(kiosk.url + path)
    assert page.inner_text(".word") == "放行"
    assert page.inner_text(".idbox.big b") == "EGHU 905871 0"
    assert "停" not in page.inner_text("footer")


def test_each_lane_has_its_page_and_unknown_ones_say_so(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    assert open_page(shared_browser, kiosk).text(".lane b") == "OUT-1"
    assert open_page(shared_browser, kiosk, "/lanes/IN-2").text(".lane b") == "IN-2"
    assert open_page(shared_browser, kiosk, "/lanes/IN-2/driver").text(".lane b") == "IN-2"
    for path in ("", "/driver", "/screen", "/driver/screen"):
        answer = httpx.get(f"{kiosk.url}/lanes/NONE{path}")
        assert answer.status_code == 404
        assert answer.json()["lanes"] == ["OUT-1", "IN-2"]


@pytest.mark.req("R-115")
def test_the_language_is_chosen_once_and_kept(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    kiosk.show(checking(Check.CONTAINER))
    page = open_page(shared_browser, kiosk)
    assert page.text(".ask h1").startswith("貨櫃")
    page.page.click("a.lang")
    assert page.text(".ask h1").startswith("Is this")
    page.page.goto(kiosk.url)
    assert page.text(".ask h1").startswith("Is this")
    page.show(go())
    assert page.text(".word") == "放行"  # the driver's words stay in both languages


def test_a_refused_press_says_why(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    kiosk.lane.refusal = "NOT-NOW"
    page.show(photographed())
    page.page.click(".sum button.go:not(:disabled)")
    page.page.wait_for_selector("#toast:not([hidden])")
    assert "此步驟目前不可操作" in page.text("#toast")


@pytest.mark.req("R-056")
def test_the_summary_shows_the_picture_that_was_taken(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    page.show(photographed())
    page.page.wait_for_function("() => document.querySelector('.frame img').naturalWidth === 1280")
    assert httpx.get(f"{kiosk.url}/photos/{PICTURE_HASH}").content == PICTURE
    assert httpx.get(f"{kiosk.url}/photos/{'A' * 43}").status_code == 404
    assert httpx.get(f"{kiosk.url}/photos/..%2f..%2fetc%2fpasswd").status_code == 404


def test_seconds_left_count_down_between_messages(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    page.page.clock.install()
    page.show(signed_in(seconds_left=40))

    def ran_on() -> bool:
        page.page.clock.fast_forward(11_000)  # again, should a message have set them back meanwhile
        return page.page.locator(".left.soon b:text-matches('^(2[0-9]|1?[0-9])$')").count() == 1

    wait_for(ran_on, what="the seconds ran on")


@pytest.mark.parametrize("path", ["/", "/lanes/OUT-1/driver"])
def test_a_lost_server_shows_the_fault_screen_and_the_page_recovers_by_itself(
    shared_browser: Browser, kiosk: ServedKiosk, path: str
) -> None:
    page = open_page(shared_browser, kiosk, path)
    page.page.clock.install()
    page.show(go())
    kiosk.stop()
    assert page.page.locator("#lost").is_hidden()
    page.page.clock.fast_forward(SILENCE_MS)
    page.page.wait_for_selector("#lost:not([hidden])")
    assert "暫停服務" in page.text("#lost")
    assert "Lane out of service" in page.text("#lost")
    page.page.clock.fast_forward(RELOAD_MS)  # no server: no reload into the browser's own error page
    assert page.page.locator("#lost").is_visible()
    kiosk.start()
    kiosk.show(refer())
    page.page.wait_for_selector("#screen[data-tone=refer]", timeout=15_000)
    wait_for(lambda: page.page.locator("#lost").is_hidden(), what="the fault screen went away")
    assert page.text(".word") == "請洽關員"


def test_a_page_that_hears_nothing_for_a_minute_reloads_itself(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    page.page.clock.install()
    page.page.route("**/screen?*", lambda route: route.abort())  # the stream fails, pages still answer
    kiosk.stop()
    kiosk.start()
    page.page.clock.fast_forward(RELOAD_MS)
    wait_for(lambda: page.loads == 2, what="the page loaded anew")


def test_a_page_of_an_older_build_reloads_itself(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    page.page.evaluate("() => { document.body.dataset.build = 'older'; }")
    kiosk.show(signed_in())
    wait_for(lambda: page.loads == 2, what="the page loaded anew")


def test_what_the_lane_forgot_to_ring_for_shows_with_the_next_sign_of_life(
    shared_browser: Browser, kiosk: ServedKiosk
) -> None:
    page = open_page(shared_browser, kiosk)
    kiosk.lane.change_quietly(state(online=False, waiting=5))
    page.page.wait_for_selector(".banner.offline")


def test_the_stream_carries_the_whole_state_with_its_id(kiosk: ServedKiosk) -> None:
    kiosk.show(go())
    with httpx.stream("GET", f"{kiosk.url}/events?lane=OUT-1", headers={"Last-Event-ID": "1"}) as answer:
        lines = answer.iter_lines()
        first = [next(lines) for _ in range(5)]
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = next(line for line in first if line.startswith("data: "))
    document = json.loads(told.removeprefix("data: "))
    assert f"id: {document['id']}" in first
    assert document["verdict"] == "GO"
    assert document["holds"] == []


def test_more_pages_than_a_gate_has_screens_are_turned_away(kiosk: ServedKiosk) -> None:
    sockets = [socket.create_connection((LOOPBACK, kiosk.port)) for _ in range(STREAMS_MAX)]
    for each in sockets:
        each.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200" in each.recv(100)
    answer = httpx.get(f"{kiosk.url}/events")
    assert answer.status_code == 503
    for each in sockets:
        each.close()
    wait_for(lambda: stream_opens(kiosk), what="places are free again")


def stream_opens(kiosk: ServedKiosk) -> bool:
    with httpx.stream("GET", f"{kiosk.url}/events") as answer:
        return answer.status_code == 200


PRESS = {"act": "acknowledge"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 403),
    ],
)
def test_only_our_own_page_may_press(kiosk: ServedKiosk, headers: dict[str, str], status: int) -> None:
    sent = {"Content-Type": "application/json"} | headers
    answer = httpx.post(f"{kiosk.url}/lanes/OUT-1/act", content=json.dumps(PRESS), headers=sent)
    assert answer.status_code == status
    assert len(kiosk.lane.presses) == (status == 200)


@pytest.mark.parametrize(
    "body", ["", "[]", '{"act": "open_the_barrier"}', '{"act": "answer", "check": "mood"}', '{"act": "photo", "x": 1}']
)
def test_what_is_no_press_is_refused(kiosk: ServedKiosk, body: str) -> None:
    answer = httpx.post(
        f"{kiosk.url}/lanes/OUT-1/act",
        content=body,
        headers={"Content-Type": "application/json", "Content-Length": str(len(body))},
    )
    assert answer.status_code == 422
    assert answer.json()["zh"] == "輸入的內容格式不符"
    assert kiosk.lane.presses == []


def test_a_body_without_end_is_refused(kiosk: ServedKiosk) -> None:
    def endless() -> Iterator[bytes]:
        yield b"{"

    answer = httpx.post(f"{kiosk.url}/lanes/OUT-1/act", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 403
    assert httpx.post(f"{kiosk.url}/lanes/OUT-1/act", json={"act": "x" * BODY_BYTES_MAX}).status_code == 403


@pytest.mark.req("R-069")
def test_the_longest_statement_fits_into_a_press(kiosk: ServedKiosk) -> None:
    press = {"act": "paper", "paper": "STATEMENT", "text": "\U00020000" * TEXT_MAX, "driver": "陳" * 100}
    sent = json.dumps(press, ensure_ascii=False).encode()
    answer = httpx.post(f"{kiosk.url}/lanes/OUT-1/act", content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert kiosk.lane.presses[0].text == press["text"]


def test_a_refusal_carries_code_and_both_texts(kiosk: ServedKiosk) -> None:
    kiosk.lane.refusal = "NOT-NOW"
    answer = httpx.post(f"{kiosk.url}/lanes/OUT-1/act", json=PRESS)
    assert answer.status_code == 409
    assert answer.json() == {"code": "NOT-NOW", "zh": "此步驟目前不可操作", "en": "Not possible at this step"}


@pytest.mark.parametrize("path", ["/", "/events", "/nowhere", "/lanes/OUT-1", "/lanes/OUT-1/driver"])
def test_every_answer_carries_the_strict_policy(kiosk: ServedKiosk, path: str) -> None:
    with httpx.stream("GET", kiosk.url + path) as answer:
        policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert httpx.get(kiosk.url + "/", headers={"Host": "evil.example"}).status_code == 403


def test_the_page_has_nothing_inline_and_its_assets_may_be_kept(kiosk: ServedKiosk) -> None:
    html = httpx.get(kiosk.url).text
    for inline in (" style=", " onclick=", "<style", "<script>"):
        assert inline not in html + httpx.get(kiosk.url + "/lanes/OUT-1/driver").text
    sheet = html.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in httpx.get(kiosk.url + sheet).headers["cache-control"]
    assert httpx.get(kiosk.url).headers["cache-control"] == "no-store"


def test_without_simulation_there_is_no_strip_and_no_way_to_the_emulator(
    shared_browser: Browser, kiosk: ServedKiosk
) -> None:
    page = open_page(shared_browser, kiosk)
    assert page.page.locator("#sim").count() == 0
    for method, path in (("GET", "/sim/field"), ("POST", "/sim/present")):
        request: Any = {"json": {}} if method == "POST" else {}
        assert httpx.request(method, kiosk.url + path, **request).status_code == 404
