"""The bare limits: what the libraries underneath need for the same work on the same machine, without the product."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Self

import nfc.clf
import nfc.tag
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair

from edge.adapters.nfc.device import close_frontend, open_frontend

if TYPE_CHECKING:
    from pathlib import Path

EVENT_BYTES = 986  # a signed scan event of the prototype's size (notes-edge §7)
VERIFIED = 4_000
BATCHES, BATCH = 20, 200


class BareReader:
    """nfcpy's own loop on a reader path: sense, activate, read NDEF; nothing else but opening again after an error."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.read: queue.Queue[float] = queue.Queue()  # monotonic second at which a message was read
        self._over = threading.Event()
        self._frontend = open_frontend(path)
        self._thread = threading.Thread(target=self._run, name="bare nfcpy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        close_frontend(self._frontend)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._serve()
            except OSError:  # the chip's answer came too late: happens on a machine that is busy with other things
                close_frontend(self._frontend)
                self._frontend = open_frontend(self._path)

    def _serve(self) -> None:
        present = False
        while not self._over.is_set():
            target = self._frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1)
            if target is None or present:
                present = target is not None
                continue
            tag = nfc.tag.activate(self._frontend, target)
            if tag is not None and tag.ndef is not None and tag.ndef.octets:
                self.read.put(time.monotonic())
                present = True


def verify_alone() -> float:
    """Ed25519 signatures a second that libsodium verifies in one thread."""
    public, secret = crypto_sign_seed_keypair(b"v" * 32)
    signed = crypto_sign(b"e" * EVENT_BYTES, secret)
    began_s = time.perf_counter()
    for _ in range(VERIFIED):
        crypto_sign_open(signed, public)
    return VERIFIED / (time.perf_counter() - began_s)


def insert_alone(folder: Path) -> float:
    """Rows a second that SQLite takes in batches, one transaction and one flush each (WAL, synchronous=FULL)."""
    with closing(sqlite3.connect(folder / f"bare-{time.monotonic_ns()}.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE event (gate TEXT, epoch INT, seq INT, jws BLOB, UNIQUE (gate, epoch, seq))")
        began_s = time.perf_counter()
        for batch in range(BATCHES):
            rows = [("GATE-1", 1, batch * BATCH + number, b"e" * EVENT_BYTES) for number in range(BATCH)]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
            connection.execute("COMMIT")
        return BATCHES * BATCH / (time.perf_counter() - began_s)
