"""Cases on the board: why one was raised, in plain words, and how somebody takes it, by mouse and by key."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from cloud.web import wording
from tests.web import board_story
from tests.web.board_page import open_board
from tests.web.board_server import BoardServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

RULES = Path(__file__).parents[2] / "cloud/domain/rules"


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Iterator[BoardServer]:
    house = BoardServer(tmp_path, migrated_file)
    board_story.tell(house.story)
    house.start()
    yield house
    house.close()


@pytest.mark.req("R-117")
def test_a_case_says_why_it_was_raised(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    board.page.click("#case-1 summary")
    said = board.text("#case-1 .reasoning")
    for words in ("第 1 版", "判定依據", "運往地紀錄已完整", "到站期限", "寬限", "30 分", "路線時限（分）", "248"):
        assert words in said
    board.page.click("#case-3 summary")
    assert "先前讀取 KEL-W1-01/1/4" in board.text("#case-3 .reasoning")


@pytest.mark.req("R-117")
def test_every_input_and_limit_of_a_rule_has_words() -> None:
    keys = {
        key.value
        for path in RULES.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
    assert keys
    assert keys - set(wording.FACTS) == set()


def test_taking_a_case_and_taking_it_back(browser: Browser, house: BoardServer) -> None:
    board, other = open_board(browser, house), open_board(browser, house, "/?lang=en")
    board.page.click("#case-1 .take")
    board.page.click("#toasts .acknowledged button")
    board.shows("#toasts .taken_back")
    board.shows("#case-1.untaken .take")
    other.shows("#case-1.untaken")
    board.page.click("#case-1 .take")
    board.shows("#case-1.taken")
    other.shows("#case-1.taken")
    assert "Acknowledged" in other.text("#case-1")
    assert board.complaints == []


def test_the_keyboard_does_it_all(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    keys = board.page.keyboard
    keys.press("j")
    first = board.page.get_attribute("[data-chosen]", "id")
    keys.press("j")
    second = board.page.get_attribute("[data-chosen]", "id")
    assert first != second
    keys.press("k")
    assert board.page.get_attribute("[data-chosen]", "id") == first
    keys.press("Enter")
    board.shows(f"#{first} .reasoning")
    keys.press("a")
    board.shows(f"#{first}.taken")
    keys.press("?")
    board.shows("#help[open]")
    keys.press("Escape")
    board.hides("#help")
    keys.press("g")
    with board.page.expect_navigation():
        keys.press("b")


def test_two_people_at_once(house: BoardServer) -> None:
    headers = {"HX-Request": "true"}
    with httpx.Client(base_url=house.url, cookies=house.cookies) as client:
        assert "案件已受理" in client.post("/cases/1/acknowledge", headers=headers).text
        assert "已有他人處理" in client.post("/cases/1/acknowledge", headers=headers).text
        assert "已有他人處理" in client.post("/cases/999/acknowledge", headers=headers).text


def test_another_site_cannot_take_a_case(house: BoardServer) -> None:
    for case in ("1/acknowledge", "2/take-back"):
        assert httpx.post(f"{house.url}/cases/{case}", cookies=house.cookies).status_code == 403
    assert (
        httpx.options(f"{house.url}/cases/1/acknowledge", headers={"Origin": "http://evil.example"}).status_code == 405
    )
