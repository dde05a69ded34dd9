"""Kinds of message that list no containers but may ask for a seal (N5107, N5158): kept, and an officer's to read.

Which kinds these are is loaded as data, so that a new trigger needs no program (A9-12).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.customs.said import Meanings, Said
from cloud.domain.instructions import Effect, Reason, Task

if TYPE_CHECKING:
    from cloud.customs.document import Node

REFERENCE_CHARS_MAX = 60


def read(kind: str, root: Node, version: str, meanings: Meanings) -> Said:
    """Read nothing but which declaration or vessel it may concern."""
    said = Said(kind=kind, version=version)
    if meanings.notices[kind] is not Effect.NONE:
        named = [node.text for path in ("Declaration/ID", _CALL) for node in root.all(path)]
        said.tasks.append(Task(reason=Reason.NOTICE, detail=" ".join([kind, *named])[:REFERENCE_CHARS_MAX]))
    return said


_CALL = "Declaration/BorderTransportMeans/tw_Registration"
