"""The kiosk's HTTP application: pages, streams and presses of the lanes of one gate, on loopback.

Whoever starts it binds 127.0.0.1; it asks for no log-in, since who acts is known by the badge at the reader.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from edge.kiosk.guard import Guard
from edge.kiosk.pages import Manner, Pages
from edge.kiosk.render import STATIC, Renderer
from edge.kiosk.simulation import Emulator
from edge.kiosk.strip import StripRoutes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.responses import Response
    from starlette.types import Scope

    from edge.kiosk.lanes import Lane, Pictures
    from edge.kiosk.say import Palette
    from edge.settings import Voice

HOSTS = ("127.0.0.1", "localhost", "[::1]")


class _Assets(StaticFiles):
    """Static files under an address that changes with the build: browsers may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create(
    lanes: Mapping[str, Lane],
    pictures: Pictures,
    *,
    control_url: str | None = None,
    palette: Palette = "auto",
    voice: Voice = "off",
) -> FastAPI:
    """Build the application for the lanes of a gate, first one first; `control_url` is the emulator's, if any.

    `palette` and `voice` are the settings of the same name (edge.settings.Kiosk).
    """
    renderer = Renderer()
    emulator = Emulator(control_url) if control_url else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        if emulator is not None:
            await emulator.close()

    app = FastAPI(title="SealGate kiosk", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    strip = StripRoutes(lanes, emulator, renderer) if emulator is not None else None
    app.include_router(Pages(lanes, pictures, renderer, Manner(palette, voice, strip is not None)).router())
    if strip is not None:
        app.include_router(strip.router())
    app.mount(f"/static/{renderer.build}", _Assets(directory=STATIC))
    app.add_middleware(Guard, hosts=HOSTS)
    return app
