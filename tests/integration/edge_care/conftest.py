"""A gate as processes, with emulated hardware behind the real drivers, and the centre at the other end of its wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.edge_gate import GATE, GATE_KEY
from tests.integration.edge_care.centre import Centre, public
from tests.system.gate import Gate, Outside
from tests.town import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Mosquitto


@pytest.fixture
def centre(mosquitto: Mosquitto) -> Iterator[Centre]:
    centre = Centre(mosquitto.port, GATE, GATE_KEY)
    yield centre
    centre.close()


@pytest.fixture
def gate(tmp_path: Path, mosquitto: Mosquitto, centre: Centre) -> Iterator[Gate]:
    """A gate with one lane: PN532 on a pty, gpsd (or its protocol), camera over HTTP."""
    outside = Outside(
        broker_port=mosquitto.port, web_port=centre.web_port, cloud_key=public(), card_dir=tmp_path / "cards"
    )
    gate = Gate(
        id=GATE,
        place=ORIGIN,
        lanes=("1",),
        folder=tmp_path / "gate",
        key=GATE_KEY,
        outside=outside,
        reader="pn532",
        settings={"telemetry": {"every_s": 1.0}},
    )
    try:
        yield gate.start()
    finally:
        gate.stop()
