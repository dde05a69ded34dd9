"""The board in a real browser: opened with everything watched that a page must not do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.web.board_server import BoardServer

DESK = {"width": 1440, "height": 900}  # no room for the map beside the list: it is drawn only where a test wants it
WIDE = {"width": 1920, "height": 1080}
TABLET = {"width": 1024, "height": 768}
LIVE_MS = 5_000  # scan to dashboard within 5 s


@dataclass
class BoardPage:
    """One open board, with what it asked for and complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    loads: int = 0

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def shows(self, selector: str, timeout_ms: int = LIVE_MS) -> None:
        """Wait until the live page shows it."""
        self.page.wait_for_selector(selector, timeout=timeout_ms)

    def hides(self, selector: str) -> None:
        self.page.wait_for_selector(selector, state="hidden", timeout=LIVE_MS)


def open_board(browser: Browser, house: BoardServer, path: str = "/", **context: Any) -> BoardPage:
    """Open the board and wait until its stream and its drawings are there."""
    options = {"viewport": DESK, "locale": "zh-TW"} | context
    visit = browser.new_context(**options)
    visit.add_cookies([{"name": name, "value": value, "url": house.url} for name, value in house.cookies.items()])
    page = visit.new_page()
    board = BoardPage(page, house.url)

    def asked(request: Any) -> None:
        if not request.url.startswith(house.url):
            board.foreign.append(request.url)
        board.loads += request.is_navigation_request()

    page.on("request", asked)
    page.on("console", lambda said: board.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: board.complaints.append(str(error)))
    page.goto(house.url + path)
    page.wait_for_selector(".live.fresh")
    page.wait_for_selector("#chart canvas")
    if page.is_visible("#map"):
        page.wait_for_selector("#map[data-ready]")
    return board
