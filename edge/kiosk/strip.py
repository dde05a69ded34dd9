"""The routes of the simulator strip; they exist only in simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from edge.kiosk.simulation import ACTIONS, TAP_MS, TORN_FRAMES, Emulator, EmulatorDownError, strip_state
from edge.kiosk.words import SIMULATION
from schemas.messages import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.kiosk.lanes import Lane
    from edge.kiosk.render import Renderer


class StripRoutes:
    """Strip and proxy for the lanes of a gate with emulated hardware."""

    def __init__(self, lanes: Mapping[str, Lane], emulator: Emulator, renderer: Renderer) -> None:
        self._lanes = lanes
        self._emulator = emulator
        self._renderer = renderer
        self._done: dict[str, set[str]] = {lane: set() for lane in lanes}

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/sim")
        router.add_api_route("/field", self.field, methods=["GET"])
        router.add_api_route("/strip/{lane}", self.strip, methods=["GET"])
        router.add_api_route("/{action}", self.act, methods=["POST"])
        return router

    async def html(self, lane: Lane, lang: str) -> str:
        """Return the inside of the strip for one lane."""
        view = lane.view()
        done = self._done[view.lane]
        if view.verdict == Verdict.GO and view.seal_no:
            done.add(view.seal_no)
        try:
            state = strip_state(view, await self._emulator.field(), done)
        except EmulatorDownError:
            state = None
        return self._renderer.strip(
            {"view": view, "lang": lang, "state": state, "tap_ms": TAP_MS, "torn_frames": TORN_FRAMES}
        )

    async def strip(self, lane: str, lang: str = "zh") -> Response:
        """Answer the strip of one lane as HTML."""
        if lane not in self._lanes:
            return JSONResponse({"detail": "no such lane"}, status_code=404)
        return HTMLResponse(await self.html(self._lanes[lane], lang), headers={"Cache-Control": "no-store"})

    async def field(self) -> Response:
        """Answer the state of the emulated hardware."""
        try:
            return JSONResponse(await self._emulator.field())
        except EmulatorDownError:
            return _down()

    async def act(self, action: str, request: Request) -> Response:
        """Pass one order on to the emulator."""
        if action not in ACTIONS:
            return JSONResponse({"detail": "no such action"}, status_code=404)
        body = await request.body()
        try:
            order = msgspec.json.decode(body or b"{}", type=dict)
            status, answer = await self._emulator.act(action, order)
        except msgspec.DecodeError:
            return JSONResponse({"detail": "not a JSON object"}, status_code=422)
        except EmulatorDownError:
            return _down()
        return JSONResponse(answer, status_code=status)


def _down() -> Response:
    words = SIMULATION["unreachable"]
    return JSONResponse({"zh": words.zh, "en": words.en}, status_code=502)
