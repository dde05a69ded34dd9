"""NFC reader through nfcpy: one thread owns the device, senses, reads and reopens it; events hop to the agent's loop.

Nothing here judges a card. A read that broke off is TORN, never "no seal" (R-060); an odd card never stops the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any, Literal

import nfc
import nfc.clf
import nfc.clf.pn532
import nfc.clf.transport
import nfc.tag

from edge.ports import ReaderStatus, Tap

if TYPE_CHECKING:
    from collections.abc import Callable

# nfcpy turns on INFO and the capture of warnings for the whole process when imported, and logs every retry as an error.
logging.captureWarnings(capture=False)
for _name in ("nfc", "nfc.clf", "nfc.tag"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

log = logging.getLogger(__name__)

Chip = Literal["NTAG424", "NTAG213", "OTHER"]
Outcome = Literal["READ", "UID_ONLY", "TORN"]

READ_ATTEMPTS = 3
POLL_S = 0.1  # between two looks for a card; nfcpy has no pause of its own with iterations=1
ABSENT_S = 0.15  # a card is gone when it was not seen for this long: one missed poll is no second presentation
REOPEN_DELAY_MIN_S = 0.5
REOPEN_DELAY_MAX_S = 10.0
STOP_WAIT_MAX_S = 5.0
ISO_DEP_BIT = 0x20  # SAK bit 6: the card speaks ISO 14443-4
NFC_DEP_ONLY = 0x40  # SAK of a telephone that offers peer-to-peer only
RANDOM_UID_DIGITS = 8
RANDOM_UID = "08"  # first byte of a 4-byte UID drawn anew at each activation (ISO 14443-3 §6.5.4)
CRYPTO1_BIT = 0x08  # SAK of the MIFARE Classic family: the UID is all that can be read
NTAG_VERSION = b"\x04\x04"  # GetVersion: made by NXP, family NTAG
NTAG424_MAJOR = 0x30


def open_frontend(path: str) -> Any:
    """Open a reader by path: "usb:…", "udp:HOST:PORT", "tty:AMA0:pn532", or "tty:/any/device:pn532".

    nfcpy looks up serial names under /dev by a pattern; a path of a device is opened by its transport directly.
    Raises OSError (absent, silent) and whatever pyserial and termios raise.
    """
    if not path.startswith("tty:/"):
        return nfc.ContactlessFrontend(path)
    device, _, driver = path.removeprefix("tty:").rpartition(":")
    if driver != "pn532":
        raise OSError(f"no driver {driver!r} for a serial reader; write tty:{device}:pn532")
    transport = nfc.clf.transport.TTY(device)
    try:
        chip = nfc.clf.pn532.init(transport)
    except Exception:
        _close_tty(transport)
        raise
    frontend = nfc.ContactlessFrontend()
    frontend.device = chip
    return frontend


def _close_tty(transport: Any) -> None:
    # transport.close() flushes first and raises termios.error (no OSError) on a pulled device: the descriptor leaks
    with contextlib.suppress(Exception):
        transport.tty.close()


def close_frontend(frontend: Any) -> None:
    """Close whatever state the device is in, without leaking its file descriptor."""
    device = frontend.device
    try:
        frontend.close()
    except Exception as error:  # noqa: BLE001 - termios.error, SerialException, USBError: nfcpy catches only OSError
        log.debug("closing the reader: %r", error)
        frontend.device = None
        with contextlib.suppress(AttributeError):
            _close_tty(device.chipset.transport)


class NfcReader:
    """An NFC reader at `path`; implements `edge.ports.Reader`.

    `monotonic_s` is the agent's clock; `poll_s` the pause between two looks for a card.
    """

    def __init__(self, path: str, *, monotonic_s: Callable[[], float], poll_s: float = POLL_S) -> None:
        self._path = path
        self._monotonic_s = monotonic_s
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._emit: Callable[[Tap | ReaderStatus], None] = lambda _event: None
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
        delay_s, up = REOPEN_DELAY_MIN_S, None
        while not self._stop.is_set():
            frontend = None
            try:
                frontend = open_frontend(self._path)
                delay_s, up = REOPEN_DELAY_MIN_S, True
                self._emit(ReaderStatus(up=True, detail=_describe(frontend)))
                self._serve(frontend)
            except Exception as error:  # noqa: BLE001 - OSError, termios.error, USBError, Chipset.Error: all mean "reopen"
                if up is not False:
                    up = False
                    self._emit(ReaderStatus(up=False, detail=f"{type(error).__name__}: {error}"))
            finally:
                if frontend is not None:
                    close_frontend(frontend)
            self._stop.wait(delay_s)
            delay_s = min(delay_s * 2, REOPEN_DELAY_MAX_S)

    def _serve(self, frontend: Any) -> None:
        self._held = self._torn = ""
        while not self._stop.is_set():
            target = _sense(frontend)
            now_s = self._monotonic_s()
            if target is None:
                if now_s - self._seen_mono_s > ABSENT_S:
                    self._held = self._torn = ""
                self._stop.wait(self._poll_s)
                continue
            self._seen_mono_s = now_s
            uid = _uid(target)
            if _same_card(uid, self._held):
                self._stop.wait(self._poll_s)
                continue
            self._present(frontend, target, now_s)

    def _present(self, frontend: Any, target: Any, seen_mono_s: float) -> None:
        """Read one card, report it, and wait until it leaves."""
        uid = _uid(target)
        outcome, chip, ndef, tag = _read(frontend, target)
        tap = Tap(
            uid=uid,
            chip=chip,
            outcome=outcome,
            ndef=ndef,
            seen_mono_s=seen_mono_s,
            read_s=self._monotonic_s() - seen_mono_s,
        )
        if outcome == "TORN":
            self._held = ""
            if not _same_card(uid, self._torn):
                self._torn = uid
                self._emit(tap)
            self._stop.wait(self._poll_s)
            return
        self._held, self._torn = uid, ""
        self._emit(tap)
        while tag is not None and not self._stop.is_set() and _is_present(tag):
            self._seen_mono_s = self._monotonic_s()
            self._stop.wait(self._poll_s)


def _describe(frontend: Any) -> str:
    # str(frontend) is empty for a PN532
    return str(getattr(frontend.device, "chipset_name", None) or frontend.device or "")


def _sense(frontend: Any) -> Any:
    return frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1)


def _uid(target: Any) -> str:
    return bytes(target.sdd_res or b"").hex().upper()


def _sak(target: Any) -> int:
    return int(target.sel_res[0]) if target.sel_res else 0


def _same_card(uid: str, before: str) -> bool:
    if not before:
        return False
    both_random = all(len(each) == RANDOM_UID_DIGITS and each.startswith(RANDOM_UID) for each in (uid, before))
    return uid == before or both_random


def _is_present(tag: Any) -> bool:
    try:
        return bool(tag.is_present)
    except (nfc.clf.CommunicationError, nfc.tag.TagCommandError):
        return False


def _read(frontend: Any, target: Any) -> tuple[Outcome, Chip, bytes | None, Any]:
    """Read the NDEF message, trying again while the card is there; (outcome, chip, exact bytes, tag for presence)."""
    first_uid, odd = _uid(target), False
    if _sak(target) & (ISO_DEP_BIT | CRYPTO1_BIT) == CRYPTO1_BIT:
        return "UID_ONLY", "OTHER", None, None  # any command would only silence it until it is selected again
    for attempt in range(READ_ATTEMPTS):
        tag, odd = _activate(frontend, target)
        chip = _chip(tag, target) if tag is not None else None
        octets = _ndef_octets(tag) if chip is not None else None
        if chip is not None and octets:
            return "READ", chip, octets, tag
        if chip is not None and attempt > 0 and _is_present(tag):
            return "UID_ONLY", chip, None, tag
        target = _sense(frontend)
        if target is None or _uid(target) != first_uid:
            break
    return ("UID_ONLY" if odd and target is not None else "TORN"), "OTHER", None, None


def _activate(frontend: Any, target: Any) -> tuple[Any, bool]:
    """Activate the card: (tag or None, whether the card is odd rather than gone)."""
    if _sak(target) & (ISO_DEP_BIT | NFC_DEP_ONLY) == NFC_DEP_ONLY:
        return None, True
    try:
        return nfc.tag.activate(frontend, target), False
    except (IndexError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, AssertionError) as error:
        # e.g. an ATS without TA and TB: IndexError out of nfcpy; a visitor's card must not stop the lane
        log.debug("odd card: %r", error)
        return None, True


def _ndef_octets(tag: Any) -> bytes | None:
    """Return the exact bytes of the NDEF message; None for no NDEF as well as for a broken read. Read once only.

    `has_changed` or a second look would make a SUN tag count again.
    """
    try:
        ndef = tag.ndef
        return None if ndef is None else bytes(ndef.octets)
    except (
        nfc.clf.CommunicationError,
        nfc.tag.TagCommandError,
        RuntimeError,
        IndexError,
        ValueError,
        TypeError,
    ) as error:
        log.debug("read broke off: %r", error)  # e.g. the card left inside a waiting-time extension
        return None


def _chip(tag: Any, target: Any) -> Chip | None:
    """Tell the chip by what it says of itself (SAK, GetVersion), not by nfcpy's class, which guesses; None: it left."""
    if not _sak(target) & ISO_DEP_BIT:
        return "NTAG213" if "NTAG213" in str(tag.product) else "OTHER"  # after GET_VERSION by nfcpy
    try:
        version = bytes(tag.send_apdu(0x90, 0x60, 0, 0, mrl=256, check_status=False))
    except (nfc.clf.CommunicationError, nfc.tag.TagCommandError, RuntimeError, IndexError, ValueError) as error:
        log.debug("no answer to GetVersion: %r", error)
        return None
    known = version.startswith(NTAG_VERSION) and len(version) > 3 and version[3] == NTAG424_MAJOR  # noqa: PLR2004 - byte 3
    return "NTAG424" if known else "OTHER"
