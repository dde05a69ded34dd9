"""A kiosk page in a real browser that keeps account of what must never happen: console errors, outside requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from edge.domain.view import LaneView
    from tests.web.kiosk_lane import ServedKiosk

PANELS = {"10-inch": (1280, 800), "7-inch": (1024, 600)}


@dataclass
class KioskPage:
    """The page of the first lane."""

    page: Page
    kiosk: ServedKiosk
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    _loads: int = 0

    @property
    def loads(self) -> int:
        """How often the document was loaded."""
        self.page.wait_for_timeout(0)  # lets Playwright deliver what has happened
        return self._loads

    def show(self, view: LaneView) -> None:
        """Put a state on the lane and wait until the page has painted it."""
        self.kiosk.show(view)
        self.page.wait_for_selector(f'#screen[data-id="{self.kiosk.lane.view().id}"]')

    def text(self, selector: str) -> str:
        """Visible text of the first match."""
        return self.page.locator(selector).first.inner_text()


def open_page(
    browser: Browser, kiosk: ServedKiosk, path: str = "/", panel: str = "10-inch", *, bypass_csp: bool = False
) -> KioskPage:
    """Open a page of the kiosk as the lane's panel would."""
    width, height = PANELS[panel]
    context = browser.new_context(
        viewport={"width": width, "height": height}, bypass_csp=bypass_csp, reduced_motion="reduce"
    )
    opened = KioskPage(context.new_page(), kiosk)
    page = opened.page
    page.on("console", lambda message: opened.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(kiosk.url) else opened.outside.append(asked.url))
    page.on("domcontentloaded", lambda _page: setattr(opened, "_loads", opened._loads + 1))
    page.goto(kiosk.url + path)
    return opened
