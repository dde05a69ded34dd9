"""axe-core, the accessibility checker, in the version that package.json names; a development tool, never shipped."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.processes import installed

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
INSTALL_S = 300
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def axe_source() -> str:
    """The script: from the checkout's node_modules, else fetched once into a folder of this machine."""
    version = json.loads((ROOT / "package.json").read_text())["devDependencies"]["axe-core"]
    kept = Path(tempfile.gettempdir()) / f"sealgate-axe-{os.getuid()}-{version}"
    places = [ROOT / "node_modules", kept / "node_modules"]
    found = next((place for place in places if (place / "axe-core/axe.min.js").is_file()), None)
    if found is None:
        npm = installed("npm", "npm")
        order = [npm, "install", "--prefix", str(kept), "--no-save", "--ignore-scripts", f"axe-core@{version}"]
        subprocess.run(order, check=True, capture_output=True, timeout=INSTALL_S)
        found = places[1]
    return (found / "axe-core/axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong (the page's context must be opened with bypass_csp, since axe evaluates its own source)."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    result = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations'], preload: false})", TAGS)
    return [
        {"id": each["id"], "help": each["help"], "where": [node["html"][:120] for node in each["nodes"]]}
        for each in result["violations"]
    ]
