"""What the templates name is there: files under static/, symbols in the sprite."""

from __future__ import annotations

import re

from cloud.web.pages import assets
from cloud.web.pages.render import TEMPLATES

SOURCES = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
SYMBOLS = set((assets.STATIC.parent / "assets/icons.txt").read_text().split())


def test_every_file_that_a_template_names_is_served() -> None:
    named = {name for source in SOURCES for name in re.findall(r"asset\('([^']+)'\)", source)}
    assert len(named) > 10
    assert [name for name in sorted(named) if not (assets.STATIC / name).is_file()] == []


def test_every_symbol_is_in_the_sprite_and_none_is_carried_for_nothing() -> None:
    # inside icon(…) every quoted lower-case word is a symbol, a state code (upper case) or a group of movements
    calls = [call for source in SOURCES for call in re.findall(r"icon\((.*?)\) ?}}", source)]
    calls += [symbol for source in SOURCES for symbol in re.findall(r"parts\.empty\(('[^']+')", source)]
    words = {word for call in calls for word in re.findall(r"'([a-z][a-z0-9-]*)'", call)}
    groups = {"waiting", "transit", "arrived", "dark"}
    assert words - groups - SYMBOLS == set()
    assert SYMBOLS - words == set()
    sprite = (assets.STATIC / "vendor/icons.svg").read_text(encoding="utf-8")
    assert set(re.findall(r'<symbol id="([^"]+)"', sprite)) == SYMBOLS
