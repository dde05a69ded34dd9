"""The whole story in a real browser: one sealed movement from tap to board, and what goes wrong on the way."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests import town
from tests.system.gate import BADGE, card_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.system.center import Center
    from tests.system.gate import Gate

LANE = "L1"
USUAL, OVERDUE, LATE, FORGED, OFFLINE = (town.Seal(number=number) for number in range(1, 6))
WRONG_KEY = "0F" * 16
SHOWN_MS = 20_000
DAWDLED_H = 3  # the order says it left that long ago: the route's limit is over
BUFFERING = ".banner.offline"


class Kiosk:
    """A lane's page as a person uses it, with the simulator strip for the cards."""

    def __init__(self, browser: Browser, gate: Gate) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1600, "height": 900})
        self.page.set_default_timeout(SHOWN_MS)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"http://127.0.0.1:{gate.agent.port}/lanes/{LANE}?lang=en")

    def shows(self, page: str, tone: str | None = None) -> None:
        """Wait for one of the screens, and its colour."""
        coloured = "" if tone is None else f'[data-tone="{tone}"]'
        self.page.wait_for_selector(f'#screen[data-page="{page}"]{coloured}')

    def present(self, card: str) -> None:
        """Hold a card to the reader by the strip's button, as a visitor of the demo does."""
        self.page.click(f"#sim [data-sim='present'][data-order*='\"{card}\"']")

    def switch(self, device: str, state: str) -> None:
        """Turn a switch of the strip, such as the cable's."""
        self.page.click(f"#sim [data-sim='{device}'][data-order*='\"{state}\"']")

    def press(self, act: str, **marks: str) -> None:
        """Press a button of the page."""
        self.page.click(
            "".join((f'[data-act="{act}"]', *(f'[data-{name}="{value}"]' for name, value in marks.items())))
        )

    def pass_through(self, seal: str) -> None:
        """Badge, seal, five questions, the picture that takes itself, confirmation: until the light is green."""
        self.present(BADGE)
        self.shows("seal")
        self.present(seal)
        for question in ("container", "seal", "plate", "load", "sealed"):
            self.press("answer", check=question, ok="true")
        self.shows("confirm")
        self.page.wait_for_selector('main img[src^="/photos/"]')
        self.press("confirm")
        self.shows("verdict", "go")

    def done(self) -> None:
        """Acknowledge the light."""
        self.press("acknowledge")
        self.shows("idle")


def come_in(board: Page, link: str) -> None:
    """Sign in for the first time: by a link, and then with a name and a password of one's own (R-016)."""
    board.goto(f"{link}?lang=en")
    board.click("main button")
    board.fill("#account", "watch.officer")
    for field in ("#password", "#again"):
        board.fill(field, "a long enough secret")
    board.press("#again", "Enter")
    board.wait_for_selector(".live.fresh")


def movement(seal: town.Seal, group: str) -> str:
    """Selector of a movement's row on the board, in a state."""
    return f"#movement-{seal.order}-1.{group}"


def pair(center: Center) -> None:
    """Enter the movements of the story; two of them left long ago, says their order."""
    center.pair([USUAL, FORGED, OFFLINE])
    departs = (datetime.now(UTC) - timedelta(hours=DAWDLED_H)).isoformat()  # noqa: TID251 -- the test's own clock
    center.pair([OVERDUE, LATE], departs=departs)


def enrol(center: Center) -> tuple[Gate, Gate]:
    """Start both gates; at the origin somebody also has a forged copy of one seal."""
    forged: dict[str, Any] = card_of(FORGED) | {"id": "forged", "key": WRONG_KEY}
    seals = (USUAL, OVERDUE, LATE, OFFLINE)
    origin = center.enrol("KEL-GATE-1", town.ORIGIN, (LANE,), seals=seals, extra_cards=[forged], reader="pn532")
    destination = center.enrol("TXG-GATE-1", town.DESTINATION, (LANE,), seals=seals, reader="pn532")
    for gate in (origin, destination):
        gate.until_papers()
    return origin, destination


@pytest.mark.req("R-016")
@pytest.mark.req("R-052")
@pytest.mark.req("R-053")
@pytest.mark.req("R-055")
@pytest.mark.req("R-056")
@pytest.mark.req("R-057")
@pytest.mark.req("R-065")
@pytest.mark.req("R-085")
@pytest.mark.req("R-088")
@pytest.mark.req("R-114")
@pytest.mark.timeout(300)
def test_from_tap_to_board(center: Center, browser: Browser) -> None:
    pair(center)
    origin, destination = enrol(center)
    board = browser.new_page(viewport={"width": 1920, "height": 1080})
    board.set_default_timeout(SHOWN_MS)
    come_in(board, center.sign_in_link("watch", "CENTRE"))
    board.evaluate("document.body.dataset.witness = 'never reloaded'")
    board.wait_for_selector(movement(USUAL, "waiting"))

    # One movement from tap to board; the board moves by itself.
    out, into = Kiosk(browser, origin), Kiosk(browser, destination)
    out.pass_through(f"seal-{USUAL.number}")
    board.wait_for_selector(movement(USUAL, "transit"))
    out.done()
    arrive(center, into, USUAL)
    board.wait_for_selector(movement(USUAL, "arrived"))

    # One is overdue, one arrives late: a silence and a read.
    for seal in (OVERDUE, LATE):
        out.pass_through(f"seal-{seal.number}")
        out.done()
    board.wait_for_selector("#cases .case:has-text('S7')")
    arrive(center, into, LATE)
    board.wait_for_selector(movement(LATE, "arrived"))
    board.wait_for_selector("#cases .case:has-text('S3')")

    # The cable is pulled: the kiosk says so, decides on its own, and all arrives when it is plugged in again.
    out.switch("cable", "cut")
    out.page.wait_for_selector(BUFFERING)
    out.pass_through(f"seal-{OFFLINE.number}")
    out.page.wait_for_selector(f"{BUFFERING} >> text=/[1-9]/")
    assert board.query_selector(movement(OFFLINE, "waiting"))
    out.switch("cable", "up")
    board.wait_for_selector(movement(OFFLINE, "transit"))
    out.page.wait_for_selector(BUFFERING, state="detached")
    out.done()

    # A forged seal stops at the gate, which was given the genuine one's key; the cloud finds the same, both gates hold.
    out.present(BADGE)
    out.shows("seal")
    out.present("forged")
    out.shows("verdict", "stop")
    board.wait_for_selector(movement(FORGED, "held"))
    assert board.query_selector(movement(FORGED, "transit")) is None, "a forged read must not move the movement"
    out.done()
    number = re.compile(r"\s*".join(FORGED.container))
    for kiosk in (out, into):
        kiosk.page.wait_for_selector(".held, .hold")
        assert number.search(kiosk.page.inner_text("#screen")), kiosk.page.inner_text("#screen")
    assert board.evaluate("document.body.dataset.witness") == "never reloaded"
    assert (out.errors, into.errors) == ([], [])
    center.until_photos()


def arrive(center: Center, kiosk: Kiosk, seal: town.Seal) -> None:
    """Pass the destination once its papers know that the container is on its way."""
    center.gates[1].until_expected(seal, "IN_TRANSIT")
    kiosk.pass_through(f"seal-{seal.number}")
    kiosk.done()
