"""The process `work`: what runs by itself, each in a thread: dispatch, the rules that fire on silence, the sinks."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.adapters.mqtt import Publisher
from cloud.app.keys import papers_keys, seal_keys, signing_key, vault
from cloud.app.link import endpoint
from cloud.app.processes import repeat
from cloud.clock import now_ms
from cloud.customs.taking import House
from cloud.flows import custody, dispatch, inbox, papers, photo_expiry, watch
from cloud.flows.sinks import Projection
from cloud.registry.accounts import expiry as accounts_expiry
from cloud.settings import read_secret
from cloud.store.document_files import shelf
from cloud.store.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from cloud.settings import Settings

DISPATCH_EVERY_S = 0.25
DISPATCH_DELAY_MAX_S = 2.0
WATCH_EVERY_S = 1.0
SINKS_EVERY_S = 1.0
PAPERS_EVERY_S = 1.0
INBOX_EVERY_S = 1.0
CHASE_EVERY_S = 60.0
DELAY_MAX_S = 30.0
EXPIRY_EVERY_S = 3_600.0
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing done again and again."""

    name: str
    step: Callable[[], object]
    every_s: float
    delay_max_s: float = DELAY_MAX_S


def work(settings: Settings, stop: threading.Event) -> None:
    """Run all tasks until `stop`."""
    engine = open_engine(settings.database_url)
    publisher = Publisher(endpoint(settings, "dispatch"))
    tasks = [
        _dispatch(settings, engine, publisher),
        Task(name="watch", step=lambda: watch.check_due(engine, now_ms()), every_s=WATCH_EVERY_S),
        Task(name="sessions", step=lambda: _end_sessions(settings, engine), every_s=EXPIRY_EVERY_S),
        Task(name="photos", step=lambda: _expire(settings, engine), every_s=EXPIRY_EVERY_S),
        *_custody(settings, engine),
        _papers(settings, engine),
        *_inbox(settings, engine),
        *_sinks(settings, engine),
    ]
    threads = [
        threading.Thread(
            target=repeat, args=(task.name, task.step, task.every_s, task.delay_max_s, stop), name=task.name
        )
        for task in tasks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    publisher.stop()
    engine.dispose()


def _dispatch(settings: Settings, engine: Engine, publisher: Publisher) -> Task:
    sender = dispatch.Sender(
        key=signing_key(settings.path(settings.keys.signing_file)),
        publish=publisher.publish,
        lifetime_ms=round(settings.manifests.lifetime_h * HOUR_MS),
        seal_keys=seal_keys(settings),
        papers_key=papers_keys(settings.path(settings.keys.papers_file)).public,
    )
    connected = threading.Event()

    def send() -> None:
        if connected.is_set():
            connected.clear()
            dispatch.begin(engine, now_ms())
        dispatch.send_due(engine, sender, now_ms())

    # A broker that we meet anew, at our start or after its own, may have forgotten every retained manifest.
    publisher.start(on_connect=connected.set)
    return Task(name="dispatch", step=send, every_s=DISPATCH_EVERY_S, delay_max_s=DISPATCH_DELAY_MAX_S)


def _expire(settings: Settings, engine: Engine) -> int:
    before_ms = now_ms() - round(settings.photos.unclaimed_keep_days * DAY_MS)
    return photo_expiry.expire(engine, settings.path(settings.photos.dir), before_ms)


def _custody(settings: Settings, engine: Engine) -> list[Task]:
    where, unclaimed_ms = shelf(settings), round(settings.documents.unclaimed_keep_days * DAY_MS)

    def expire() -> int:
        at_ms = now_ms()
        return custody.expire(engine, where, at_ms, at_ms - unclaimed_ms) + custody.tidy(engine, where, at_ms)

    return [
        Task(name="holds", step=lambda: custody.chase(engine, now_ms()), every_s=CHASE_EVERY_S),
        Task(name="documents", step=expire, every_s=EXPIRY_EVERY_S),
    ]


def _papers(settings: Settings, engine: Engine) -> Task:
    room = papers.Room(
        folder=settings.path(settings.photos.dir),
        keys=papers_keys(settings.path(settings.keys.papers_file)),
        vault=vault(settings.path(settings.keys.vault_file)),
        shelf=shelf(settings),
    )
    begun = threading.Event()

    def settle() -> None:
        if not begun.is_set():
            papers.begin(engine)  # the keys were read anew
            begun.set()
        papers.settle(engine, room, now_ms())

    return Task(name="papers", step=settle, every_s=PAPERS_EVERY_S)


def _inbox(settings: Settings, engine: Engine) -> list[Task]:
    if not settings.inbox.dir:
        return []
    house = House(
        engine=engine,
        vault=vault(settings.path(settings.keys.vault_file)),
        actor=inbox.INBOX,
        bytes_max=settings.inbox.message_max_bytes,
    )
    watched = inbox.Inbox(folder=settings.path(settings.inbox.dir), sender=settings.inbox.sender, house=house)
    return [Task(name="inbox", step=lambda: inbox.take_files(watched, now_ms), every_s=INBOX_EVERY_S)]


def _end_sessions(settings: Settings, engine: Engine) -> None:
    accounts_expiry.expire(engine, round(settings.accounts.idle_min * MINUTE_MS), now_ms())


def _sinks(settings: Settings, engine: Engine) -> list[Task]:
    series = settings.timeseries
    if not series.url:
        return []
    from cloud.adapters.influx import Influx  # noqa: PLC0415 -- a second of imports for those who have such a server

    token = read_secret(settings.path(series.token_file)) if series.token_file else ""
    projection = Projection(engine, Influx(series.url, series.org, series.bucket, token))
    return [Task(name="influx", step=lambda: projection.step(now_ms()), every_s=SINKS_EVERY_S)]
