"""The processes of the cloud, each built from the settings: broker (where none is configured), ingest, work, web."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

import uvicorn

from cloud.adapters.broker import local_broker
from cloud.adapters.keystore import KeystoreError, open_keystore
from cloud.adapters.mqtt import Endpoint, IngestLoop, Publisher
from cloud.app.keys import signing_key
from cloud.app.supervisor import Child, Supervisor
from cloud.clock import now_ms
from cloud.flows import dispatch, receipts, watch
from cloud.flows.ingest import process_batch
from cloud.settings import SettingsError, read_secret
from cloud.store.engine import open_engine, upgrade
from cloud.store.photo_files import sweep
from cloud.web.app import create_app
from cloud.web.auth import token_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloud.flows.ingest import Incoming
    from cloud.settings import Settings

DISPATCH_EVERY_S = 0.25
DISPATCH_DELAY_MAX_S = 2.0
WATCH_EVERY_S = 1.0
SINKS_EVERY_S = 1.0
STEP_DELAY_MAX_S = 30.0
PARENT_EVERY_S = 1.0
GRACEFUL_STOP_S = 3
HOUR_MS = 3_600_000

_log = logging.getLogger(__name__)


def prepare(settings: Settings) -> None:
    """Make what the first start needs: folder, keys, token, tables; safe to run again and by several at once."""
    settings.path("").mkdir(parents=True, exist_ok=True)
    signing_key(settings.path(settings.keys.signing_file))
    token_of(settings.path(settings.web.token_file))
    engine = open_engine(settings.database_url)
    upgrade(engine)
    engine.dispose()


def endpoint(settings: Settings, name: str) -> Endpoint:
    """Return where the broker is, and who `name` is there."""
    mqtt = settings.mqtt
    return Endpoint(
        host=mqtt.host or "127.0.0.1",
        port=mqtt.port,
        client_id=f"{mqtt.client_id}-{name}",
        username=mqtt.username,
        password=read_secret(settings.path(mqtt.password_file)) if mqtt.password_file else "",
        ca_file=settings.path(mqtt.ca_file) if mqtt.ca_file else None,
        cert_file=settings.path(mqtt.cert_file) if mqtt.cert_file else None,
        key_file=settings.path(mqtt.key_file) if mqtt.key_file else None,
    )


def broker(settings: Settings, stop: threading.Event) -> None:
    """Keep a local broker up until `stop`; with a parent of ours it never outlives the supervisor."""
    local = local_broker(settings.path("broker"), settings.mqtt.port)
    _log.info("broker: %s on %s:%d", local.kind, local.host, local.port)
    Supervisor([Child(name=local.kind, command=local.command)]).run(stop)


def ingest(settings: Settings, stop: threading.Event) -> None:
    """Take in what the gates send until `stop`."""
    engine = open_engine(settings.database_url)
    key = signing_key(settings.path(settings.keys.signing_file))
    try:
        seal_keys = open_keystore(settings.path(settings.keys.seal_file))
    except KeystoreError as error:
        raise SettingsError(str(error)) from error

    def handle(batch: Sequence[Incoming]) -> Iterable[tuple[str, bytes]]:
        outcome = process_batch(engine, seal_keys, batch, now_ms())
        return [receipts.sign(receipt, key) for receipt in outcome.receipts]

    loop = IngestLoop(endpoint(settings, "ingest"), handle)
    _when(stop, loop.stop)
    loop.run()
    engine.dispose()


def work(settings: Settings, stop: threading.Event) -> None:
    """Run what runs by itself, each in a thread: dispatch, the rules that fire on silence, the sinks."""
    engine = open_engine(settings.database_url)
    publisher = Publisher(endpoint(settings, "dispatch"))
    sender = dispatch.Sender(
        key=signing_key(settings.path(settings.keys.signing_file)),
        publish=publisher.publish,
        lifetime_ms=round(settings.manifests.lifetime_h * HOUR_MS),
    )
    connected = threading.Event()

    def send() -> None:
        if connected.is_set():
            connected.clear()
            dispatch.begin(engine, now_ms())
        dispatch.send_due(engine, sender, now_ms())

    # A broker that we meet anew, at our start or after its own, may have forgotten every retained manifest.
    publisher.start(on_connect=connected.set)
    steps: list[tuple[str, Callable[[], object], float, float]] = [
        ("dispatch", send, DISPATCH_EVERY_S, DISPATCH_DELAY_MAX_S),
        ("watch", lambda: watch.check_due(engine, now_ms()), WATCH_EVERY_S, STEP_DELAY_MAX_S),
    ]
    threads = [
        threading.Thread(target=repeat, args=(name, step, every_s, delay_max_s, stop), name=name)
        for name, step, every_s, delay_max_s in steps
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    publisher.stop()
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


def web(settings: Settings, stop: threading.Event) -> None:
    """Serve pages and REST API until `stop`."""
    engine = open_engine(settings.database_url)
    swept = sweep(settings.path(settings.photos.dir))
    if swept:
        _log.info("removed %d half-received pictures", swept)
    app = create_app(engine, settings, token_of(settings.path(settings.web.token_file)))
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
    # uvicorn takes the signals over while it runs; `stop` still ends it when the supervisor is gone.
    def end() -> None:
        server.should_exit = True

    _when(stop, end)
    server.run()
    engine.dispose()


def _when(stop: threading.Event, end: Callable[[], None]) -> None:
    def watch() -> None:
        stop.wait()
        end()

    threading.Thread(target=watch, name="stop", daemon=True).start()


def leave_with_parent(stop: threading.Event) -> None:
    """Set `stop` when the process that started us is gone, however it went."""
    parent = os.getppid()

    def watch() -> None:
        while not stop.wait(PARENT_EVERY_S):
            if os.getppid() != parent:
                _log.warning("the supervisor is gone: stopping")
                stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
