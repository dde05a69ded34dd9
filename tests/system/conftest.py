"""What system tests start from: a cloud on real Mosquitto, to which gates are enrolled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.system.center import Center

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import Mosquitto


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say what was measured, also when the test passes."""
    capture = request.config.pluginmanager.get_plugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{request.node.name}: {text}\n")

    return say


@pytest.fixture
def center(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Center]:
    """A cloud of this test's own; whatever it or its gates started is stopped."""
    center = Center(folder=tmp_path / "yard", mosquitto=mosquitto)
    try:
        yield center.start()
    finally:
        center.stop()
