"""The PIN at a kiosk: compared with what the papers entrust to this gate, and no more often than a person mistypes."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING

from schemas import pin

if TYPE_CHECKING:
    from edge.domain.trusted_manifest import Papers
    from edge.ports import Clock

TRIES_MAX = 5
LOCKED_S = 300.0
BADGES_MAX = 200  # whose wrong tries are remembered; the oldest are forgotten first


class Tried(Enum):
    """What became of a PIN."""

    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()  # too many wrong ones: this badge waits


class Pins:
    """Counts the wrong tries of each badge, over all lanes of the gate; a restart forgets them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}  # badge → tries and monotonic second of the last

    @staticmethod
    def known(papers: Papers | None, badge_uid: str) -> bool:
        """Whether this gate has anything to compare the badge's PIN with (ADR 0017)."""
        return papers is not None and papers.secrets is not None and badge_uid in papers.secrets.pins

    async def try_one(self, papers: Papers | None, badge_uid: str, digits: str) -> Tried:
        """Compare; Argon2id takes a third of a second on a Raspberry Pi, so it runs in a thread."""
        tries, last_s = self._wrong.get(badge_uid, (0, 0.0))
        if tries >= TRIES_MAX and self._clock.monotonic_s() - last_s < LOCKED_S:
            return Tried.LOCKED
        if papers is None or papers.secrets is None or not self.known(papers, badge_uid):
            return Tried.WRONG
        tried = self._missed(badge_uid, tries if tries < TRIES_MAX else 0)  # first: another lane may try too
        if await asyncio.to_thread(pin.proves, papers.secrets.pins[badge_uid], digits):
            self._wrong.pop(badge_uid, None)
            return Tried.RIGHT
        return tried

    def _missed(self, badge_uid: str, tries: int) -> Tried:
        self._wrong.pop(badge_uid, None)
        while len(self._wrong) >= BADGES_MAX:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong[badge_uid] = (tries + 1, self._clock.monotonic_s())
        return Tried.LOCKED if tries + 1 >= TRIES_MAX else Tried.WRONG
