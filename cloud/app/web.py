"""The process `web`: pages for people and the REST API for systems."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import uvicorn

from cloud.app.keys import api_token, single_window, vault
from cloud.store.engine import open_engine
from cloud.store.photo_files import sweep
from cloud.web.app import create_app

if TYPE_CHECKING:
    from cloud.settings import Settings

GRACEFUL_STOP_S = 3

_log = logging.getLogger(__name__)


def web(settings: Settings, stop: threading.Event) -> None:
    """Serve until `stop`."""
    engine = open_engine(settings.database_url)
    if swept := sweep(settings.path(settings.photos.dir)):
        _log.info("removed %d half-received pictures", swept)
    token = api_token(settings.path(settings.web.token_file))
    app = create_app(engine, settings, token, vault(settings.path(settings.keys.vault_file)))
    app.state.assertor = single_window(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.web.host,
            port=settings.web.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACEFUL_STOP_S,
        )
    )

    app.state.leaving = lambda: server.should_exit  # open streams end then, instead of holding the server back

    def end() -> None:
        stop.wait()
        server.should_exit = True

    # uvicorn takes the signals over while it runs; `stop` ends it for a caller that sends none.
    threading.Thread(target=end, name="stop", daemon=True).start()
    server.run()
    engine.dispose()
