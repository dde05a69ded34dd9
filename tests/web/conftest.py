"""One browser for all tests of a kiosk module: a start of Chromium costs more than most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.servers import Chromium


@pytest.fixture(scope="module")
def shared_browser(chromium: Chromium) -> Iterator[Browser]:
    """A headless Chromium of this module's own; its loop ends with the module, so no test in it may be async."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.path, args=[*chromium.flags])
        yield launched
        launched.close()
