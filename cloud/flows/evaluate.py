"""Folds movements and asks the rules about them: the same words for a read that came and for silence (R-117)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloud.domain import rulebook
from cloud.domain.case import accumulate, settle
from cloud.domain.history import Death, fold
from cloud.flows.lineage import with_lineages
from cloud.store import cases, deaths, folds, heard, records
from cloud.store.changes import Kind
from schemas.lifecycle import FINAL, MovementState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.domain.history import History, Read
    from cloud.domain.incidents import Incidents
    from cloud.store.folds import Folded, Kept

_AT_AN_END = FINAL - {MovementState.CANCELLED}  # a cancelled pairing sets its seal free


@dataclass
class Effects:
    """What an evaluation changed: rows for the trail of changes, and the sites whose gates must be told."""

    changes: list[tuple[Kind, dict[str, str | int | None]]] = field(default_factory=list)
    sites: set[str] = field(default_factory=set)

    def joined(self, other: Effects) -> Effects:
        """Return what both changed."""
        return Effects(changes=self.changes + other.changes, sites=self.sites | other.sites)


def evaluate(connection: Connection, kept: Sequence[Kept], seals: Iterable[str], now_ms: int) -> Effects:
    """Fold these locked movements, and these seals that belong to none, and write what has changed.

    The records of the batch must be stored before; what other workers store later, they will evaluate.
    """
    effects = Effects()
    loose = sorted(set(seals) - {one.seal_uid for one in kept})
    reads = with_lineages(connection, _stored(connection, kept, loose))
    watermarks = heard.watermarks(connection, {one.journey.destination for one in kept})
    scrapped = deaths.scrapped(connection, {*(one.seal_uid for one in kept), *loose})
    ended = _ended(connection, kept)
    histories = {
        cases.of_movement(one.journey.id): fold(
            one.journey,
            reads.get(cases.of_movement(one.journey.id), reads.get(one.seal_uid, ())),
            watermarks.get(one.journey.destination),
            scrapped.get(one.seal_uid, ()) + ended.get(one.journey.id, ()),
        )
        for one in kept
    }
    histories |= {cases.of_seal(uid): fold(None, reads.get(uid, ()), deaths=scrapped.get(uid, ())) for uid in loose}
    findings = {subject: rulebook.check(history, now_ms) for subject, history in histories.items()}
    open_cases = cases.unclosed(connection, histories)
    holds: dict[str, str] = {}
    for subject, said in findings.items():
        journey = histories[subject].journey
        for settlement in settle(open_cases.get(subject, {}), said):
            case_id = cases.write(connection, subject, journey.id if journey else None, settlement, now_ms)
            effects.changes.append((Kind.CASE, {"case": case_id}))
            if settlement.holds:
                holds.setdefault(subject, settlement.finding.code)
    written = [
        (one.journey.id, folded)
        for one in kept
        if (folded := _folded(one, histories[one.journey.id], holds.get(one.journey.id), now_ms)) != one.folded
    ]
    folds.write(connection, written, now_ms)
    _tell(kept, dict(written), effects)
    return effects


def _stored(connection: Connection, kept: Sequence[Kept], loose: Sequence[str]) -> dict[str, list[Read]]:
    """Return the reads by seal, and by movement where something was recorded of it whose seal could not be read."""
    stored = records.reads_of(connection, [*(one.seal_uid for one in kept), *loose])
    unread = records.unread_of(connection, [one.journey.id for one in kept])
    for one in kept if unread else ():
        if one.journey.id in unread:
            stored[cases.of_movement(one.journey.id)] = [*stored[one.seal_uid], *unread[one.journey.id]]
    return stored


def _ended(connection: Connection, kept: Sequence[Kept]) -> dict[str, tuple[Death, ...]]:
    """Return by movement what people entered that ended its seal's use; asked only of those that are at an end."""
    ended = [one for one in kept if one.folded.state in _AT_AN_END]
    ends = deaths.opened(connection, [one.journey.id for one in ended])
    for one in ended:
        if one.journey.settled is MovementState.ARRIVED_MANUAL and one.folded.arrived_ms is not None:
            by_hand = Death("ARRIVED_MANUAL", one.folded.arrived_ms, one.journey.destination)
            ends[one.journey.id] = (*ends.get(one.journey.id, ()), by_hand)
    return ends


def _folded(one: Kept, history: History, hold: str | None, now_ms: int) -> Folded:
    kept, held = one.folded, one.folded.hold_reason is None and hold is not None
    return folds.Folded(
        state=history.state.value if history.state else kept.state,
        departed_ms=history.departed_ms,
        arrived_ms=kept.arrived_ms if one.journey.settled else history.arrived_ms,
        arrived_by=kept.arrived_by if one.journey.settled else history.arrived_by,
        deadline_ms=history.deadline_ms,
        route_limit=history.limit.id if history.limit else None,
        due_ms=rulebook.next_check(history, now_ms),
        hold_reason=hold if held else kept.hold_reason,
        hold_since_ms=now_ms if held else kept.hold_since_ms,
    )


def _tell(kept: Sequence[Kept], written: Mapping[str, Folded], effects: Effects) -> None:
    """Note what people and gates should see: a new due time alone is nobody's news."""
    for one in kept:
        folded = written.get(one.journey.id)
        if folded is None or folded[:-1] == one.folded[:-1]:
            continue
        effects.changes.append((Kind.MOVEMENT, {"movement": one.journey.id}))
        effects.sites |= {one.journey.origin, one.journey.destination}


def evaluate_gates(connection: Connection, incidents: Sequence[Incidents], now_ms: int) -> Effects:
    """Ask the rules about gates and add what they say to the gates' cases."""
    effects = Effects()
    said = {cases.of_gate(one.gate): rulebook.check_gate(one, now_ms) for one in incidents}
    said = {subject: findings for subject, findings in said.items() if findings}
    open_cases = cases.unclosed(connection, said) if said else defaultdict(dict)
    for subject, findings in sorted(said.items()):
        for finding in findings:
            settlement = accumulate(open_cases.get(subject, {}).get(finding.code), finding)
            case_id = cases.write(connection, subject, None, settlement, now_ms)
            effects.changes.append((Kind.CASE, {"case": case_id}))
    return effects
