"""Documents on disk under the hash of their plain bytes; restricted ones lie there sealed, and only so (D5)."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

SEALED = ".sealed"


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The folder of documents and how large one may be."""

    folder: Path
    size_max_bytes: int

    def keep(self, sha256: str, content: bytes, *, sealed: bool) -> None:
        """Put bytes under this name, on disk before this returns; a sealed copy takes the plain one's place."""
        place = self._place(sha256, sealed=sealed)
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".incoming-", dir=place.parent)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.chmod(0o440)
            path.replace(place)
        finally:
            path.unlink(missing_ok=True)
        if sealed:
            self._place(sha256, sealed=False).unlink(missing_ok=True)
        _sync(place.parent)

    def read(self, sha256: str) -> tuple[bytes, bool]:
        """Return the bytes as they lie there, and whether they are sealed.

        Raises:
            FileNotFoundError: Nothing lies under this name.
        """
        try:
            return self._place(sha256, sealed=True).read_bytes(), True
        except FileNotFoundError:
            return self._place(sha256, sealed=False).read_bytes(), False

    def remove(self, sha256: str) -> None:
        """Take a document away; one that is not there is no error."""
        for sealed in (True, False):
            self._place(sha256, sealed=sealed).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove what a crash left half written, at start; returns how many."""
        left = list(self.folder.glob("*/.incoming-*")) if self.folder.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _place(self, sha256: str, *, sealed: bool) -> Path:
        return self.folder / sha256[:2] / (sha256 + SEALED if sealed else sha256)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
