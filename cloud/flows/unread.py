"""To which movement a record belongs whose seal could not be read: nothing but words tell it (R-060, R-068).

Two such seals are never one: a record that no single movement can be found for belongs to none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cloud.store import movements
from schemas.envelope import decode_record, unb64url
from schemas.messages import ScanEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cloud.domain.entry import Entry, Scan
    from cloud.flows.intake import Proven


class Named(NamedTuple):
    """The movement that a record speaks of, and the chip of the seal it is sealed with."""

    movement: str
    uid: str


def event_of(jws: bytes) -> ScanEvent:
    """Return a scan in full from its bytes; they were proven when they came."""
    record = decode_record(unb64url(jws.split(b".")[1]))
    if not isinstance(record, ScanEvent):
        raise AssertionError("asked only of scans")  # noqa: TRY004 -- our bug, not a caller's type
    return record


def named_by(connection: Connection, read: Sequence[tuple[Proven, Entry, Scan]]) -> dict[str, Named]:
    """Return by record hash the movement of each record without a chip; nothing is asked where there is none."""
    found = {}
    for proven, _, scan in read:
        one = None if scan.uid else named(connection, proven, scan)
        if one is not None:
            found[proven.hash] = one
    return found


def named(connection: Connection, proven: Proven, scan: Scan) -> Named | None:
    """Look it up.

    1. By the name that the gate's manifest gave it.   2. Else by what a person wrote: a seal on its way from or to
       this place, a container that is under way here.  3. One movement that fits all of it, or none.
    """
    if scan.movement is not None:  # 1
        row = movements.find(connection, scan.movement)
        return None if row is None else Named(row.id, row.seal_uid)
    event = event_of(proven.jws)
    written = event.written
    container = event.container or (written.container if written else None)
    fitting = movements.written(connection, proven.site, container, written.seal_no if written else None)  # 2
    return Named(fitting[0].id, fitting[0].seal_uid) if len(fitting) == 1 else None  # 3
