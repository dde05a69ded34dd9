"""The simulator strip in a real browser against the real emulator: cards, cables, devices, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from edge.domain.view import Check
from schemas.messages import Location
from tests.waiting import wait_for
from tests.web.axe import violations
from tests.web.kiosk_emulator import RunningEmulator
from tests.web.kiosk_lane import PlayedLane, ServedKiosk, checking, go, signed_in, state
from tests.web.kiosk_page import PANELS, KioskPage, open_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from edge.domain.view import LaneView

# An emulator that is stopped in the middle of an answer leaves its socket to the collector: it is a tool of the test.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[RunningEmulator]:
    running = RunningEmulator(tmp_path / "emulator")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def kiosk(emulator: RunningEmulator) -> Iterator[ServedKiosk]:
    served = ServedKiosk({"OUT-1": PlayedLane(simulated(state()))}, control_url=emulator.control_url)
    served.start()
    yield served
    served.stop()


def simulated(view: LaneView) -> LaneView:
    return msgspec.structs.replace(view, simulation=True)


def field(kiosk: ServedKiosk) -> dict[str, Any]:
    return dict(httpx.get(f"{kiosk.url}/sim/field").json())


def lying(kiosk: ServedKiosk) -> str | None:
    return next((card["id"] for card in field(kiosk)["cards"] if card["lane"] == "OUT-1"), None)


def beckoning(page: KioskPage, words: str) -> None:
    """The hint and the highlighted button name what is useful next."""
    wait_for(lambda: words in page.text("#sim .hint.next"), what=f"the hint says {words!r}")


def test_the_strip_is_marked_as_simulation_in_both_languages(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    assert page.text("#sim h2").split() == ["模擬模式", "SIMULATION"]
    assert page.errors == []
    assert page.outside == []


def test_a_card_is_held_to_the_reader_and_taken_away(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    page.page.click("#sim button:has-text('專責人員識別證')")
    wait_for(lambda: lying(kiosk) == "badge-1", what="the badge lies in the field")
    page.page.click("#sim button:has-text('移開卡片'):not(:disabled)")
    wait_for(lambda: lying(kiosk) is None, what="the field is empty")


@pytest.mark.parametrize(
    ("pressed", "part", "expected"),
    [
        ("網路線 拔除", "cable", {"mqtt": "cut", "http": "cut"}),
        ("網路線 黑洞", "cable", {"mqtt": "blackhole", "http": "blackhole"}),
        ("攝影機 關閉", "camera", "down"),
        ("衛星定位 站外", "gps", "outside"),
        ("衛星定位 無定位", "gps", "nofix"),
    ],
)
def test_devices_are_broken_and_mended(
    shared_browser: Browser, kiosk: ServedKiosk, pressed: str, part: str, expected: object
) -> None:
    page = open_page(shared_browser, kiosk)
    group, button = pressed.split()
    place = f"#sim [aria-label='{group}'] button:has-text('{button}')"
    page.page.click(place)
    wait_for(lambda: field(kiosk)[part] == expected, what="the emulator did it")
    page.page.wait_for_selector(f"{place}[aria-pressed=true]")


def test_an_unplugged_reader_is_the_next_thing_to_mend(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    page.page.click("#sim [aria-label='讀取器'] button:has-text('拔除')")
    beckoning(page, "接回讀取器")
    page.page.click("#sim .switch.next button:has-text('接上')")
    beckoning(page, "專責人員識別證")


def test_the_strip_leads_through_a_movement(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk)
    beckoning(page, "專責人員識別證")
    page.show(simulated(signed_in(location=Location.UNCONFIRMED)))
    beckoning(page, "位置標籤")
    page.show(simulated(signed_in()))
    beckoning(page, "ES26-418823")
    page.page.wait_for_selector("#sim .main.next:has-text('ES26-418823')")
    page.show(simulated(checking(Check.CONTAINER)))
    beckoning(page, "在畫面上操作")
    page.show(simulated(go()))
    beckoning(page, "在畫面上操作")
    page.show(simulated(signed_in()))
    beckoning(page, "ES26-418700")  # the first one has gone


def test_the_loop_of_a_seal_is_broken(shared_browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(shared_browser, kiosk, "/?lang=en")
    page.page.click("#sim summary")
    page.page.click('#sim [aria-label*="tamper loop ES26-418823"]')
    wait_for(lambda: field(kiosk)["cards"][1]["tamper"] == "OO", what="the loop is open")


def test_a_dead_emulator_is_told_and_the_page_goes_on(
    shared_browser: Browser, kiosk: ServedKiosk, emulator: RunningEmulator
) -> None:
    page = open_page(shared_browser, kiosk)
    emulator.stop()
    beckoning(page, "模擬器沒有回應")
    page.show(simulated(go()))
    assert page.text(".word") == "放行"
    assert httpx.post(f"{kiosk.url}/sim/remove", json={}).status_code == 502


def test_only_known_orders_in_json_pass(kiosk: ServedKiosk) -> None:
    assert httpx.post(f"{kiosk.url}/sim/shutdown", json={}).status_code == 404
    assert httpx.post(f"{kiosk.url}/sim/present", json=[]).status_code == 422
    assert httpx.post(f"{kiosk.url}/sim/present", json={"card": "none"}).status_code == 404
    foreign = httpx.post(f"{kiosk.url}/sim/remove", json={}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("panel", PANELS)
def test_the_strip_is_accessible_and_fits_its_width(
    shared_browser: Browser, kiosk: ServedKiosk, panel: str, lang: str
) -> None:
    page = open_page(shared_browser, kiosk, f"/?lang={lang}", panel, bypass_csp=True)
    page.show(simulated(signed_in()))
    beckoning(page, "ES26-418823")
    assert violations(page.page) == []
    assert (
        page.page.evaluate("() => { const s = document.getElementById('sim'); return s.scrollWidth - s.clientWidth; }")
        <= 0
    )
