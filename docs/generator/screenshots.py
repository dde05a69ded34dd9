"""The pictures of the README, taken from a running demo: python -m docs.generator.screenshots LINK ORIGIN (addresses).

Not part of `make docs`: it plays a visitor, so it needs a fresh demo (`make demo ARGS=--fresh`) and Chromium.
"""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IMAGES = Path(__file__).resolve().parents[1] / "images"
STEP_MS = 30_000
COLOURS = 256  # a third of the bytes, and nobody sees it
SETTLE_MS = 1_500  # fonts, map and the last transition


def main() -> None:
    """Drive the demo and write board.png, kiosk-go.png and kiosk-offline.png."""
    board, origin = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        kiosk = _page(browser, f"{origin}?light=day", 1280, 800)
        _depart(kiosk, "seal-1")
        _shoot(kiosk, "kiosk-go")
        _press_sim(kiosk, "cable", '"state": "cut"')
        _depart(kiosk, "seal-2")
        _shoot(kiosk, "kiosk-offline")
        _press_sim(kiosk, "cable", '"state": "up"')
        watched = _page(browser, board, 1920, 1080)
        watched.click("main button")  # the one-time link that the demo printed
        watched.wait_for_selector(".live.fresh")
        _shoot(watched, "board")
        browser.close()


def _page(browser: Browser, url: str, width: int, height: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-TW")
    page.set_default_timeout(STEP_MS)
    page.goto(url)
    return page


def _depart(kiosk: Page, seal: str) -> None:
    """Badge, seal, good answers, confirmation; the picture takes itself."""
    expect(kiosk.locator("#warn:visible")).to_have_count(0, timeout=STEP_MS)
    _press_sim(kiosk, "present", '"badge-specialist"')
    _reached(kiosk, "seal")
    _press_sim(kiosk, "present", f'"{seal}"', '"hold_ms"')
    _reached(kiosk, "check")
    while _shown(kiosk) in {"check", "sealed"}:
        asked = kiosk.locator(".answers [data-act=answer][data-ok=true]:not(:disabled)")
        question = asked.get_attribute("data-check")
        asked.click()
        kiosk.wait_for_selector(f"#screen:not(:has([data-check={question}]))")
    kiosk.locator("[data-act=confirm]:not(:disabled)").click()
    _reached(kiosk, "verdict")


def _press_sim(kiosk: Page, action: str, *order: str) -> None:
    parts = "".join(f"[data-order*='{part}']" for part in order)
    kiosk.locator(f"[data-sim={action}]{parts}").first.click()


def _shown(kiosk: Page) -> str | None:
    return kiosk.get_attribute("#screen", "data-page")


def _reached(kiosk: Page, page: str) -> None:
    kiosk.wait_for_selector(f"#screen[data-page={page}]")


def _shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        IMAGES / f"{name}.png", optimize=True
    )


if __name__ == "__main__":
    main()
