"""The kiosk page served inside the agent's own loop."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from edge.settings import Kiosk

GRACE_S = 1  # for streams that are still open
WAITING_MAX = 64  # connections at the door


class KioskServer(uvicorn.Server):
    """Uvicorn that leaves signals to the agent and ends only when told."""

    def __init__(self, app: FastAPI, settings: Kiosk) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACE_S,
                backlog=WAITING_MAX,
            )
        )

    async def run_until_told(self) -> None:
        """Serve until `end` is called; RuntimeError if the page cannot be served."""
        try:
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
