"""What a lane can tell of a seal and of its own place at this moment, by papers, position and its own records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edge.domain.decision import Circumstances, Ruling, decide
from edge.domain.outage import sealed_anyway
from edge.domain.place import Sighting, TagRead, locate
from edge.domain.showing import TOLD_WITHIN
from schemas.messages import Decision, Operation, Quality, SealProof, Verdict

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Literal

    from edge.domain.decision import CardRead
    from edge.lane.desk import Desk
    from schemas.messages import Expected, Position, Staff, Written

GPS_OFF = frozenset({"GPS-DOWN", "GPS-SILENT"})  # no service, no receiver: what is only without sky says GPS-NO-FIX


class Judge:
    """Asks the pure rules on behalf of one lane."""

    def __init__(self, desk: Desk, direction: Literal["OUT", "IN"] | None) -> None:
        self._desk = desk
        self._direction = direction
        self._location_tag: tuple[str, float] | None = None  # UID and monotonic second of its reading

    def location_tag(self, uid: str) -> None:
        """Remember a location tag that was read now."""
        self._location_tag = (uid, self._desk.clock.monotonic_s())

    async def decide(self, card: CardRead, staff: Staff | None, position: Position) -> Ruling:
        """Decide about a seal as everything stands now."""
        desk, now = self._desk, self._desk.clock.now()
        papers, lapsed = desk.papers.current(now)
        expected = papers.expected.get(card.uid) if papers else None
        held = await desk.records.held(card.uid, expected.movement if expected else None)
        return decide(
            card,
            Circumstances(
                papers=papers,
                lapsed=lapsed,
                stale=desk.papers.is_stale(now),
                # as the papers in force know the badge: they may have changed since it was read
                staff=papers.staff.get(staff.badge_uid) if papers and staff else None,
                position=position,
                direction=self._direction,
                done_here=held.done_here,
                held_here=self._stands(held.held_here, expected),
                counter_seen=held.counter_seen,
                counter_proved=held.counter_proved,
                gps_off=desk.locator.fix().why in GPS_OFF,
                now=None if now.quality is Quality.UNSET else now.at,
            ),
        )

    async def decide_anyway(
        self, card: CardRead, staff: Staff | None, position: Position, written: Written | None = None
    ) -> Ruling:
        """Decide about a seal, and under a declared outage about sealing what no papers know (R-074)."""
        ruling, papers = await self.decide(card, staff, position), self._desk.papers.in_force
        staff_now = papers.staff.get(staff.badge_uid) if papers and staff else None
        return sealed_anyway(ruling, papers, staff_now, self._direction, written)

    def unread(self, operation: Operation, expected: Expected | None) -> Ruling:
        """Return the ruling on a seal of which no chip could be read: nothing to decide, everything to record."""
        papers = self._desk.papers.in_force
        return Ruling(
            decision=Decision(
                verdict=Verdict.REFER,
                reasons=("SEAL-UNREADABLE",),
                proof=SealProof.NOT_VERIFIED,
                manifest=papers.manifest.version if papers else 0,
            ),
            operation=operation,
            tag=None,
            expected=expected,
        )

    def position(self) -> Position:
        """Judge where the lane stands now."""
        desk, now_s = self._desk, self._desk.clock.monotonic_s()
        fix, papers = desk.locator.fix(), desk.papers.in_force
        known = fix.mode >= 2  # noqa: PLR2004 - gpsd: 2 is a two-dimensional fix
        tag = self._location_tag
        return locate(
            Sighting(
                lat=fix.lat if known else None,
                lon=fix.lon if known else None,
                accuracy_m=fix.accuracy_m,
                age_s=max(0.0, now_s - fix.fresh_mono_s),
                why=fix.why,
            ),
            papers.fence if papers else None,
            fix_age_max_s=desk.fix_age_max_s,
            tag=TagRead(uid=tag[0], age_s=now_s - tag[1]) if tag else None,
            tags_active=papers.location_tags if papers else (),
            tag_age_max_s=desk.limits.location_tag_valid_s,
        )

    def tag_left_s(self) -> int | None:
        """Return the seconds for which a location tag still stands in for GPS; None where none does (R-058)."""
        if self._location_tag is None or self.position().source != "TAG":
            return None
        read_s = self._location_tag[1]
        return max(0, math.ceil(read_s + self._desk.limits.location_tag_valid_s - self._desk.clock.monotonic_s()))

    def _stands(self, held_at: datetime | None, expected: Expected | None) -> bool:
        """Whether a hold made here still stands: until papers issued later say nothing of it, an officer lifted it."""
        papers = self._desk.papers.in_force
        if held_at is None or papers is None or expected is None:
            return held_at is not None
        return papers.manifest.issued - held_at <= TOLD_WITHIN
