"""The album of docs/kiosk: every state on both screens and both panels, `make screens`; it needs Chromium.

One sheet a state: above the 10-inch panel, below the 7-inch one; from the left the staff's screen in Chinese, in
English, and the driver's, which always speaks four languages.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.servers import CHROMIUM_FLAGS
from tests.web.kiosk_lane import PlayedLane, ServedKiosk
from tests.web.kiosk_page import PANELS, KioskPage, open_page
from tests.web.kiosk_states import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable

ALBUM = Path(__file__).parents[2] / "docs" / "kiosk"
FACES = ("/?lang=zh", "/?lang=en", "/lanes/OUT-1/driver")
SCALE = 0.5
QUALITY = 60
GAP = 8


def main(names: Iterable[str]) -> None:
    """Write the sheets of these states, of all where none is named, and the page that shows them."""
    ALBUM.mkdir(parents=True, exist_ok=True)
    wanted = tuple(names) or tuple(STATES)
    served = ServedKiosk({"OUT-1": PlayedLane()})
    served.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*CHROMIUM_FLAGS])
        rows = [[open_page(browser, served, face, panel) for face in FACES] for panel in PANELS]
        for name in wanted:
            sheet = _sheet([[_shoot(page, name) for page in row] for row in rows])
            sheet.save(ALBUM / f"{name}.webp", quality=QUALITY, method=6)
        browser.close()
    served.stop()
    (ALBUM / "README.md").write_text(_index(), encoding="utf-8")


def _shoot(page: KioskPage, name: str) -> Image.Image:
    page.show(STATES[name])
    page.page.wait_for_selector("#screen:not(:has(button:disabled:not([data-dead])))")
    picture = Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")
    return picture.resize((round(picture.width * SCALE), round(picture.height * SCALE)), Image.Resampling.LANCZOS)


def _sheet(rows: list[list[Image.Image]]) -> Image.Image:
    width = max(sum(picture.width + GAP for picture in row) for row in rows) - GAP
    sheet = Image.new("RGB", (width, sum(row[0].height + GAP for row in rows) - GAP), "#7a8697")
    y = 0
    for row in rows:
        for column, picture in enumerate(row):
            sheet.paste(picture, (column * (picture.width + GAP), y))
        y += row[0].height + GAP
    return sheet


def _index() -> str:
    lines = [
        "# 車道畫面 · The screens of a lane",
        "",
        "<!-- written by `make screens` from tests/web/kiosk_states.py -->",
        "",
        "每張圖：上列 1280×800，下列 1024×600；由左至右為人員畫面（中文、英文）與司機畫面（中、英、越、印尼文並列）。",
        "Each sheet: above 1280×800, below 1024×600; from the left the staff's screen in Chinese and in English, and",
        "the driver's, which shows Chinese, English, Vietnamese and Indonesian at once.",
        "",
    ]
    for name in STATES:
        lines += [f"## {name}", "", f"![{name}]({name}.webp)", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
