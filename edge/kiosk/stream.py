"""Server-sent events of one lane: the whole state at once, after every change, and a sign of life in between.

The page's own stream says the whole state again as its sign of life: what a lane forgot to ring for heals by itself.
Nothing is queued: a slow page gets the newest state next, never a backlog of old ones.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from edge.domain.view import LaneView
    from edge.kiosk.lanes import Lane

HEARTBEAT_S = 3.0
STREAMS_MAX = 32
RETRY_MS = 1000

MEDIA_TYPE = "text/event-stream"
_ALIVE = b"event: alive\ndata: 1\n\n"


class TooManyStreamsError(Exception):
    """More pages listen than a gate has screens."""


class Streams:
    """All open streams of one kiosk, counted against STREAMS_MAX."""

    def __init__(self) -> None:
        self._open = 0

    def follow(self, lane: Lane, encode: Callable[[LaneView], bytes], event: str | None = None) -> AsyncIterator[bytes]:
        """Return the stream of one lane; with an `event` name it repeats itself; raises TooManyStreamsError."""
        if self._open >= STREAMS_MAX:
            raise TooManyStreamsError
        return self._follow(lane, encode, event)

    async def _follow(self, lane: Lane, encode: Callable[[LaneView], bytes], event: str | None) -> AsyncIterator[bytes]:
        name = f"event: {event}\n".encode() if event else b""
        self._open += 1
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            sent: int | None = None
            while True:
                view = lane.view()
                if view.id != sent:
                    sent = view.id
                    yield b"id: %d\n%bdata: %b\n\n" % (view.id, name, encode(view))
                    continue
                # No await stands between the look above and the wait below: no ring is missed.
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await lane.changed.wait()
                except TimeoutError:
                    if event is None:
                        yield _ALIVE
                    else:
                        sent = None
        finally:
            self._open -= 1
