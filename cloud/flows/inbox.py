"""The watched folder: each file is taken whole and moved to processed/, or to rejected/ with the reason beside it.

A file is moved only after its message is stored: a kill between the two finds it again, and the same message twice
changes nothing. What fails for a reason of ours (database, disk) stays where it is and is tried again.
"""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.customs.taking import Arrival, House, take_in
from cloud.domain.authority import Actor, Role
from cloud.registry import received
from cloud.registry.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

INBOX = Actor(account="inbox", roles=frozenset({Role.SYSTEM}))
PROCESSED, REJECTED = "processed", "rejected"
FILES_PER_ROUND_MAX = 200
BEING_WRITTEN = (".part", ".tmp", ".filepart")
REASON_SUFFIX = ".reason.txt"
OURS = frozenset({"CONFLICT", "BUSY"})  # nothing is wrong with the file: it is tried again
NAME_BYTES_MAX = 180  # a file system takes 255; a count and the suffix of the reason come on top

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """The folder, who writes there, and where its messages are taken."""

    folder: Path
    sender: str
    house: House


def take_files(inbox: Inbox, now_ms: Callable[[], int]) -> int:
    """Take what lies in the folder, oldest first, up to FILES_PER_ROUND_MAX; returns how many were moved.

    One file that cannot be taken for a reason of ours holds up no other; its error is raised after the round.
    """
    for name in (PROCESSED, REJECTED):
        (inbox.folder / name).mkdir(parents=True, exist_ok=True)
    moved, failed = 0, list[Exception]()
    for path in _waiting(inbox.folder):
        try:
            moved += _take_file(inbox, path, now_ms())
        except Exception as error:  # noqa: BLE001 -- whatever it was, the other files are not to wait for it
            failed.append(error)
    if failed:
        raise failed[0]
    return moved


def _waiting(folder: Path) -> Iterable[Path]:
    """Return regular files that nobody writes any more, oldest first; links and pipes are not followed."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(BEING_WRITTEN):
                continue
            if entry.is_file(follow_symlinks=False):
                found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
    return [folder / name for _, name in sorted(found)[:FILES_PER_ROUND_MAX]]


def _take_file(inbox: Inbox, path: Path, now_ms: int) -> int:
    try:
        content = _read(path, max(inbox.house.bytes_max, *received.BYTES_MAX.values()))
        said = _taken(inbox, content, now_ms)
    except FileNotFoundError:
        return 0  # another process of ours, or its writer, took it away
    except Refusal as refusal:
        if refusal.code in OURS:
            raise
        _reject(inbox.folder, path, refusal)
        return 1
    _log.info("inbox: %s", said)
    _move(path, inbox.folder / PROCESSED)
    return 1


def _taken(inbox: Inbox, content: bytes, now_ms: int) -> str:
    """Take a file of whatever kind it says it is; what is no known table is read as a message. Raises Refusal."""
    house, kind = inbox.house, received.kind_of(content)
    if kind is None or house.vault is None:
        taken = take_in(house, Arrival(content=content, sender=inbox.sender, channel="FOLDER"), now_ms)
        return f"{taken.kind} {taken.id} taken, new: {taken.new}"
    arrived = received.Arrived(content=content, sender=inbox.sender, channel="FOLDER")
    filed = received.take_in(
        received.Room(engine=house.engine, actor=house.actor, vault=house.vault), arrived, kind, now_ms
    )
    return f"{filed.kind} {filed.id} taken, new: {filed.new}"


def _read(path: Path, bytes_max: int) -> bytes:
    """Read one byte more than allowed at most; Refusal TOO-LARGE."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FileNotFoundError(path)
        content = file.read(bytes_max + 1)
    if len(content) > bytes_max:
        raise Refusal("TOO-LARGE", f"limit {bytes_max} bytes")
    return content


def _reject(folder: Path, path: Path, refusal: Refusal) -> None:
    """Move a file away with the reason beside it; the reason is there first."""
    text = f"{refusal.code}\n{refusal.text.zh}\n{refusal.text.en}\n{refusal.detail}\n"
    target = _free(path, folder / REJECTED)
    draft = target.with_name(f".{target.name}{REASON_SUFFIX}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target.with_name(f"{target.name}{REASON_SUFFIX}"))
    path.rename(target)
    _sync(target.parent)
    _log.warning("inbox: a file is rejected: %s", refusal.code)


def _move(path: Path, folder: Path) -> None:
    path.rename(_free(path, folder))
    _sync(folder)


def _free(path: Path, folder: Path) -> Path:
    """Return a name in `folder` that no other file has."""
    # as the file system has it: a name in Big5 is no UTF-8, and its file is taken all the same
    name = os.fsdecode(os.fsencode(path.name)[:NAME_BYTES_MAX])
    target = folder / name
    count = 1
    while target.exists():
        count += 1
        target = folder / f"{name}.{count}"
    return target


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
