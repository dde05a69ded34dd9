"""Coming in and going out by the pages: in a real browser, in both languages and themes, by the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher

from cloud import clock
from cloud.domain.authority import Role
from cloud.registry.accounts import passwords, register
from cloud.registry.accounts.register import AccountEntry
from cloud.registry.desk import at_desk
from tests.desks import actor
from tests.web import axe, board_story
from tests.web.board_server import BoardServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PASSWORD = "a long enough secret"
SHOWN_MS = 20_000
SIZES = [(1366, 768), (1920, 1080)]


@pytest.fixture(autouse=True)
def _light(monkeypatch) -> None:
    """Hashes that cost little."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Iterator[BoardServer]:
    house = BoardServer(tmp_path, migrated_file)
    board_story.tell(house.story)
    house.start()
    yield house
    house.close()


def first(house: BoardServer, name: str, role: Role, *sites: str) -> str:
    with at_desk(house.engine, actor(Role.ADMIN), clock.now_ms()) as desk:
        _, credential = register.put_account(desk, AccountEntry(name=name, roles=[role], sites=sites))
    return credential or ""


def link(house: BoardServer, name: str) -> str:
    with at_desk(house.engine, actor(Role.ADMIN), clock.now_ms()) as desk:
        return f"{house.url}/sign-in/link/{register.link(desk, name, 60_000)}"


def opened(browser: Browser, house: BoardServer, path: str = "/", **context) -> Page:
    page = browser.new_context(**{"locale": "zh-TW", "viewport": {"width": 1366, "height": 768}} | context).new_page()
    page.set_default_timeout(SHOWN_MS)
    page.goto(house.url + path)
    return page


def type_in(page: Page, *words: str) -> None:
    """Fill in a form from its first field on and send it, without the mouse."""
    for word in words[:-1]:
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.type(words[-1])
    page.keyboard.press("Enter")


@pytest.mark.req("R-016")
def test_by_the_keyboard_from_the_first_credential_to_the_board_and_out(browser: Browser, house: BoardServer) -> None:
    credential = first(house, "wang", Role.CENTRE)
    page = opened(browser, house)
    assert page.url == f"{house.url}/sign-in"
    type_in(page, "wang", credential)
    page.wait_for_url("**/sign-in/own")
    page.goto(house.url)
    assert page.url.endswith("/sign-in/own")  # there is no way around it
    page.keyboard.press("Control+A")
    type_in(page, "wang.ta-ming", PASSWORD, "another one by mistake")
    assert "兩次輸入的密碼不同" in page.inner_text("[role=alert]")
    assert page.input_value("#account") == "wang.ta-ming"
    assert page.input_value("#password") == ""
    page.keyboard.press("Tab")
    type_in(page, PASSWORD, PASSWORD)
    page.wait_for_selector(".live.fresh")
    assert "wang.ta-ming" in page.get_attribute(".leave button", "title")
    page.click(".leave button")
    page.wait_for_url("**/sign-in")
    page.goto(house.url)
    assert page.url.endswith("/sign-in")


def test_what_is_wrong_is_said_and_how_long_to_wait(browser: Browser, house: BoardServer) -> None:
    page = opened(browser, house, "/sign-in?lang=en")
    for _ in range(5):
        page.fill("#account", "wang")
        page.fill("#password", "wrong")
        page.press("#password", "Enter")
        page.wait_for_selector("[role=alert]:has-text('wrong')")
    page.fill("#password", "wrong")
    page.press("#password", "Enter")
    page.wait_for_selector("[role=alert]:has-text('seconds')")
    assert page.input_value("#account") == "wang"
    assert page.evaluate("document.activeElement.id") == "password"


@pytest.mark.req("R-115")
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("look", ["", "?lang=en", "?theme=light", "?lang=en&theme=light"])
def test_no_barrier_and_nothing_cut_off(browser: Browser, house: BoardServer, look: str, size: tuple[int, int]) -> None:
    first(house, "wang", Role.CENTRE)
    first(house, "lin", Role.ADMIN)
    page = opened(browser, house, f"/sign-in{look}", bypass_csp=True, viewport={"width": size[0], "height": size[1]})
    sound(page)
    page.fill("#account", "x")
    page.fill("#password", "x")
    page.press("#password", "Enter")
    page.wait_for_selector("[role=alert]")
    sound(page)
    page.goto(link(house, "lin"))
    sound(page)
    page.click("main button")
    page.wait_for_url("**/sign-in/own")
    sound(page)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.press("#again", "Enter")
    page.wait_for_url("**/not-yours")
    sound(page)


def sound(page: Page) -> None:
    assert axe.violations(page) == []
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert (width, height) <= (page.viewport_size["width"], page.viewport_size["height"])


def test_a_sign_out_elsewhere_reaches_the_open_board(browser: Browser, house: BoardServer) -> None:
    first(house, "wang", Role.CENTRE)
    page = opened(browser, house)
    page.goto(link(house, "wang"))
    page.click("main button")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.press("#again", "Enter")
    page.wait_for_selector(".live.fresh")
    with at_desk(house.engine, actor(Role.ADMIN), clock.now_ms()) as desk:
        register.disable(desk, "wang")
    page.wait_for_url("**/sign-in", timeout=15_000)


def test_without_a_session_nothing_of_the_board_is_told(house: BoardServer) -> None:
    with httpx.Client(base_url=house.url) as stranger:
        assert stranger.get("/?lang=en").headers["location"] == "/sign-in?next=%2F%3Flang%3Den"
        assert stranger.get("/pictures/" + "A" * 43).status_code == 303
        live = stranger.get("/live")
        assert live.text == "event: signed-out\ndata: {}\n\n"
        answer = stranger.post("/cases/1/acknowledge", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_link_may_be_looked_at_and_used_once(house: BoardServer) -> None:
    first(house, "wang", Role.CENTRE)
    once = link(house, "wang")
    with httpx.Client() as visitor:
        assert visitor.get(once).status_code == visitor.get(once).status_code == 200
        assert visitor.post(once).headers["location"] == "/sign-in/own"
        assert visitor.post(once).status_code == 401


def test_who_does_not_watch_over_every_site_sees_no_board(house: BoardServer) -> None:
    credential = first(house, "wang", Role.SPECIALIST, "KELW190W")
    with httpx.Client(base_url=house.url) as wang:
        wang.post("/sign-in", data={"account": "wang", "password": credential})
        own = {"account": "wang", "password": PASSWORD, "again": PASSWORD}
        assert wang.post("/sign-in/own", data=own).headers["location"] == "/"
        assert wang.get("/").headers["location"] == "/not-yours"
        assert wang.get("/not-yours").status_code == 403
        assert "signed-out" in wang.get("/live").text
        answer = wang.post("/cases/1/acknowledge", headers={"HX-Request": "true"})
        assert answer.headers["hx-redirect"] == "/not-yours"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_link_leads_nowhere_else(house: BoardServer, wanted: str) -> None:
    answer = httpx.get(f"{house.url}/sign-in", params={"next": wanted}, cookies=house.cookies)
    assert answer.headers["location"] == "/"
