"""What people did at a lane and the registers must follow, in the transaction that stores the record (R-060, R-068).

A record is stored once, so each act is done once, however often it arrives. What the registers cannot follow is kept
and becomes an officer's task: nothing that a gate has signed is lost because a register did not know of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cloud.domain.authority import Actor, Role
from cloud.domain.instructions import Reason
from cloud.domain.intervals import millis
from cloud.flows.evaluate import Effects
from cloud.flows.unread import event_of, named
from cloud.registry import holds
from cloud.registry.desk import Desk
from cloud.registry.outages import recorded
from cloud.registry.refusals import Refusal
from cloud.registry.stock import scraps
from cloud.store import movements
from cloud.store.changes import Kind
from cloud.store.registry import authorisations, lane_papers, officer_tasks
from schemas.messages import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.domain.entry import Entry, Scan
    from cloud.flows.intake import Proven
    from schemas.messages import ScanEvent

DETAIL_CHARS_MAX = 200
_FOLLOWED = frozenset({Operation.ABNORMAL_IN, Operation.SCRAP, Operation.PAPERS})
_TASKS = {Operation.ABNORMAL_IN: Reason.LANE_ABNORMAL, Operation.SCRAP: Reason.LANE_SCRAP}  # else: of an outage
_ORDER_NUMBER = re.compile(r"[0-9A-Z]{1,19}")


class _Done(NamedTuple):
    """One act at a lane, in full."""

    proven: Proven
    entry: Entry
    scan: Scan
    event: ScanEvent
    movement: str | None
    now_ms: int

    @property
    def record(self) -> str:
        """How people are told which record it is."""
        return f"{self.entry.gate}/{self.entry.epoch}/{self.entry.seq}"

    @property
    def latest_ms(self) -> int | None:
        """When it had happened at the latest; None where the gate's clock does not say."""
        return None if self.entry.upper_ms is None else min(self.entry.upper_ms, self.now_ms)


def act(
    connection: Connection,
    fresh: Sequence[tuple[Proven, Entry, Scan]],
    belongs: Mapping[str, str | None],
    now_ms: int,
) -> Effects:
    """Do in the registers what these newly stored records say was done; `belongs` is the movement by record hash."""
    effects = Effects()
    for proven, entry, scan in fresh:
        if scan.operation not in _FOLLOWED and scan.outage is None:
            continue
        movement = belongs.get(proven.hash)
        if movement is None and scan.uid:  # a chip that belongs nowhere: the goods are told by what a person wrote
            found = named(connection, proven, scan)
            movement = None if found is None else found.movement
        done = _Done(proven, entry, scan, event_of(proven.jws), movement, now_ms)
        try:
            with connection.begin_nested():
                _follow(_desk(connection, proven, now_ms), done, effects)
        except Refusal as refusal:
            _ask_officer(connection, done, f"{refusal.code} {refusal.detail}")
    return effects


def _follow(desk: Desk, done: _Done, effects: Effects) -> None:
    match done.event.operation:
        case Operation.ABNORMAL_IN:
            _hold(desk, done, effects)
        case Operation.SCRAP:
            _scrap(desk, done, effects)
        case Operation.PAPERS:
            _name_papers(desk, done)
        case operation if operation in recorded.SIDES:
            _keep_evidence(desk, done)


def _hold(desk: Desk, done: _Done, effects: Effects) -> None:
    """Hold the goods; that papers are missing is never in the way (R-071)."""
    if done.movement is None:
        raise Refusal("NOT-FOUND", _said(done))
    new = holds.hold_at_lane(
        desk,
        holds.SeenEntry(
            gate=done.entry.gate,
            epoch=done.entry.epoch,
            seq=done.entry.seq,
            site=done.proven.site,
            movement=done.movement,
            abnormal=done.event.abnormal,
            event_ms=done.entry.event_ms,
            latest_ms=done.latest_ms,
            officer=_proven_officer(desk, done),
        ),
    )
    if new:
        _tell(desk, done.movement, effects)
    _compare(desk, done)


def _compare(desk: Desk, done: _Done) -> None:
    """Let an officer find the goods that a person saw, where the seal or the gate's papers speak of others (R-054)."""
    seen = done.event.written.container if done.event.written else None
    row = movements.find(desk.connection, done.movement or "")
    if seen is not None and row is not None and seen != row.container:
        _ask_officer(desk.connection, done, f"CONTAINER-DIFFERS {seen}, {row.id}: {row.container}")


def _scrap(desk: Desk, done: _Done, effects: Effects) -> None:
    scrapped = scraps.scrap_at_lane(
        desk,
        scraps.LaneScrap(
            site=done.proven.site,
            record=done.record,
            movement=done.movement,
            uid=done.scan.uid or None,
            seal_no=done.event.written.seal_no if done.event.written else None,
            grounds=done.event.grounds,
            staff=done.event.actor.staff if done.event.actor else None,
            event_ms=done.latest_ms,
        ),
    )
    effects.sites |= set(scrapped.sites)
    if scrapped.movement is not None:
        _tell(desk, scrapped.movement, effects)


def _name_papers(desk: Desk, done: _Done) -> None:
    """Write down which encrypted papers belong to which record; they are opened once they are there (R-069, R-070)."""
    about = done.event.about
    same = {"gate": done.entry.gate, "epoch": done.entry.epoch, "seq": done.entry.seq, "site": done.proven.site}
    same |= {"about_epoch": about.epoch if about else None, "about_seq": about.seq if about else None}
    same |= {"movement": done.movement, "named_ms": done.now_ms}
    named_here = [
        {"sha256": one.sha256, "kind": one.kind.value, "taken_ms": millis(one.at)} for one in done.event.papers
    ]
    lane_papers.name(desk.connection, [same | one for one in named_here])


def _keep_evidence(desk: Desk, done: _Done) -> None:
    """Put what was done under the notice of an outage into the centre's inbox (R-075, R-077)."""
    event, written = done.event, done.event.written
    of_tag = event.tag.seal_no if event.tag else None
    recorded.keep(
        desk,
        recorded.Recorded(
            record=done.proven.hash,
            name=done.record,
            site=done.proven.site,
            notice=event.outage or "",
            operation=event.operation,
            event_ms=done.entry.event_ms,
            movement=done.movement,
            uid=done.scan.uid or None,
            seal_no=of_tag or (written.seal_no if written else None),
            container=event.container or (written.container if written else None),
            transport_order=_order_number(written.transport_order if written else None),
            pictures=done.scan.photos,
        ),
    )


def _tell(desk: Desk, movement_id: str, effects: Effects) -> None:
    row = movements.find(desk.connection, movement_id)
    if row is not None:
        effects.changes.append((Kind.MOVEMENT, {"movement": row.id}))
        effects.sites |= {row.origin, row.destination}


def _desk(connection: Connection, proven: Proven, now_ms: int) -> Desk:
    """Return the desk at which a gate's word is followed: by its key, for its site."""
    actor = Actor(account=f"gate:{proven.gate}", roles=frozenset({Role.SYSTEM}), sites=frozenset({proven.site}))
    return Desk(connection=connection, actor=actor, now_ms=now_ms)


def _proven_officer(desk: Desk, done: _Done) -> str | None:
    """Return the officer who did it, if he proved who he is: he knows of it, which is the report (R-071)."""
    actor = done.event.actor
    if actor is None or actor.method != "BADGE_PIN":
        return None
    at_ms = done.entry.event_ms if done.latest_ms is not None else done.now_ms
    badges = authorisations.badges_at(desk.connection, done.proven.site, at_ms)
    mine = (row.staff for row in badges if row.badge_uid == actor.badge_uid and row.role == Role.OFFICER)
    return next(mine, None)


def _ask_officer(connection: Connection, done: _Done, why: str) -> None:
    """Put the record on the worklist of the officers at its site."""
    task: dict[str, Any] = {
        "reason": _TASKS.get(done.event.operation, Reason.LANE_OUTAGE),
        "message": done.proven.hash,
        "site": done.proven.site,
    }
    written = done.event.written.container if done.event.written else None
    container = written or done.event.container
    detail = f"{done.record} {why}"[:DETAIL_CHARS_MAX]
    task |= {"container": container or "", "detail": detail, "opened_ms": done.now_ms}
    officer_tasks.add(connection, [task])


def _order_number(written: str | None) -> str | None:
    """Return what a person wrote, if it can be a transport order's number."""
    return written if written is not None and _ORDER_NUMBER.fullmatch(written) else None


def _said(done: _Done) -> str:
    """Return what a person wrote, for the person who must find the goods."""
    written = done.event.written
    parts = () if written is None else (written.container, written.seal_no, written.plate, written.transport_order)
    return " ".join(part for part in (done.event.container, *parts) if part) or "—"
