"""Runs a shipped program under a wall clock that a test moves: python -m tests.system.shifted FILE MODULE ARGUMENT…

FILE holds the shift in nanoseconds as eight bytes, little-endian; every program that shares it lives at the same time.
Only the wall clock moves: waiting and time-outs go by the monotonic one, as they do when somebody sets a clock.
"""

from __future__ import annotations

import mmap
import runpy
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SHIFT = struct.Struct("<q")


@dataclass(frozen=True)
class Shift:
    """The file that says by how much the clocks are ahead."""

    path: Path

    def at_zero(self) -> Self:
        self.path.write_bytes(SHIFT.pack(0))
        return self

    @property
    def seconds(self) -> float:
        """By how much the clocks are ahead now."""
        return SHIFT.unpack(self.path.read_bytes())[0] / 1e9

    def add(self, seconds: float) -> None:
        """Move every clock that follows; eight bytes are written in one piece."""
        with self.path.open("r+b") as file:
            moved_ns = SHIFT.unpack(file.read(SHIFT.size))[0] + round(seconds * 1e9)
            file.seek(0)
            file.write(SHIFT.pack(moved_ns))

    def follow(self) -> None:
        """Let this process's wall clock follow the file from now on."""
        with self.path.open("rb") as file:
            shared = mmap.mmap(file.fileno(), SHIFT.size, access=mmap.ACCESS_READ)
        true_ns = time.time_ns
        time.time_ns = lambda: true_ns() + SHIFT.unpack(shared[:])[0]
        time.time = lambda: time.time_ns() / 1e9  # noqa: TID251


if __name__ == "__main__":
    Shift(Path(sys.argv[1])).follow()
    sys.argv[:] = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
