"""One sealed movement from tap to board with a visitor's hands: only what can be pressed on the kiosks' pages."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from edge.domain.view import Check
from tests import town
from tests.waiting import wait_for
from tests.web.board_page import BoardPage, open_board

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.system.center import Center
    from tests.system.gate import Gate

STEP_MS = 20_000
ARRIVES_S = 20.0


@dataclass
class Screen:
    """The page of one lane, strip included."""

    page: Page

    def until(self, page: str) -> None:
        self.page.wait_for_selector(f"#screen[data-page={page}]", timeout=STEP_MS)

    def hold(self, label: str) -> None:
        self.page.click(f"#sim .main:has-text('{label}')")

    def answer_all(self) -> None:
        """Answer every question well; each is named by what it asks, so that none is taken for another."""
        for check in Check:
            self.page.click(f".answers .yes[data-check={check}]:not(:disabled)")
        self.until("photo")

    def send_through(self, seal: town.Seal) -> str:
        """Badge, seal, checks, picture, confirmation; returns the word on the field."""
        self.until("idle")
        self.hold("識別證")
        self.until("seal")
        self.hold(seal.seal_no)
        self.until("check")
        self.answer_all()
        self.page.click(".photo .yes:not(:disabled)")
        self.until("confirm")
        self.page.wait_for_selector(".frame img")
        self.page.click(".sum .go:not(:disabled)")
        self.until("verdict")
        return self.page.inner_text(".word")

    def next(self) -> None:
        self.page.keyboard.press("Enter")
        self.until("idle")


def kiosk_of(browser: Browser, gate: Gate) -> Screen:
    page = browser.new_page(viewport={"width": 1440, "height": 810}, reduced_motion="reduce")
    page.goto(f"http://127.0.0.1:{gate.agent.port}/")
    page.wait_for_selector("#sim .main")
    return Screen(page)


def state_of(center: Center) -> list[str]:
    return [str(state) for (state,) in center.rows("SELECT state FROM movement ORDER BY id")]


def moves(board: BoardPage, seal: town.Seal, rows: int) -> None:
    """The board shows so many passages, the newest of this container, without having been loaded again."""
    wait_for(lambda: board.page.locator(".scan").count() == rows, ARRIVES_S, what=f"{rows} passages on the board")
    assert spoken(seal.container) in spoken(board.page.locator(".scan").first.inner_text())


def spoken(text: str) -> str:
    """A number without the groups it is set in."""
    return "".join(text.split())


@pytest.mark.req("R-052", "R-053", "R-054", "R-055", "R-056", "R-057", "R-065", "R-111", "R-114")
@pytest.mark.timeout(240)
def test_a_movement_from_tap_to_board_by_hand(browser: Browser, center: Center, report: Callable[[str], None]) -> None:
    seals = (town.Seal(number=1), town.Seal(number=2))
    center.pair(seals)
    origin = center.enrol("KEL-GATE-1", town.ORIGIN, ("L1",), seals=seals, reader="pn532")
    destination = center.enrol("TXG-GATE-1", town.DESTINATION, ("L1",), seals=seals, reader="pn532")
    for gate in (origin, destination):
        gate.until_papers()
    out, arrival = kiosk_of(browser, origin), kiosk_of(browser, destination)
    board = open_board(browser, SimpleNamespace(url=f"http://127.0.0.1:{center.port}"))
    seen_before = board.page.locator(".scan").count()

    assert out.send_through(seals[0]) == "放行"
    assert "封條密碼驗證尚未完成" in out.page.inner_text(".proof")
    wait_for(lambda: state_of(center)[0] == "IN_TRANSIT", ARRIVES_S, what="the movement is on its way")
    moves(board, seals[0], seen_before + 1)
    out.next()

    arrival.page.click("a.lang")  # the other yard's staff read English
    arrival.page.wait_for_selector("html[lang=en]")
    arrival.page.wait_for_selector("#sim .main:has-text('Badge')")
    arrival.page.click("a.lang")
    arrival.page.wait_for_selector("#sim .main:has-text('識別證')")
    assert arrival.send_through(seals[0]) == "放行"
    wait_for(lambda: state_of(center)[0] == "ARRIVED", ARRIVES_S, what="the movement has arrived")
    moves(board, seals[0], seen_before + 2)

    out.page.click("#sim [aria-label='網路線'] button:has-text('拔除')")
    out.page.wait_for_selector(".banner.offline", timeout=STEP_MS)
    assert out.send_through(seals[1]) == "放行"
    out.page.wait_for_selector(".banner.offline b.mono:text-is('1')")
    assert state_of(center)[1] == "PAIRED"
    out.page.click("#sim [aria-label='網路線'] button:has-text('接上')")
    wait_for(lambda: state_of(center)[1] == "IN_TRANSIT", ARRIVES_S, what="what was buffered has arrived")
    out.page.wait_for_selector("#screen:not(:has(.banner.offline))", timeout=STEP_MS)
    moves(board, seals[1], seen_before + 3)
    assert board.loads == 1
    assert board.complaints == []
    report(f"movements: {state_of(center)}")
