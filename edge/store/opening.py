"""How the outbox opens after whatever happened: whole, shorter than the mark, damaged, or for the first time.

A new chain epoch begins only with a signed EpochEvent that names the last head known, so that the cloud sees the
break and a person can explain it. What can still be read of a damaged file is saved; the file is set aside.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from edge.store import salvage
from edge.store.database import DamagedError, Database
from edge.store.high_water import HighWater, Mark
from edge.store.records import RecordStore
from schemas.messages import EpochEvent

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from edge.domain.identity import Identity
    from schemas.messages import EventTime, Link

log = logging.getLogger("sealgate.store")
Cause = Literal["ENROLMENT", "CORRUPTION", "REPLACEMENT"]
EPOCHS_A_SECOND = 1_000_000  # an epoch number without a forerunner: the second, then a draw of so many


@dataclass(kw_only=True)
class Opened:
    """The outbox, and what a person must hear about its opening (fault codes)."""

    records: RecordStore
    database: Database
    faults: list[str] = field(default_factory=list)


async def open_records(  # noqa: PLR0913 - what it stands on
    path: Path,
    high_water_path: Path,
    identity: Identity,
    now: Callable[[], EventTime],
    bytes_max: int,
    *,
    chance: random.Random,
) -> Opened:
    """Open the outbox; raises NotStoredError where the disk refuses.

    1. A file that is not sound is set aside, and its readable records are saved into a new one; a start that was
       cut off in between goes on where it ended.
    2. A head below the high-water mark means a lost tail: the chain goes on in a new epoch.
    3. So it does under a new key, and at the very first start.
    """
    high_water = HighWater(high_water_path)
    try:
        database = await Database.open(path, bytes_max)
    except DamagedError as error:
        aside = salvage.set_aside(path)
        log.error("the outbox is damaged and set aside as %s: %s", aside, error)  # noqa: TRY400 - the cause is the text
        database = await Database.open(path, bytes_max)
    unexplained, unfinished = await salvage.bring_over(database, path, identity)
    records = RecordStore(database, path, high_water, identity)
    await records.load()
    opened = Opened(records=records, database=database, faults=["STORE-DAMAGED"] if unexplained or unfinished else [])
    cause = await _cause(opened, high_water.mark, identity.key.kid, damaged=unexplained)
    if cause is not None:
        last = _last(records.head, high_water.mark)
        epoch = last.epoch + 1 if last is not None else _first_epoch(now(), chance)
        await _begin(records, now(), cause, epoch, last)
        await _note_key(database, identity.key.kid)
        await salvage.explain(database, epoch)
    return opened


async def _cause(opened: Opened, mark: Mark | None, kid: str, *, damaged: bool) -> Cause | None:
    """Return why a new epoch must begin; None where the chain simply goes on."""
    head = opened.records.head
    known = await opened.database.rows("SELECT kid FROM chain_key")
    if head is None and mark is None and not damaged:
        return "ENROLMENT"
    if damaged or head is None or (mark is not None and head[:2] < mark[:2]):
        if "STORE-DAMAGED" not in opened.faults:
            opened.faults.append("STORE-DAMAGED")
        log.error("the outbox ends at %s, the mark says %s: a new epoch begins", head, mark)
        return "CORRUPTION"
    if known and known[0][0] != kid:
        opened.faults.append("KEY-CHANGED")
        return "ENROLMENT"
    return None


def _last(head: Mark | None, mark: Mark | None) -> Mark | None:
    return max((known for known in (head, mark) if known is not None), default=None, key=lambda known: known[:2])


def _first_epoch(time: EventTime, chance: random.Random) -> int:
    """Return an epoch number where none is known: the first start, or a new card in an old kiosk.

    It must meet no epoch that this gate id wrote in an earlier life: later lives count higher by the second of their
    beginning, and lives that begin while the clock is not set differ by the draw.
    """
    return max(0, int(time.at.timestamp())) * EPOCHS_A_SECOND + chance.randrange(1, EPOCHS_A_SECOND)


async def _begin(records: RecordStore, time: EventTime, cause: Cause, epoch: int, last: Mark | None) -> None:
    """Begin an epoch with the event that names the last head known."""

    def build(link: Link) -> EpochEvent:
        last_epoch, last_seq, last_hash = last or (0, 0, None)
        return EpochEvent(
            v=1, link=link, time=time, cause=cause, last_epoch=last_epoch, last_seq=last_seq, last_hash=last_hash
        )

    await records.begin_epoch(epoch, last, build)


async def _note_key(database: Database, kid: str) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("INSERT OR REPLACE INTO chain_key (one, kid) VALUES (1, ?)", kid)
