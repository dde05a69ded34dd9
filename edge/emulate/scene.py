"""What stands before each lane's camera: the container of the seal last held to the reader, or what was ordered."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.emulate.clock import now
from edge.emulate.picture import TAIPEI, draw_door, stamp
from edge.emulate.subject import Scene

if TYPE_CHECKING:
    from PIL import Image

    from edge.emulate.settings import CameraSettings, CardSettings

DAY_HOURS = range(6, 18)
DRAWN_MAX = 8  # doors kept drawn: only the line with the time is new in each picture


@dataclass
class Scenes:
    """The view of each lane's camera."""

    settings: CameraSettings

    def __post_init__(self) -> None:
        self._placed: dict[str, tuple[str, str, str]] = {}
        self._drawn: dict[Scene, Image.Image] = {}
        self._drawing = threading.Lock()

    def follow(self, lane: str, card: CardSettings) -> None:
        """Let the truck with the container of this card stand at the lane; a badge changes nothing."""
        if card.container:
            self.place(lane, container=card.container, plate=card.plate, seal_no=card.seal_no)

    def place(self, lane: str, *, container: str, plate: str, seal_no: str) -> None:
        """Say what stands at a lane; an empty container number is an empty lane."""
        self._placed[lane] = (container, plate, seal_no)
        # drawn while the driver still answers questions, so that the camera is as quick as a real one
        asyncio.get_running_loop().run_in_executor(None, self._draw, self._scene(lane))

    async def picture(self, lane: str) -> bytes:
        """Return the JPEG that the lane's camera sees now."""
        scene, at = self._scene(lane), now()
        return stamp(await asyncio.to_thread(self._draw, scene), scene, at)

    def _scene(self, lane: str) -> Scene:
        container, plate, seal_no = self._placed.get(lane, ("", "", ""))
        light = self.settings.light
        if light == "auto":
            light = "day" if now().astimezone(TAIPEI).hour in DAY_HOURS else "night"
        return Scene(
            width_px=self.settings.width_px,
            height_px=self.settings.height_px,
            night=light == "night",
            container=container,
            plate=plate,
            seal_no=seal_no,
            lane=lane,
            place_zh=self.settings.place_zh,
            place_en=self.settings.place_en,
        )

    def _draw(self, scene: Scene) -> Image.Image:
        with self._drawing:
            if scene not in self._drawn:
                if len(self._drawn) >= DRAWN_MAX:
                    self._drawn.clear()
                self._drawn[scene] = draw_door(scene)
            return self._drawn[scene]
