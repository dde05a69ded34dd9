"""Opening and closing a reader: paths that nfcpy does not know, and devices that were pulled while open."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import nfc
import nfc.clf
import nfc.clf.pn532
import nfc.clf.transport

log = logging.getLogger(__name__)


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


def describe(frontend: Any) -> str:
    """Name the chip for the technician; nfcpy's own text is empty for a PN532."""
    return str(getattr(frontend.device, "chipset_name", None) or frontend.device or "")


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


def _close_tty(transport: Any) -> None:
    # transport.close() flushes first and raises termios.error (no OSError) on a pulled device: the descriptor leaks
    with contextlib.suppress(Exception):
        transport.tty.close()
