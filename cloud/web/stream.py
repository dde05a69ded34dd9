"""Live board: one stream of server-sent events per page, all fed from one look at the database.

The look is taken when the trail of changes has grown. What is sent is the present state of whole panels, so that
nothing depends on a message before it: a page that was away gets what changed meanwhile, a slow one only the newest.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import StreamingResponse

from cloud import clock
from cloud.store import changes
from cloud.store.engine import reading
from cloud.web.language import Language, choose
from cloud.web.pages import board, places
from cloud.web.pages.entry import TurnedAwayError, watching
from cloud.web.pages.render import Panel, render
from cloud.web.pages.sight import look

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from fastapi import FastAPI
    from sqlalchemy import Engine

    from cloud.web.pages.sight import Sight

POLL_S = 0.1  # how often the trail of changes is asked for its end
PACE_S = 0.4  # at most one look in this time, however many changes come
REST = 1.5  # and after each a rest of so many times its length, so that the looking never takes a whole core
REFRESH_S = 10.0  # a look without any change, for what only time alters: a silent gate, a deadline gone by
RETRY_S = 1.0  # after an error of the database
BEAT_S = 3.0
VISITORS_MAX = 200
# The pages count ages on by themselves: a panel about which nothing else changed is drawn anew only so often.
REDRAW_MS = 60_000

SERIES, PLACES = "series", "places"  # sent as named events, in no language
EVENTS = (SERIES, PLACES)
SIGNED_OUT = b"event: signed-out\ndata: {}\n\n"

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@dataclass(eq=False)
class Visitor:
    """One open page."""

    language: Language
    since: int | None  # change that the page has seen already; None once it is known what it lacks
    lacks: set[str] = field(default_factory=set)  # topics to send
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Looks at the database while anybody is watching, and tells each visitor what changed for them."""

    def __init__(self, engine: Engine, leaving: Callable[[], bool]) -> None:
        self._engine = engine
        self._leaving = leaving
        self._visitors: set[Visitor] = set()
        self._watch: asyncio.Task[None] | None = None
        self._shown: dict[tuple[str, Language | None], bytes] = {}
        self._drawn_from: dict[tuple[str, Language | None], object] = {}
        self._changed: dict[tuple[str, Language | None], int] = {}  # change id at which it last differed
        self._oldest: int | None = None  # what differed before this change is not known here
        self._head = 0
        self._read_ms = 0
        self._closed = False

    def join(self, language: Language, since: int | None) -> Visitor | None:
        """Let a page in; None where there are too many."""
        if self._closed or len(self._visitors) >= VISITORS_MAX:
            return None
        visitor = Visitor(language, -1 if since is None else since)
        self._visitors.add(visitor)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._follow())
        return visitor

    def leave(self, visitor: Visitor) -> None:
        """Forget a page; the last one stops the looking."""
        self._visitors.discard(visitor)
        if not self._visitors and self._watch is not None:
            self._watch.cancel()

    def _close(self) -> None:
        self._closed = True
        for visitor in self._visitors:
            visitor.wake.set()

    async def events(self, visitor: Visitor) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events for one page until it goes or the hub closes."""
        try:
            while not self._closed:
                try:
                    await asyncio.wait_for(visitor.wake.wait(), BEAT_S)
                except TimeoutError:
                    yield self._beat()
                    continue
                visitor.wake.clear()
                if message := self._message(visitor):
                    yield message
        finally:
            self.leave(visitor)

    def _beat(self) -> bytes:
        state = {"now_ms": clock.now_ms(), "read_ms": self._read_ms}
        return b"event: beat\ndata: " + msgspec.json.encode(state) + b"\n\n"

    def _message(self, visitor: Visitor) -> bytes:
        lacks, visitor.lacks = visitor.lacks, set()
        named = [self._shown[topic, None] for topic in EVENTS if topic in lacks]
        panels = [self._shown[panel, visitor.language] for panel in Panel if panel in lacks]
        if panels:
            named.append(b"".join((f"id: {self._head}\n".encode(), *panels, b"\n")))
        return b"".join(named)

    async def _follow(self) -> None:
        looked_s = 0.0
        while not self._leaving():
            try:
                head = await asyncio.to_thread(self._newest)
                due = clock.monotonic_s() - looked_s >= REFRESH_S
                unsettled = any(visitor.since is not None for visitor in self._visitors)
                if head != self._head or due or unsettled:
                    began_s = clock.monotonic_s()
                    await self._look()
                    looked_s = clock.monotonic_s()
                    await asyncio.sleep(max(PACE_S, REST * (looked_s - began_s)))
                else:
                    self._read_ms = clock.now_ms()
                    await asyncio.sleep(POLL_S)
            except SQLAlchemyError:
                log.exception("the board cannot read the database; open pages show how old they are")
                await asyncio.sleep(RETRY_S)
        self._close()

    def _newest(self) -> int:
        with reading(self._engine) as connection:
            return changes.newest(connection)

    async def _look(self) -> None:
        languages = {visitor.language for visitor in self._visitors}
        sight, shown = await asyncio.to_thread(self._draw, languages)
        if sight.head < self._head:  # the database was set back: what is known of it counts no longer
            self._oldest = None
        self._head, self._read_ms = sight.head, sight.now_ms
        if self._oldest is None:
            self._oldest = sight.head
        differing = {key for key, drawn in shown.items() if self._shown.get(key) != drawn}
        self._shown.update(shown)
        self._changed.update(dict.fromkeys(differing, sight.head))
        for visitor in self._visitors:
            self._tell(visitor, differing)

    def _draw(self, languages: set[Language]) -> tuple[Sight, dict[tuple[str, Language | None], bytes]]:
        with reading(self._engine) as connection:
            sight = look(connection, clock.now_ms())
        shown: dict[tuple[str, Language | None], bytes] = {
            (SERIES, None): _event(SERIES, msgspec.json.encode(sight.chart)),
            (PLACES, None): _event(PLACES, msgspec.json.encode(places.places(sight))),
        }
        for language in languages:
            for panel in Panel:
                basis = (_basis(panel, sight), sight.now_ms // REDRAW_MS)
                if self._drawn_from.get((panel, language)) != basis:
                    shown[panel, language] = _partial(panel, sight, language)
                    self._drawn_from[panel, language] = basis
        return sight, shown

    def _tell(self, visitor: Visitor, differing: set[tuple[str, Language | None]]) -> None:
        since, visitor.since = visitor.since, None
        if since is None:
            lacking = {topic for topic, language in differing if language in (None, visitor.language)}
        elif self._oldest is not None and self._oldest <= since <= self._head:
            lacking = {topic for topic, language in self._mine(visitor) if self._changed[topic, language] >= since}
        else:
            lacking = {topic for topic, _ in self._mine(visitor)}
        if lacking:
            visitor.lacks |= lacking
            visitor.wake.set()

    def _mine(self, visitor: Visitor) -> list[tuple[str, Language | None]]:
        return [key for key in self._shown if key[1] in (None, visitor.language)]


def _basis(panel: Panel, sight: Sight) -> object:
    """Return all that a panel says, but for the time."""
    match panel:
        case Panel.KPIS:
            waiting = [(gate.condition, gate.gate.backlog) for gate in sight.gates]
            return sight.counts, waiting, sight.today, sight.scans_spark, sight.depth_spark
        case Panel.MOVEMENTS:
            return sight.counts, sight.movements, sight.codes
        case Panel.CASES:
            return sight.counts, sight.cases
        case Panel.FEED:
            return sight.passages
        case Panel.GATES:
            return sight.gates


def _event(name: str, data: bytes) -> bytes:
    return b"".join((b"event: ", name.encode(), b"\ndata: ", data, b"\n\n"))


def _partial(panel: Panel, sight: Sight, language: Language) -> bytes:
    inner = render(f"panels/{panel}.html", language, **board.context(sight))
    lines = f'<hx-partial hx-target="#{panel}" hx-swap="innerMorph">{inner}</hx-partial>'.splitlines()
    return "".join(f"data: {line}\n" for line in lines if line.strip()).encode()


@router.get("/live")
async def live(request: Request, since: int | None = None) -> Response:
    """Stream the board; a page says by Last-Event-ID, or `since` at its first call, which change it has seen."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
    if not await asyncio.to_thread(_may_watch, request):
        # A page left open asks again for ever unless it is told; an error would not reach it.
        return Response(SIGNED_OUT, media_type="text/event-stream", headers=headers)
    hub = hub_of(request.app)
    visitor = hub.join(choose(request), _seen(request.headers.get("last-event-id"), since))
    if visitor is None:
        return Response("too many open boards", 503, headers={"Retry-After": "10"})
    events = _while_signed_in(request, hub.events(visitor))
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _while_signed_in(request: Request, events: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """Pass events on until the session is over; a board that is watched keeps it from being idle."""
    asked_s = clock.monotonic_s()
    async with aclosing(events):
        async for event in events:
            if clock.monotonic_s() - asked_s >= BEAT_S:
                asked_s = clock.monotonic_s()
                if not await asyncio.to_thread(_may_watch, request):
                    yield SIGNED_OUT
                    return
            yield event


def _may_watch(request: Request) -> bool:
    try:
        watching(request)
    except TurnedAwayError:
        return False
    except SQLAlchemyError:
        return True  # the page says itself that nothing can be read
    return True


def _seen(last_event_id: str | None, since: int | None) -> int | None:
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
        return int(last_event_id)
    return since


def hub_of(app: FastAPI) -> Hub:
    """Return the application's hub, made at the first visit.

    `app.state.leaving`, where it is set, tells whether the server is about to stop: a server waits for its open
    answers, and these would never end.
    """
    if not hasattr(app.state, "hub"):
        app.state.hub = Hub(app.state.engine, getattr(app.state, "leaving", lambda: False))
    hub: Hub = app.state.hub
    return hub
