"""The process `ingest`: what the gates send, from the broker into the database."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from cloud.adapters.mqtt import IngestLoop, calm_collector
from cloud.adapters.verifier import Verifier
from cloud.app.keys import seal_keys, signing_key
from cloud.app.link import endpoint
from cloud.clock import now_ms
from cloud.flows import receipts
from cloud.flows.ingest import begin, process_surely
from cloud.store.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloud.flows.ingest import Begun, Incoming
    from cloud.settings import Settings


def ingest(settings: Settings, stop: threading.Event) -> None:
    """Take in what the gates send until `stop`."""
    engine = open_engine(settings.database_url)
    key = signing_key(settings.path(settings.keys.signing_file))
    keys_of_seals = seal_keys(settings)

    verifier = Verifier()

    def handle(batch: Sequence[Incoming], begun: Begun | None = None) -> Iterable[tuple[str, bytes]]:
        outcome = process_surely(engine, keys_of_seals, batch, now_ms(), begun)
        return [receipts.sign(receipt, key) for receipt in outcome.receipts]

    def begin_with(batch: Sequence[Incoming]) -> Callable[[], Iterable[tuple[str, bytes]]]:
        return partial(handle, batch, begin(engine, batch, verifier))

    loop = IngestLoop(endpoint(settings, "ingest"), handle, begin=begin_with)

    def end() -> None:
        stop.wait()
        loop.stop()

    threading.Thread(target=end, name="stop", daemon=True).start()
    verifier.start()
    calm_collector()
    loop.run()
    verifier.close()
    engine.dispose()
