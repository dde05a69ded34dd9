"""An ASGI application served for real on a free loopback port, in a thread of the test."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

STOP_S = 10.0
LAST_TURNS = 8  # of the loop, from an accepted connection to its protocol


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve `app` and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server)), daemon=True)
    thread.start()
    wait_for(lambda: server.started, what="the server listens")
    [listening] = server.servers
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(STOP_S)


async def _serve(server: uvicorn.Server) -> None:
    """Serve, and close what a browser has opened ahead in the last moment: uvicorn has told the others already."""
    await server.serve()
    for _ in range(LAST_TURNS):
        await asyncio.sleep(0)
        for connection in list(server.server_state.connections):
            connection.transport.abort()
