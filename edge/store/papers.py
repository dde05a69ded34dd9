"""The manifest in force and the floor of trusted time, both on disk: what lets a gate decide alone for days.

Which manifest may be believed is decided in `edge.domain.trusted_manifest`.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from edge.domain.trusted_manifest import Papers, credible, entrusted, lapsed, stale, trust
from edge.store.files import write_atomically
from schemas.envelope import Rejected
from schemas.messages import Quality

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schemas.envelope import VerifyingKey
    from schemas.messages import EventTime
    from schemas.sealed import OpeningKey

log = logging.getLogger("sealgate.papers")
AGE_MAX_S = 96 * 3600.0  # a day in touch with the cloud, which renews them daily, and the 72 h alone of R-111
FLOOR_STEP = timedelta(minutes=10)  # written no finer, to spare the card


class PaperStore:
    """Papers of one gate in one directory; what is sealed in them is opened in memory only."""

    def __init__(
        self,
        folder: Path,
        gate: str,
        find_key: Callable[[str], VerifyingKey | None],
        opening_key: OpeningKey | None = None,  # None: a key in hardware, which signs and opens nothing
        age_max_s: float = AGE_MAX_S,
    ) -> None:
        self._manifest_file = folder / "manifest.jws"
        self._floor_file = folder / "trusted-time"
        self._gate = gate
        self._find_key = find_key
        self._opening_key = opening_key
        self._age_max_s = age_max_s
        self._floor_written: datetime | None = None
        self._turn = asyncio.Lock()  # one writer at a time
        self.in_force: Papers | None = None
        self.unopened: str | None = None  # why the sealed part of what is in force could not be read
        self.floor: datetime | None = None
        self.on_change: Callable[[], None] = lambda: None

    def load(self) -> str | None:
        """Read what was accepted before, trusting the disk no more than the wire; return the code of a refusal."""
        try:
            self.floor = self._floor_written = datetime.fromisoformat(self._floor_file.read_text().strip())
        except (OSError, ValueError):
            log.info("no trusted time on file")
        try:
            jws = self._manifest_file.read_bytes()
        except OSError:
            return None
        try:
            # expired ones are loaded as well: the screen then says "expired", not "none"
            papers = trust(jws, gate=self._gate, find_key=self._find_key, in_force=None, floor=None)
        except Rejected as error:
            log.error("the manifest on file is refused: %s", error)  # noqa: TRY400 - the code is the text
            return error.code
        self.in_force = self._opened(papers)
        self._raise_floor(papers.manifest.issued)
        return None

    async def accept(self, jws: bytes, now: EventTime) -> bool:
        """Bring a manifest into force once it is on disk; False if it is in force already; raises Rejected, OSError."""
        if self.in_force is not None and self.in_force.jws == jws:
            return False
        papers = trust(jws, gate=self._gate, find_key=self._find_key, in_force=self.in_force, floor=self.reckoned(now))
        await asyncio.to_thread(write_atomically, self._manifest_file, jws)
        self.in_force = self._opened(papers)
        await self.witness(papers.manifest.issued)
        self.on_change()
        return True

    def _opened(self, papers: Papers) -> Papers:
        """Return the papers with their secrets, without them where they do not open: a lane decides on either."""
        self.unopened = None
        if self._opening_key is None:
            return papers
        try:
            return entrusted(papers, self._opening_key)
        except Rejected as error:
            log.error("what manifest %d holds sealed is refused: %s", papers.manifest.version, error)  # noqa: TRY400 - the code is the text
            self.unopened = error.code
            return papers

    def current(self, now: EventTime) -> tuple[Papers | None, bool]:
        """Return the papers in force and whether they have expired."""
        papers = self.in_force
        return papers, papers is not None and lapsed(papers.manifest, self.reckoned(now))

    def is_stale(self, now: EventTime) -> bool:
        """Whether the papers in force are older than this gate may rely on."""
        return self.in_force is not None and stale(self.in_force.manifest, self.reckoned(now), self._age_max_s)

    def reckoned(self, now: EventTime) -> datetime | None:
        """Return the latest of clock and floor: a clock set back revives nothing. None if neither is known."""
        if now.quality is Quality.UNSET:
            return self.floor
        return max(now.at, self.floor) if self.floor else now.at

    async def witness(self, signed_at: datetime) -> None:
        """Raise the floor to a time that a pinned cloud key has signed."""
        self._raise_floor(signed_at)
        await self._write_floor()

    async def observe(self, now: EventTime) -> None:
        """Raise the floor by the gate's own clock, where that may be believed."""
        if credible(now, self.floor):
            self._raise_floor(now.at)
            await self._write_floor()

    def _raise_floor(self, at: datetime) -> None:
        if self.floor is None or at > self.floor:
            self.floor = at.astimezone(UTC)

    async def _write_floor(self) -> None:
        async with self._turn:
            floor, written = self.floor, self._floor_written
            if floor is None or (written is not None and floor - written < FLOOR_STEP):
                return
            try:
                await asyncio.to_thread(write_atomically, self._floor_file, floor.isoformat().encode())
            except OSError as error:
                log.warning("the trusted time cannot be written: %s", error)
                return
            self._floor_written = floor
