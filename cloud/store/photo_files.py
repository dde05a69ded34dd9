"""Pictures on disk: written once under the hash of their bytes, complete or not at all; halves wait apart."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from typing import TYPE_CHECKING, Self

from schemas.envelope import b64url

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

SUFFIXES = {"PHOTO": ".jpg", "TEST": ".jpg", "PAPER": ".jwe", "DIAGNOSTICS": ".zip"}  # by kind of upload
PARTIAL = "partial"
READ_BYTES = 1_048_576


def relative_path(sha256: str, kind: str = "PHOTO") -> str:
    """Return where the bytes of this hash lie below the photo directory; 4,096 folders keep each of them short."""
    return f"{sha256[:2]}/{sha256}{SUFFIXES[kind]}"


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

    def keep(self, kind: str = "PHOTO") -> str:
        """Put the bytes under their hash, on disk before this returns; returns the relative path."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return _put_away(self._path, self._folder, relative_path(self.sha256, kind))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


class Resumed:
    """A picture that comes in pieces over a poor line: what has arrived waits under the names of gate and hash.

    It survives restarts, though not every power cut: only the whole is checked against its hash and put on disk for
    good. One writer at a time; whoever comes second waits.
    """

    def __init__(self, folder: Path, gate: str, sha256: str) -> None:
        self._folder = folder
        self._sha256 = sha256
        (folder / PARTIAL).mkdir(parents=True, exist_ok=True)
        self._path = folder / PARTIAL / f"{gate}.{sha256}"
        self._file = self._path.open("ab+")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __enter__(self) -> Self:
        return self

    @property
    def offset(self) -> int:
        """How many bytes are there."""
        return self._file.seek(0, os.SEEK_END)

    def append(self, chunk: bytes) -> None:
        """Add bytes."""
        self._file.write(chunk)
        self._file.flush()

    def keep(self, kind: str = "PHOTO") -> str | None:
        """Put the whole under its hash, on disk before this returns; None, and nothing left, where it is not that."""
        self._file.seek(0)
        digest = hashlib.sha256()
        while part := self._file.read(READ_BYTES):
            digest.update(part)
        if b64url(digest.digest()) != self._sha256:
            self.drop()
            return None
        os.fsync(self._file.fileno())
        return _put_away(self._path, self._folder, relative_path(self._sha256, kind))

    def drop(self) -> None:
        """Forget what has arrived."""
        self._path.unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()  # and with it the lock


def _put_away(path: Path, folder: Path, name: str) -> str:
    place = folder / name
    place.parent.mkdir(exist_ok=True)
    path.chmod(0o440)
    path.replace(place)  # the same bytes, should they be there already
    for changed in (place.parent, folder):
        _sync(changed)
    return name


def partials(folder: Path, gate: str) -> int:
    """Return how many pictures of a gate have come in part."""
    return sum(1 for _ in (folder / PARTIAL).glob(f"{gate}.*"))


def forget_partials(folder: Path, before_s: float) -> int:
    """Remove halves to which nothing was added since a moment; returns how many."""
    old = [path for path in (folder / PARTIAL).glob("*") if path.stat().st_mtime < before_s]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


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
