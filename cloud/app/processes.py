"""What every process of the cloud begins with: folder, keys and tables made, and a loop that survives errors."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cloud.app.keys import api_token, papers_keys, signing_key, vault
from cloud.settings import SettingsError
from cloud.store.engine import SchemaError, open_engine, upgrade

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from cloud.settings import Settings

_log = logging.getLogger(__name__)


def prepare(settings: Settings) -> None:
    """Make what the first start needs; safe to run again and by several at once. Raises SettingsError."""
    settings.path("").mkdir(parents=True, exist_ok=True)
    signing_key(settings.path(settings.keys.signing_file))
    api_token(settings.path(settings.web.token_file))
    papers_keys(settings.path(settings.keys.papers_file))
    vault(settings.path(settings.keys.vault_file))
    engine = open_engine(settings.database_url)
    try:
        upgrade(engine)
    except SchemaError as error:
        raise SettingsError(f"{error}; 示範請加 · for the demo: make demo ARGS=--fresh") from error
    finally:
        engine.dispose()


def repeat(name: str, step: Callable[[], object], every_s: float, delay_max_s: float, stop: threading.Event) -> None:
    """Run `step` again and again until `stop`; an error is logged and tried again with back-off."""
    delay_s = every_s
    while not stop.wait(delay_s):
        try:
            step()
        except Exception as error:  # noqa: BLE001 -- whatever it was, what is due stays due
            delay_s = min(delay_s * 2, delay_max_s)
            _log.warning("%s: %s: %s; again in %.1f s", name, type(error).__name__, error, delay_s)
        else:
            delay_s = every_s
