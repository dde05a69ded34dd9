"""The high-water mark: the last record of the chain, kept outside the database so that a lost tail is noticed.

Two slots are written in turn and each carries its own checksum: a power cut during a write spoils one of them.
A database that was emptied, truncated or lost its WAL opens as a healthy, shorter one (notes-edge §6).
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

SLOT_BYTES = 256
_SLOTS = 2


class Mark(NamedTuple):
    """The last record known: epoch, sequence and hash of its bytes."""

    epoch: int
    seq: int
    hash: str


class HighWater:
    """The mark's file; opened once, written in place, one flush a mark."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._next = 0
        self.mark = self._read()

    def raise_to(self, mark: Mark) -> None:
        """Write the mark and flush it to the medium; OSError if the medium refuses."""
        text = f"{mark.epoch} {mark.seq} {mark.hash}".encode()
        line = b"%08x %s" % (zlib.crc32(text), text)
        os.pwrite(self._file, line.ljust(SLOT_BYTES - 1) + b"\n", self._next * SLOT_BYTES)
        os.fdatasync(self._file)
        self._next = (self._next + 1) % _SLOTS
        self.mark = mark

    def close(self) -> None:
        """Release the file."""
        os.close(self._file)

    def _read(self) -> Mark | None:
        """Take the higher of the two slots that are whole, and write over the other one next."""
        slots = [_parse(os.pread(self._file, SLOT_BYTES, number * SLOT_BYTES)) for number in range(_SLOTS)]
        best = max((mark for mark in slots if mark is not None), default=None, key=lambda mark: mark[:2])
        self._next = (slots.index(best) + 1) % _SLOTS if best is not None else 0
        return best


def _parse(slot: bytes) -> Mark | None:
    checksum, _, text = slot.rstrip().partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        epoch, seq, fingerprint = text.decode("ascii").split(" ")
        return Mark(int(epoch), int(seq), fingerprint)
    except ValueError:
        return None
