"""Documents on disk under the hash of their plain bytes; restricted ones lie there sealed, and only so (D5)."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloud.settings import Settings

SEALED = ".sealed"
DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The folder of documents, how large one may be, and how long personal ones stay once their purpose is over."""

    folder: Path
    size_max_bytes: int
    personal_keep_ms: int

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

    def older(self, before_ms: int) -> list[str]:
        """Return the names of documents that were put on the shelf before a moment."""
        files = self.folder.glob("*/[!.]*") if self.folder.is_dir() else ()
        old = (path for path in files if path.stat().st_mtime_ns // 1_000_000 < before_ms)
        return sorted({path.name.removesuffix(SEALED) for path in old})

    def sweep(self, before_ms: int) -> int:
        """Remove what a crash left half written before a moment; returns how many."""
        left = list(self.folder.glob("*/.incoming-*")) if self.folder.is_dir() else []
        old = [path for path in left if path.stat().st_mtime_ns // 1_000_000 < before_ms]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _place(self, sha256: str, *, sealed: bool) -> Path:
        return self.folder / sha256[:2] / (sha256 + SEALED if sealed else sha256)


def shelf(settings: Settings) -> Shelf:
    """Return the shelf that the settings describe."""
    documents = settings.documents
    return Shelf(
        folder=settings.path(documents.dir),
        size_max_bytes=documents.size_max_bytes,
        personal_keep_ms=round(documents.personal_keep_days * DAY_MS),
    )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
