"""The board as a page: languages, access for all, safety of what it shows, and every size it must fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import insert, text

from cloud.store import schema
from cloud.store.engine import writing
from cloud.web import language as speech
from cloud.web.language import Language
from tests.web import axe, board_story
from tests.web.board_page import TABLET, WIDE, open_board
from tests.web.board_server import BoardServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

SIZES = [(1366, 768), (1440, 900), (1920, 1080), (3840, 2160)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[BoardServer]:
    """The whole story, for tests that only look."""
    house = BoardServer(tmp_path_factory.mktemp("house"), migrated_file)
    board_story.tell(house.story)
    house.start()
    yield house
    house.close()


@pytest.fixture
def empty_house(tmp_path: Path, migrated_file: Path) -> Iterator[BoardServer]:
    house = BoardServer(tmp_path, migrated_file)
    house.start()
    yield house
    house.close()


@pytest.mark.req("R-114")
@pytest.mark.parametrize("path", ["/", "/?lang=en", "/?theme=light"])
def test_no_barrier_no_complaint_no_outside_request(browser: Browser, house: BoardServer, path: str) -> None:
    watched = open_board(browser, house, path, viewport=WIDE)
    assert watched.complaints == []
    assert watched.foreign == []
    # axe brings its own source, so the policy is off on the page that it judges
    board = open_board(browser, house, path, viewport=WIDE, bypass_csp=True)
    for row in ("#case-1", "#movement-M-000105", "#gate-WUDU-01"):
        board.page.click(f"{row} summary")
    assert axe.violations(board.page) == []
    board.page.keyboard.press("?")
    board.shows("#help[open]")
    assert axe.violations(board.page) == []


def test_an_empty_board_and_a_tablet_have_no_barrier_either(browser: Browser, empty_house: BoardServer) -> None:
    board = open_board(browser, empty_house, bypass_csp=True, viewport=TABLET)
    for words in ("目前無封條移動", "目前無待處理案件", "尚無讀取紀錄", "尚未登錄閘道"):
        assert words in board.text("#main")
    assert axe.violations(board.page) == []


@pytest.mark.req("R-115")
def test_chinese_comes_first_and_nothing_is_left_in_english(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house, locale="de-DE")
    assert board.page.get_attribute("html", "lang") == "zh-Hant-TW"
    assert re.search(r"1\d\d年\d+月\d+日（.）", board.text(".clock"))
    everything = board.page.evaluate(
        """() => [...document.querySelectorAll('body *')].flatMap(element =>
             [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data)
               .concat(['title', 'alt', 'aria-label'].map(name => element.getAttribute(name) ?? '')))
             .map(text => text.trim()).filter(text => text)"""
    )
    english = {message.id for message in catalogue_messages()}
    assert [said for said in everything if said in english] == []


def catalogue_messages() -> list[object]:
    with (speech.LOCALES / "zh_TW/LC_MESSAGES/messages.po").open("rb") as source:
        return [message for message in speech.read_po(source) if message.id]


@pytest.mark.req("R-115")
@pytest.mark.parametrize(
    ("accepted", "tag"),
    [("en-GB,en;q=0.9", "en"), ("de, zh-Hant;q=0.8, en;q=0.2", "zh-Hant-TW"), ("en;q=0.3,zh-TW;q=0.9", "zh-Hant-TW")],
)
def test_the_browser_chooses_the_language(house: BoardServer, accepted: str, tag: str) -> None:
    answer = house.get(**{"Accept-Language": accepted})
    assert f'<html lang="{tag}"' in answer.text


def test_language_and_theme_are_kept(house: BoardServer) -> None:
    with httpx.Client(base_url=house.url, cookies=house.cookies) as client:
        client.get("/?lang=en&theme=light")
        page = client.get("/").text
        assert '<html lang="en" data-theme="light">' in page
        assert 'data-theme="light"' in client.get("/?theme=nonsense").text


def test_what_users_entered_stays_text(browser: Browser, empty_house: BoardServer) -> None:
    house = empty_house
    house.story.begin()
    evil = board_story.BAD_NAME
    with writing(house.engine) as connection:
        house.story.site(connection, "EVIL0001", (evil, evil), 121.0, 24.9)
        connection.execute(
            insert(schema.gate).values(id="EVIL-01", site="EVIL0001", lanes=["1"], enrolled_ms=house.story.now_ms)
        )
    house.story.movement("M-000666", "CSQU3054383", "EVIL0001", "KHHT5000", "IN_TRANSIT",
                         departed_ms=60_000, deadline_ms=-600_000)  # fmt: skip
    house.story.case("S7", "M-000666", inputs={"why": evil, evil: evil})
    board = open_board(browser, house, viewport=WIDE)
    board.page.hover("#map", position={"x": 250, "y": 150})
    assert evil in board.text("#movement-M-000666")
    assert board.page.locator('img[src="x"]').count() == 0
    assert evil in board.page.text_content("#map")
    assert board.complaints == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_board_fits_desks_and_walls(browser: Browser, house: BoardServer, width: int, height: int) -> None:
    board = open_board(browser, house, viewport={"width": width, "height": height})
    reach = board.page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert reach == [width, height]
    cut = board.page.evaluate(
        """() => [...document.querySelectorAll('.panel, .kpi')].filter(box => box.offsetParent)
             .filter(box => { const at = box.getBoundingClientRect();
               return at.right > innerWidth || at.bottom > innerHeight || at.height < 40; })
             .map(box => box.className)"""
    )
    assert cut == []


@pytest.mark.parametrize("width", [390, 820, 1024])
def test_small_screens_scroll_down_only(browser: Browser, house: BoardServer, width: int) -> None:
    board = open_board(browser, house, viewport={"width": width, "height": 900})
    assert board.page.evaluate("() => document.documentElement.scrollWidth") == width


def test_nothing_moves_for_who_does_not_want_it(browser: Browser, empty_house: BoardServer) -> None:
    empty_house.story.begin()
    board = open_board(browser, empty_house, reduced_motion="reduce")
    empty_house.story.scan("KEL-W1-01", container="CSQU3054383")
    board.shows("#scan-1.arriving")
    assert board.page.evaluate("() => document.getAnimations().length") == 0


def test_nothing_moves_for_ever(browser: Browser, empty_house: BoardServer) -> None:
    empty_house.story.begin()
    board = open_board(browser, empty_house)
    empty_house.story.case("X-SIG", None, subject="gate:KEL-W1-01")
    board.shows(".case.critical.alarming")
    endless = "() => document.getAnimations().filter(one => one.effect.getTiming().iterations === Infinity).length"
    assert board.page.evaluate(endless) == 0


def test_spans_of_time_are_said_alike_by_server_and_script(browser: Browser, house: BoardServer) -> None:
    for path, language in (("/", Language.ZH), ("/?lang=en", Language.EN)):
        board = open_board(browser, house, path)
        seconds = [0, 1, 59, 60, 61, 3599, 3600, 3661, 86_399, 86_400, 172_799, 172_800, 999_999]
        said = board.page.evaluate("all => all.map(seconds => board.span(seconds * 1000))", seconds)
        assert said == [speech.span(second, language) for second in seconds]


def test_the_board_prints(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    board.page.emulate_media(media="print")
    assert board.page.is_hidden("#map")
    assert board.page.is_visible("#movement-M-000101")
    assert board.page.pdf(format="A4").startswith(b"%PDF")


def test_a_database_that_cannot_be_read_is_said(empty_house: BoardServer) -> None:
    with writing(empty_house.engine) as connection:
        connection.execute(text('ALTER TABLE "change" RENAME TO "hidden"'))
    answer = empty_house.get()
    assert answer.status_code == 503
    assert "資料庫無法讀取" in answer.text
    assert "five seconds" in empty_house.get("/?lang=en").text


def test_map_and_list_share_a_place_on_a_narrow_desk(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house, viewport={"width": 1366, "height": 768}, bypass_csp=True)
    assert board.page.is_hidden("#map")
    board.page.keyboard.press("m")
    board.shows("#map[data-ready]")
    assert board.page.is_hidden("#movement-M-000101")
    assert axe.violations(board.page) == []
    board.page.keyboard.press("m")
    board.shows("#movement-M-000101")
    assert board.complaints == []
