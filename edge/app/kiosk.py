"""The kiosk page served inside the agent's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from edge.settings import Kiosk

GRACE_S = 1  # for streams that are still open
WAITING_MAX = 64  # connections at the door


def _worth_saying(record: logging.LogRecord) -> bool:
    """Drop what uvicorn says of requests that were open at the stop: each page holds a stream, none is a fault."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class KioskServer(uvicorn.Server):
    """Uvicorn that leaves signals to the agent and ends only when told."""

    def __init__(self, app: FastAPI, settings: Kiosk) -> None:
        self._app = app
        logging.getLogger("uvicorn.error").addFilter(_worth_saying)
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACE_S,
                backlog=WAITING_MAX,
                lifespan="off",  # uvicorn's own would outlive an agent that fails, and complain of being cancelled
            )
        )

    async def run_until_told(self) -> None:
        """Serve until `end` is called; RuntimeError if the page cannot be served."""
        try:
            async with self._app.router.lifespan_context(self._app):
                await self.serve()
        except SystemExit as error:  # uvicorn's way of saying that the port is taken
            raise RuntimeError("the kiosk page cannot be served on its port") from error
        if not self.should_exit:
            raise RuntimeError("the kiosk page ended by itself")

    def end(self) -> None:
        """Let the open requests finish, within the grace."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
