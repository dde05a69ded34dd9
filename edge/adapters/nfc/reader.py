"""The thread that owns an NFC reader: senses, reports each presentation once, and reopens whatever breaks."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any

from edge.adapters.nfc.card import TORN, is_present, read, same_card, sense, uid_of
from edge.adapters.nfc.device import close_frontend, describe, open_frontend
from edge.ports import ReaderStatus, Tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.adapters.nfc.card import Reading

log = logging.getLogger(__name__)

POLL_S = 0.03  # between two looks for a card; nfcpy has no pause of its own with iterations=1
ABSENT_S = 0.15  # a card is gone when it was not seen for this long: one missed poll is no second presentation
STEADY_S = 1.0  # a reader that served so long and stumbles is opened again without a word
REOPEN_DELAY_MIN_S = 0.5
REOPEN_DELAY_MAX_S = 10.0
STOP_WAIT_MAX_S = 5.0


class NfcReader:
    """An NFC reader at `path`; implements `edge.ports.Reader`.

    `monotonic_s` is the agent's clock; `poll_s` the pause between two looks for a card; a reader that cannot be opened
    is tried again after `reopen_delay_s`, then after twice as long, and so on up to REOPEN_DELAY_MAX_S.
    """

    def __init__(
        self,
        path: str,
        *,
        monotonic_s: Callable[[], float],
        poll_s: float = POLL_S,
        reopen_delay_s: float = REOPEN_DELAY_MIN_S,
    ) -> None:
        self._path = path
        self._monotonic_s = monotonic_s
        self._poll_s = poll_s
        self._reopen_delay_s = reopen_delay_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._emit: Callable[[Tap | ReaderStatus], None] = lambda _event: None
        self._up: bool | None = None  # as last reported
        self._held = ""  # UID of the card that lies there and was reported
        self._torn = ""  # UID whose broken read was reported; it is read again while it stays
        self._seen_mono_s = 0.0  # when any card was last seen

    def start(self, on_event: Callable[[Tap | ReaderStatus], None]) -> None:
        """Begin to sense; `on_event` is called on the running asyncio loop of the caller."""
        loop = asyncio.get_running_loop()

        def emit(event: Tap | ReaderStatus) -> None:
            try:
                loop.call_soon_threadsafe(on_event, event)
            except RuntimeError:  # the loop is closed: nobody listens any more
                self._stop.set()

        self._emit = emit
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name=f"nfc {self._path}", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Close the device and end the thread."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, STOP_WAIT_MAX_S)

    def _run(self) -> None:
        delay_s = self._reopen_delay_s / 2
        while not self._stop.is_set():
            trouble, served_s = self._serve_once()
            if self._stop.is_set():
                return
            if served_s is not None and served_s >= STEADY_S:
                # One lost answer on the wire is no dead reader: open it again at once, and tell only if that fails.
                log.info("reader %s: %s; opening it again", self._path, trouble)
                continue
            delay_s = min(delay_s * 2, REOPEN_DELAY_MAX_S) if served_s is None else self._reopen_delay_s
            self._report(up=False, detail=trouble)
            self._held = self._torn = ""  # nobody knows what lay there meanwhile
            self._stop.wait(delay_s)

    def _serve_once(self) -> tuple[str, float | None]:
        """Open the device and serve it until it fails or we are told to stop: what went wrong, and seconds served.

        The seconds are None where it could not even be opened.
        """
        frontend, opened_s = None, self._monotonic_s()
        try:
            frontend = open_frontend(self._path)
            self._report(up=True, detail=describe(frontend))
            self._serve(frontend)
        except Exception as error:  # noqa: BLE001 - OSError, termios.error, USBError, Chipset.Error: all mean "reopen"
            served_s = None if frontend is None else self._monotonic_s() - opened_s
            return f"{type(error).__name__}: {error}", served_s
        finally:
            if frontend is not None:
                close_frontend(frontend)
        return "", 0.0

    def _report(self, *, up: bool, detail: str) -> None:
        if self._up is not up:
            self._up = up
            self._emit(ReaderStatus(up=up, detail=detail))

    def _serve(self, frontend: Any) -> None:
        while not self._stop.is_set():
            target = sense(frontend)
            now_s = self._monotonic_s()
            if target is None:
                if now_s - self._seen_mono_s > ABSENT_S:
                    self._held = self._torn = ""
                self._stop.wait(self._poll_s)
                continue
            self._seen_mono_s = now_s
            if same_card(uid_of(target), self._held):
                self._stop.wait(self._poll_s)
            else:
                self._present(frontend, target, now_s)

    def _present(self, frontend: Any, target: Any, seen_mono_s: float) -> None:
        """Read one card, report it, and wait until it leaves."""
        uid = uid_of(target)
        try:
            reading = read(frontend, target)
        except Exception:
            self._tell_torn(uid, seen_mono_s)  # the reader broke down over it: for the person the same as a torn tap
            raise
        if reading.outcome == "TORN":
            self._tell_torn(uid, seen_mono_s)
            self._stop.wait(self._poll_s)
            return
        self._held, self._torn = uid, ""
        self._emit(self._tap(uid, reading, seen_mono_s))
        while reading.tag is not None and not self._stop.is_set() and is_present(reading.tag):
            self._seen_mono_s = self._monotonic_s()
            self._stop.wait(self._poll_s)

    def _tell_torn(self, uid: str, seen_mono_s: float) -> None:
        """Report a torn tap once; while the card stays it is read again, and only success is news."""
        self._held = ""
        if not same_card(uid, self._torn):
            self._torn = uid
            self._emit(self._tap(uid, TORN, seen_mono_s))

    def _tap(self, uid: str, reading: Reading, seen_mono_s: float) -> Tap:
        return Tap(
            uid=uid,
            chip=reading.chip,
            outcome=reading.outcome,
            ndef=reading.ndef,
            seen_mono_s=seen_mono_s,
            read_s=self._monotonic_s() - seen_mono_s,
        )
