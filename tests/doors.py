"""Pictures of container doors, as the emulated lane camera draws them."""

from __future__ import annotations

from edge.emulate.picture import draw_door, stamp
from edge.emulate.subject import Scene
from tests.edge_gate import NOW


def door(container: str = "CSQU3054383", *, night: bool = False) -> bytes:
    scene = Scene(container=container, plate="KLA-1234", seal_no="KE26A0000123", night=night)
    return stamp(draw_door(scene), scene, NOW)
