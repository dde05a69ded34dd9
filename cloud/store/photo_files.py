"""Pictures on disk: written once under the hash of their bytes, complete or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from typing import TYPE_CHECKING, Self

from schemas.envelope import b64url

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

SUFFIX = ".jpg"


def relative_path(sha256: str) -> str:
    """Return where the bytes of this hash lie below the photo directory; 4,096 folders keep each of them short."""
    return f"{sha256[:2]}/{sha256}{SUFFIX}"


class Incoming:
    """A picture while it arrives: a file without a name that becomes one only if its bytes are the promised ones."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._hash = hashlib.sha256()
        handle, name = tempfile.mkstemp(prefix=".incoming-", dir=folder)
        self._file = os.fdopen(handle, "wb")
        self._path = folder / name
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def write(self, chunk: bytes) -> None:
        """Add bytes."""
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        """Hash of the bytes so far, base64url."""
        return b64url(self._hash.digest())

    def keep(self) -> str:
        """Put the bytes under their hash, on disk before this returns; returns the relative path."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        name = relative_path(self.sha256)
        place = self._folder / name
        place.parent.mkdir(exist_ok=True)
        self._path.chmod(0o440)
        self._path.replace(place)  # the same bytes, should they be there already
        for folder in (place.parent, self._folder):
            _sync(folder)
        return name

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> int:
    """Remove what a crash left half written, at start; returns how many."""
    left = list(folder.glob(".incoming-*")) if folder.is_dir() else []
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
