"""The page's server ends without complaint: told to, or with the rest of an agent that fails."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from edge.app.kiosk import KioskServer
from edge.settings import Kiosk
from tests.waiting import eventually


@pytest.fixture
def site():
    """A page with a stream that never ends, and what was opened and closed with it."""
    passed = []

    @contextlib.asynccontextmanager
    async def lifespan(_app):
        passed.append("opened")
        try:
            yield
        finally:
            passed.append("closed")

    async def words():
        while True:
            yield b"data: still here\n\n"
            await asyncio.sleep(0.05)

    app = FastAPI(lifespan=lifespan)
    app.add_api_route("/events", lambda: StreamingResponse(words(), media_type="text/event-stream"))
    return KioskServer(app, Kiosk(port=0)), passed


async def test_pages_that_are_still_open_at_the_stop_leave_no_traceback(site, caplog):
    server, passed = site
    async with asyncio.TaskGroup() as group:
        group.create_task(server.run_until_told())
        await eventually(lambda: server.started)
        reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
        writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"still here")
        server.end()
    writer.close()
    await asyncio.sleep(0)
    assert passed == ["opened", "closed"]
    assert "Traceback" not in caplog.text


async def test_an_agent_that_fails_takes_the_page_along_without_a_second_traceback(site, caplog):
    server, passed = site
    before = asyncio.all_tasks()
    serving = asyncio.create_task(server.run_until_told())
    await eventually(lambda: server.started)
    serving.cancel()
    left = asyncio.all_tasks() - before
    for task in left:  # as the end of the loop does
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for listener in server.servers:
        listener.close()
    assert passed == ["opened", "closed"]
    assert "Traceback" not in caplog.text
