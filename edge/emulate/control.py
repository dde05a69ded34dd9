"""The emulator's HTTP control on loopback: hold a card to a reader, pull a cable, move the receiver, break the camera.

Bodies are JSON objects checked by the models below; answers are the whole state. Requests from web pages are refused.
"""
# ruff: noqa: TC001 - the models below are read at run time

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from edge.emulate.cable import CableState
from edge.emulate.camera import CameraState
from edge.emulate.deck import UnknownNameError, set_reader
from edge.emulate.gps import GpsState
from edge.emulate.http import Request, json_response, port_of, serve, stop
from edge.emulate.settings import LaneId, Table, Tamper

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from edge.emulate.cable import Cable
    from edge.emulate.camera import EmulatedCamera
    from edge.emulate.deck import Deck
    from edge.emulate.gps import GpsEmulator
    from edge.emulate.scene import Scenes

HOLD_MS_MAX = 600_000


class Present(Table, frozen=True, kw_only=True):
    """Hold a card to a reader; it stays unless `hold_ms` or `frames_max` (a torn tap) is given."""

    card: str
    lane: LaneId | None = None
    hold_ms: int | None = None
    frames_max: int | None = None


class Remove(Table, frozen=True, kw_only=True):
    """Take the card away."""

    lane: LaneId | None = None


class SetTamper(Table, frozen=True, kw_only=True):
    """Open or close a seal's tamper loop."""

    card: str
    tamper: Tamper


class SetReader(Table, frozen=True, kw_only=True):
    """Plug, unplug or hang a reader."""

    state: Literal["plugged", "unplugged", "hung"]
    lane: LaneId | None = None


class SetCable(Table, frozen=True, kw_only=True):
    """Change one cable by name, or all."""

    state: CableState
    name: str | None = None


class SetCamera(Table, frozen=True, kw_only=True):
    """Change what the camera does."""

    state: CameraState


class SetGps(Table, frozen=True, kw_only=True):
    """Move the receiver, or take its signal."""

    state: GpsState


class SetScene(Table, frozen=True, kw_only=True):
    """Say what stands before a lane's camera, until the next seal is presented; empty text shows none."""

    container: str = ""
    plate: str = ""
    seal_no: str = ""
    lane: LaneId | None = None


class Control:
    """The control server over the parts of one emulator."""

    def __init__(
        self,
        deck: Deck,
        scenes: Scenes,
        gps: GpsEmulator | None,
        camera: EmulatedCamera | None,
        cables: tuple[Cable, ...],
    ) -> None:
        self._deck = deck
        self._scenes = scenes
        self._gps = gps
        self._camera = camera
        self._cables = cables
        self._server: asyncio.Server | None = None
        self.port = 0
        self._actions: dict[str, tuple[type[Table], Callable[[Any], None]]] = {
            "/present": (Present, self._present),
            "/remove": (Remove, lambda order: deck.remove(order.lane)),
            "/tamper": (SetTamper, lambda order: deck.set_tamper(order.card, order.tamper)),
            "/reader": (SetReader, lambda order: set_reader(deck.reader(order.lane)[1], order.state)),
            "/cable": (SetCable, self._set_cable),
            "/camera": (SetCamera, self._set_camera),
            "/gps": (SetGps, self._set_gps),
            "/scene": (SetScene, self._set_scene),
        }

    async def start(self, port: int) -> None:
        """Listen on loopback; port 0 lets the system choose."""
        self._server = await serve(port, self._handle)
        self.port = port_of(self._server)

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            await stop(self._server)

    def state(self) -> dict[str, Any]:
        """Return cards, lanes and the state of every part."""
        return {
            **self._deck.describe(),
            "cable": {cable.name: cable.state for cable in self._cables},
            "camera": self._camera.state if self._camera else None,
            "gps": self._gps.state if self._gps else None,
        }

    async def _handle(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        status, document = self._answer(request)
        writer.write(json_response(status, document))
        return True

    def _answer(self, request: Request) -> tuple[int, dict[str, Any]]:
        if "origin" in request.headers:
            return 403, {"error": "web pages may not drive the emulator; the kiosk does it for them"}
        try:
            if (request.method, request.target) != ("GET", "/field"):
                self._act(request)
        except UnknownNameError as error:
            return 404, {"error": str(error)}
        except (msgspec.DecodeError, ValueError) as error:
            return 422, {"error": str(error)}
        return 200, self.state()

    def _act(self, request: Request) -> None:
        """Carry out one order; raises UnknownNameError, msgspec.DecodeError, ValueError."""
        if request.method != "POST" or request.target not in self._actions:
            raise UnknownNameError(f"there are: GET /field, {', '.join(f'POST {each}' for each in self._actions)}")
        model, act = self._actions[request.target]
        act(msgspec.json.decode(request.body or b"{}", type=model))

    def _present(self, order: Present) -> None:
        if order.hold_ms is not None and not 0 < order.hold_ms <= HOLD_MS_MAX:
            raise ValueError(f"hold_ms must lie between 1 and {HOLD_MS_MAX}")
        hold_s = None if order.hold_ms is None else order.hold_ms / 1000
        self._deck.present(order.card, order.lane, hold_s=hold_s, frames_max=order.frames_max)
        self._scenes.follow(self._deck.reader(order.lane)[0], self._deck.card(order.card).settings)

    def _set_cable(self, order: SetCable) -> None:
        chosen = [cable for cable in self._cables if order.name in (None, cable.name)]
        if not chosen:
            raise UnknownNameError(f"no cable {order.name or ''!r}")
        for cable in chosen:
            cable.set_state(order.state)

    def _set_camera(self, order: SetCamera) -> None:
        if self._camera is None:
            raise UnknownNameError("this emulator has no camera")
        self._camera.state = order.state

    def _set_gps(self, order: SetGps) -> None:
        if self._gps is None:
            raise UnknownNameError("this emulator has no GPS receiver")
        self._gps.state = order.state

    def _set_scene(self, order: SetScene) -> None:
        lane, _ = self._deck.reader(order.lane)
        self._scenes.place(lane, container=order.container, plate=order.plate, seal_no=order.seal_no)
