"""Pages, streams, presses and pictures of the lanes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, get_args

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from edge.domain.view import Act, LaneView, Refused
from edge.kiosk.driver import glance
from edge.kiosk.say import Language, Palette
from edge.kiosk.screen import compose
from edge.kiosk.stream import MEDIA_TYPE, Streams, TooManyStreamsError
from edge.kiosk.words import TEXTS
from schemas.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.kiosk.lanes import Lane, Pictures
    from edge.kiosk.render import Renderer
    from edge.settings import Voice

COOKIE = "lang"
COOKIE_AGE_S = 365 * 86_400
_HASH_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_FRESH = {"Cache-Control": "no-store"}
_FOR_EVER = {"Cache-Control": "private, max-age=86400, immutable"}


class Manner(NamedTuple):
    """How the screens of this gate look and sound (edge.settings.Kiosk), and whether a simulator strip is there."""

    palette: Palette
    voice: Voice
    emulated: bool


class Pages:
    """Everything of the kiosk but its simulator strip."""

    def __init__(self, lanes: Mapping[str, Lane], pictures: Pictures, renderer: Renderer, manner: Manner) -> None:
        self._lanes = lanes
        self._pictures = pictures
        self._renderer = renderer
        self._manner = manner
        self._streams = Streams()

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter()
        router.add_api_route("/", self.first_page, methods=["GET"])
        router.add_api_route("/lanes/{lane}", self.page, methods=["GET"])
        router.add_api_route("/lanes/{lane}/screen", self.screen, methods=["GET"])
        router.add_api_route("/lanes/{lane}/driver", self.driver, methods=["GET"])
        router.add_api_route("/lanes/{lane}/driver/screen", self.driver_screen, methods=["GET"])
        router.add_api_route("/lanes/{lane}/act", self.act, methods=["POST"])
        router.add_api_route("/events", self.events, methods=["GET"])
        router.add_api_route("/photos/{sha256}", self.photo, methods=["GET"])
        return router

    async def first_page(self, request: Request) -> Response:
        """Answer the staff's page of the first lane."""
        return await self.page(next(iter(self._lanes)), request)

    async def page(self, lane: str, request: Request) -> Response:
        """Answer the staff's page of one lane, its first words filled in."""
        if lane not in self._lanes:
            return _no_lane(self._lanes)
        lang, palette, view = _language(request), self._wanted_palette(request), self._lanes[lane].view()
        html = self._renderer.staff_page(
            compose(view, lang, palette),
            stream=f"/lanes/{lane}/screen?lang={lang}&light={palette}",
            simulated=view.simulation and self._manner.emulated,
        )
        response = HTMLResponse(html, headers=_FRESH)
        if request.query_params.get(COOKIE) == lang:
            response.set_cookie(COOKIE, lang, max_age=COOKIE_AGE_S, httponly=True, samesite="strict")
        return response

    async def screen(self, lane: str, request: Request) -> Response:
        """Answer the stream that the staff's page of one lane paints from."""
        lang, palette = _language(request), self._wanted_palette(request)

        def encode(view: LaneView) -> bytes:
            return msgspec.json.encode(self._renderer.staff_message(compose(view, lang, palette)))

        return self._stream(lane, encode, "screen")

    async def driver(self, lane: str, request: Request) -> Response:
        """Answer the driver's page of one lane, its first words filled in."""
        if lane not in self._lanes:
            return _no_lane(self._lanes)
        palette = self._wanted_palette(request)
        html = self._renderer.driver_page(
            glance(self._lanes[lane].view(), palette),
            stream=f"/lanes/{lane}/driver/screen?light={palette}",
            voice=self._manner.voice,
        )
        return HTMLResponse(html, headers=_FRESH)

    async def driver_screen(self, lane: str, request: Request) -> Response:
        """Answer the stream that the driver's page of one lane paints from."""
        palette = self._wanted_palette(request)

        def encode(view: LaneView) -> bytes:
            return msgspec.json.encode(self._renderer.driver_message(glance(view, palette)))

        return self._stream(lane, encode, "screen")

    async def events(self, lane: str | None = None) -> Response:
        """Answer the stream of LaneView documents of one lane, the first where none is named."""
        return self._stream(lane or next(iter(self._lanes)), msgspec.json.encode)

    async def act(self, lane: str, request: Request) -> Response:
        """Carry out one press: 200 and the new state, 409 and why not, 422 for what is no press at all."""
        if lane not in self._lanes:
            return _no_lane(self._lanes)
        body = await request.body()
        try:
            press = msgspec.json.decode(body, type=Act)
        except msgspec.DecodeError as error:
            words = TEXTS["bad_form"]
            return JSONResponse({"detail": str(error), "zh": words.zh, "en": words.en}, status_code=422)
        try:
            await self._lanes[lane].act(press)
        except Refused as refused:
            reason = REASONS[refused.code]
            return JSONResponse({"code": reason.code, "zh": reason.zh, "en": reason.en}, status_code=409)
        return Response(msgspec.json.encode(self._lanes[lane].view()), media_type="application/json", headers=_FRESH)

    async def photo(self, sha256: str) -> Response:
        """Answer the captioned copy of a picture taken here."""
        jpeg = await self._pictures(sha256) if _HASH_FORM.fullmatch(sha256) else None
        if jpeg is None:
            return JSONResponse({"detail": "no such picture here"}, status_code=404)
        return Response(jpeg, media_type="image/jpeg", headers=_FOR_EVER)

    def _stream(self, lane: str, encode: Callable[[LaneView], bytes], event: str | None = None) -> Response:
        if lane not in self._lanes:
            return _no_lane(self._lanes)
        try:
            body = self._streams.follow(self._lanes[lane], encode, event)
        except TooManyStreamsError:
            return JSONResponse({"detail": "too many pages listen"}, status_code=503, headers={"Retry-After": "3"})
        return StreamingResponse(body, media_type=MEDIA_TYPE, headers=_FRESH)

    def _wanted_palette(self, request: Request) -> Palette:
        wanted = request.query_params.get("light")
        return next((palette for palette in get_args(Palette) if palette == wanted), self._manner.palette)


def _language(request: Request) -> Language:
    wanted = request.query_params.get(COOKIE) or request.cookies.get(COOKIE)
    return "en" if wanted == "en" else "zh"


def _no_lane(lanes: Mapping[str, Lane]) -> Response:
    return JSONResponse({"detail": "no such lane", "lanes": list(lanes)}, status_code=404)
