"""The driver's screen in time: ticks, the verdict as long as it stands, and one sound for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.domain.view import Check
from tests.waiting import wait_for
from tests.web.kiosk_lane import PlayedLane, ServedKiosk, checking, go, refer, signed_in, state, stop
from tests.web.kiosk_page import KioskPage, open_page
from tests.web.kiosk_states import papers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from edge.settings import Voice

# the browser's own sounds, written down instead of played
EARS = """
window.heard = [];
window.AudioContext = class {
  currentTime = 0;
  destination = {};
  createOscillator() {
    const frequency = {};
    return { frequency, connect: (next) => next, start: () => heard.push(frequency.value), stop: () => {} };
  }
  createGain() {
    return { gain: { setValueAtTime: () => {}, exponentialRampToValueAtTime: () => {} }, connect: (next) => next };
  }
};
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, 'speechSynthesis', {
  value: { cancel: () => {}, speak: (said) => heard.push(`${said.lang} ${said.text}`) },
});
"""


def driver(browser: Browser, voice: Voice = "tones") -> Iterator[KioskPage]:
    served = ServedKiosk({"OUT-1": PlayedLane()}, voice=voice)
    served.start()
    page = open_page(browser, served, "/lanes/OUT-1/driver")
    page.page.add_init_script(EARS)
    page.page.reload()
    page.show(state())
    yield page
    assert page.errors == []
    page.page.context.close()
    served.stop()


@pytest.fixture
def page(shared_browser: Browser, request: pytest.FixtureRequest) -> Iterator[KioskPage]:
    yield from driver(shared_browser, getattr(request, "param", "tones"))


def ticks(page: KioskPage) -> list[str]:
    return [text.split()[0] for text in page.page.locator(".ticks .done").all_inner_texts()]


@pytest.mark.req("R-116")
def test_what_is_read_is_ticked_off_one_by_one(page: KioskPage) -> None:
    page.show(signed_in())
    assert ticks(page) == []
    page.show(checking(Check.CONTAINER))
    assert ticks(page) == ["電子封條"]
    page.show(checking(Check.SEAL))
    assert ticks(page) == ["電子封條", "櫃號"]
    page.show(checking(Check.LOAD))
    assert ticks(page) == ["電子封條", "櫃號", "車號"]
    page.show(go())
    assert page.text(".word") == "放行"
    assert page.loads == 2


def test_the_verdict_stands_while_the_papers_of_a_hold_are_taken(page: KioskPage) -> None:
    page.show(papers())
    assert page.text(".word") == "停車"
    assert page.text("footer [lang=zh-Hant-TW]") == "請交付書面說明及證件"


def heard(page: KioskPage) -> list[object]:
    return list(page.page.evaluate("heard"))


def test_each_verdict_sounds_once(page: KioskPage) -> None:
    page.show(go())
    wait_for(lambda: len(heard(page)) == 2, what="two notes")
    low, high = heard(page)
    assert low < high  # type: ignore[operator]
    page.show(go(waiting=1))
    page.show(state())
    assert len(heard(page)) == 2
    page.show(stop(record="1/8"))
    wait_for(lambda: len(heard(page)) == 5, what="three more")
    assert len(set(heard(page)[2:])) == 1
    assert max(heard(page)[2:]) < low  # type: ignore[type-var]
    page.show(refer(record="1/9"))
    wait_for(lambda: len(heard(page)) == 7, what="two more")


def test_a_verdict_that_stood_before_the_page_came_is_not_sounded_again(page: KioskPage) -> None:
    page.kiosk.show(go())
    page.page.reload()
    page.show(go(waiting=2))
    assert heard(page) == []


@pytest.mark.parametrize("page", ["speech"], indirect=True)
def test_where_it_is_set_the_line_is_spoken_in_both_languages(page: KioskPage) -> None:
    page.show(stop())
    wait_for(lambda: len(heard(page)) == 5, what="notes and words")
    assert heard(page)[3:] == ["zh-TW 請停車等候，勿移動車輛", "en-US Stop and wait. Do not move."]


@pytest.mark.parametrize("page", ["off"], indirect=True)
def test_a_silent_screen_stays_silent(page: KioskPage) -> None:
    page.show(go())
    assert page.text(".word") == "放行"
    assert heard(page) == []
