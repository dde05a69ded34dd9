"""The web application over a database of its own, in a thread: it can be stopped and started again on its port."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import httpx
import uvicorn
from sqlalchemy import insert

from cloud import clock
from cloud.registry.accounts import sessions
from cloud.settings import Settings
from cloud.store import schema
from cloud.store.engine import open_engine, writing
from cloud.web.app import create_app
from cloud.web.auth import COOKIE
from tests.servers import LOOPBACK, free_port
from tests.waiting import wait_for
from tests.web.board_story import Story

if TYPE_CHECKING:
    from pathlib import Path

GRACE_S = 1
TOKEN = "a-session-of-the-tests"  # opens the board as the centre does


class BoardServer:
    """One address that may be served, silent, and served again."""

    def __init__(self, folder: Path, migrated: Path, port: int = 0) -> None:
        self.settings = Settings(state_dir=str(folder))
        shutil.copy(migrated, folder / "cloud.db")
        self.engine = open_engine(self.settings.database_url)
        self._sign_in()
        photos = self.settings.path(self.settings.photos.dir)
        photos.mkdir(exist_ok=True)
        self.story = Story(self.engine, photos, clock.now_ms())
        self.port = port or free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def _sign_in(self) -> None:
        """Have somebody of the centre signed in for as long as the tests take."""
        now_ms = clock.now_ms()
        who = {"name": "center", "roles": ["CENTRE"], "sites": [], "password": "!", "must_change": 0}
        held = {"token_hash": sessions.hashed(TOKEN), "account": "center", "begun_ms": now_ms, "seen_ms": now_ms}
        with writing(self.engine) as connection:
            connection.execute(insert(schema.account).values(who | {"created_ms": now_ms}))
            connection.execute(insert(schema.session).values(held | {"expires_ms": now_ms + 3_600_000}))

    @property
    def cookies(self) -> dict[str, str]:
        return {COOKIE: TOKEN}

    def get(self, path: str = "/", **headers: str) -> httpx.Response:
        """Ask for a page as somebody of the centre."""
        return httpx.get(self.url + path, headers=headers, cookies=self.cookies)

    def start(self) -> None:
        self.app = create_app(self.engine, self.settings, "t" * 32)
        config = uvicorn.Config(
            self.app, host=LOOPBACK, port=self.port, log_level="warning", timeout_graceful_shutdown=GRACE_S, ws="none"
        )
        server = uvicorn.Server(config)
        self.app.state.leaving = lambda: server.should_exit
        self._server, self._thread = server, threading.Thread(target=server.run, daemon=True)
        self._thread.start()
        wait_for(lambda: server.started, what="the web application")

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
            assert not self._thread.is_alive()
        self._server = self._thread = None

    def close(self) -> None:
        self.stop()
        self.engine.dispose()
