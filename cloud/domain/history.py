"""The history of one movement: its reads in corrected order, folded into the state they add up to.

The order never depends on when a read reached the cloud: buffered, late and repeated uploads give one history.
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

from cloud.domain.intervals import EARLIEST_MS, LATEST_MS, Interval, chained, counted
from schemas.lifecycle import ARRIVALS, DEPARTURE, DEPARTURES, FINAL, MovementState, next_state
from schemas.messages import Location, Operation, SealKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOTICES = ARRIVALS | {
    Operation.READ_CONFIRM_IN,
    Operation.ABNORMAL_IN,
}  # reads at the destination that tell of an arrival
ONE_SCAN_MS = 5_000  # B0: the same counter at the same gate within this is one scan
VERIFIED = "VERIFIED"
NOT_VERIFIED = "NOT_VERIFIED"


class Read(NamedTuple):
    """One stored read of a seal, as far as the fold needs it."""

    gate: str
    epoch: int
    seq: int
    site: str
    event_ms: int
    interval: Interval
    operation: Operation
    verdict: Verdict
    location: Location
    proof: str  # VERIFIED, NOT_VERIFIED, or the code for which the SUN message was refused
    counter: int | None = None  # of a verified SUN message
    movement: str | None = None
    lineage: int = 0  # first epoch of the chain: a gate has several where an epoch knew none before it
    chip: bool = True  # False: the seal itself could not be read
    notice: str | None = None  # of the outage under which it was done, without what the papers say of the seal

    @property
    def chain(self) -> tuple[str, int]:
        """Gate and lineage: what one chain wrote has an order whatever its clock said."""
        return self.gate, self.lineage

    @property
    def identity(self) -> tuple[str, int, int]:
        """Gate, epoch and sequence."""
        return self.gate, self.epoch, self.seq

    @property
    def apart(self) -> bool:
        """Whether it moves nothing: the seal itself was not read, or it was done without the papers (R-068, R-074)."""
        return not self.chip or self.notice is not None

    @property
    def forged(self) -> bool:
        """Whether the seal's own proof was wrong or missing (X-MAC)."""
        return self.proof not in (VERIFIED, NOT_VERIFIED)


class Replay(NamedTuple):
    """A counter that was used before or went back: `certain` unless the clocks leave the order open."""

    earlier: Read
    certain: bool


class Step(NamedTuple):
    """A read at its place in the history."""

    read: Read
    at_ms: int  # corrected event time
    interval: Interval
    replay: Replay | None


class RouteLimit(NamedTuple):
    """How long a route may take, while the row is valid (A9-14)."""

    id: int
    minutes: int
    valid_from_ms: int
    valid_to_ms: int | None


class Journey(NamedTuple):
    """What the registry says of a movement, before any read."""

    id: str
    kind: SealKind
    origin: str
    destination: str
    settled: MovementState | None = None  # CANCELLED or ARRIVED_MANUAL: a person decided, reads change it no more
    departs_ms: int | None = None  # 出發時間 of the transport order
    limits: tuple[RouteLimit, ...] = ()


class Death(NamedTuple):
    """What people entered that ended a seal's life (R-063); arrival by a read, the fold knows by itself."""

    why: str  # SCRAPPED, OPENED or ARRIVED_MANUAL
    at_ms: int
    site: str | None  # where it ended, if that is known


class History(NamedTuple):
    """A movement as its reads tell it; `journey` is None for a seal that is paired with nothing."""

    journey: Journey | None
    steps: tuple[Step, ...] = ()
    state: MovementState | None = None
    departed_ms: int | None = None
    arrived_ms: int | None = None  # of the read that completed the arrival
    arrived_by: Operation | None = None  # 到站讀取, or 補作進站讀取
    arrival: Interval | None = None  # first evidence of arrival: RI, or RCi where no gate-in notice exists (B5)
    out_ms: int | None = None  # t_out
    deadline_ms: int | None = None
    limit: RouteLimit | None = None
    watermark_ms: int | None = None  # of the destination: every read up to here is known
    deaths: tuple[Death, ...] = ()

    @property
    def own(self) -> tuple[Step, ...]:
        """The steps of this journey: the seal's earlier journeys only say how far its counter had come."""
        if self.journey is None:
            return self.steps
        return tuple([step for step in self.steps if step.read.movement in (None, self.journey.id)])


def fold(
    journey: Journey | None,
    reads: Iterable[Read],
    watermark_ms: int | None = None,
    deaths: tuple[Death, ...] = (),
) -> History:
    """Put the reads of a seal in order and let those that count move the movement (R-057, R-065)."""
    steps = in_order(reads)
    if journey is None:
        return History(journey=None, steps=steps, deaths=deaths)
    moved = _moved(journey, steps)
    out_ms = moved.departed_ms if journey.departs_ms is None else journey.departs_ms
    limit = _limit_at(journey.limits, out_ms)
    return History(
        journey=journey,
        steps=steps,
        state=moved.state,
        departed_ms=moved.departed_ms,
        arrived_ms=moved.arrived_ms,
        arrived_by=moved.arrived_by,
        arrival=_arrival(journey, steps),
        out_ms=out_ms,
        deadline_ms=None if out_ms is None or limit is None else out_ms + limit.minutes * 60_000,
        limit=limit,
        watermark_ms=watermark_ms,
        deaths=deaths,
    )


def in_order(reads: Iterable[Read]) -> tuple[Step, ...]:
    """Sort reads by corrected event time; each chain keeps its own order (B0 out-of-order).

    Where clocks leave the order open, the seal's counter tells it: a genuine chip only counts up (C4).
    """
    unique = {(read.gate, read.epoch, read.seq): read for read in reads}
    chains: dict[tuple[str, int], list[Read]] = {}
    for identity in sorted(unique):
        read = unique[identity]
        chains.setdefault((read.gate, read.lineage), []).append(read)
    timed = [_corrected(own, [(read.event_ms, read.interval) for read in own]) for own in chains.values()]
    if len(unique) == 1:
        return _with_replays(timed[0])
    flat = [entry for own in timed for entry in own]
    if any(lower_ms < upper_ms for _, _, (lower_ms, upper_ms) in flat):
        known = counted([(at_ms, interval, read.counter) for at_ms, read, interval in flat])
        times = {read.identity: time for (_, read, _), time in zip(flat, known, strict=True)}
        timed = [_corrected(own, [times[read.identity] for read in own]) for own in chains.values()]
    if len(timed) == len(flat):  # one read of each chain
        return _with_replays(sorted([own[0] for own in timed], key=_when))
    # Each chain ascends already, and a merge never inverts one, not even where times are equal.
    return _with_replays(list(merge(*timed, key=_when)))


def _corrected(own: Sequence[Read], times: Sequence[tuple[int, Interval]]) -> list[tuple[int, Read, Interval]]:
    if len(own) == 1 and times[0][1].lower_ms == times[0][1].upper_ms:
        ((_, interval),) = times
        return [(interval.lower_ms, own[0], interval)]  # as `chained` would say
    return [(at_ms, read, interval) for read, (at_ms, interval) in zip(own, chained(times), strict=True)]


def _when(entry: tuple[int, Read, Interval]) -> tuple[int, int, tuple[str, int, int]]:
    at_ms, read, _ = entry
    return at_ms, read.counter or 0, (read.gate, read.epoch, read.seq)


def _with_replays(timed: Sequence[tuple[int, Read, Interval]]) -> tuple[Step, ...]:
    """Hold each verified counter against the genuine ones before it, in event order (X-REPLAY, B6)."""
    steps: list[Step] = []
    highest: Step | None = None
    for at_ms, read, interval in timed:
        step = Step(read, at_ms, interval, None)
        if read.counter is not None:
            if highest is None or highest.read.counter is None or read.counter > highest.read.counter:
                highest = step
            elif not _one_scan(step, highest):
                step = step._replace(replay=Replay(highest.read, certain=_surely_after(step, highest)))
        steps.append(step)
    return tuple(steps)


def _one_scan(step: Step, earlier: Step) -> bool:
    same = step.read.counter == earlier.read.counter and step.read.gate == earlier.read.gate
    return same and step.at_ms - earlier.at_ms <= ONE_SCAN_MS


def _surely_after(step: Step, earlier: Step) -> bool:
    if step.read.counter == earlier.read.counter or step.read.chain == earlier.read.chain:
        return True  # used twice is used twice, and a chain is its own order whatever its clock says
    return step.interval.lower_ms >= earlier.interval.upper_ms


def genuine(step: Step) -> bool:
    """Whether this seal was at this place: place confirmed, seal neither forged nor replayed."""
    replayed = step.replay is not None and step.replay.certain
    return step.read.location is Location.CONFIRMED and not step.read.forged and not replayed


def counts(step: Step) -> bool:
    """Whether a read may move its movement: genuine, the lane showed green, and nothing sets it apart for people."""
    return step.read.verdict is Verdict.GO and not step.read.apart and genuine(step)


def _of(journey: Journey, read: Read) -> bool:
    return read.movement is None or read.movement == journey.id


class _Moved(NamedTuple):
    state: MovementState
    departed_ms: int | None
    arrived_ms: int | None
    arrived_by: Operation | None


def _moved(journey: Journey, steps: Sequence[Step]) -> _Moved:
    state, departed_ms, arrived_ms, arrived_by = MovementState.PAIRED, None, None, None
    for step in steps:
        read = step.read
        operation = read.operation
        place = journey.destination if operation in ARRIVALS else journey.origin
        wrong_kind = operation in DEPARTURES and operation is not DEPARTURE[journey.kind]
        if read.site != place or wrong_kind or not _of(journey, read) or not counts(step):
            continue
        following = next_state(state, operation)
        if following is MovementState.IN_TRANSIT and state is MovementState.PAIRED:
            departed_ms = step.at_ms
        if following in FINAL:
            arrived_ms, arrived_by = step.at_ms, operation
        state = following or state
    return _Moved(journey.settled or state, departed_ms, arrived_ms, arrived_by)


def _arrival(journey: Journey, steps: Sequence[Step]) -> Interval | None:
    """Return when the first arrival happened, known or not whether the departure is (B1 terms).

    A seal read at its destination is there, whatever light the lane showed: STOP and REFER move nothing, but nobody is
    overdue who stands at the gate.
    """
    lower_ms, upper_ms, seen = LATEST_MS, LATEST_MS, False
    for step in steps:
        read = step.read
        if read.site != journey.destination or not _of(journey, read):
            continue
        if read.operation in NOTICES and genuine(step):
            lower_ms, upper_ms = min(lower_ms, step.interval.lower_ms), min(upper_ms, step.interval.upper_ms)
            seen = True
    return Interval(max(EARLIEST_MS, lower_ms), upper_ms) if seen else None


def _limit_at(limits: Sequence[RouteLimit], at_ms: int | None) -> RouteLimit | None:
    if at_ms is None:
        return None
    valid = (
        limit
        for limit in limits
        if limit.valid_from_ms <= at_ms and (limit.valid_to_ms is None or at_ms < limit.valid_to_ms)
    )
    return max(valid, key=lambda limit: limit.valid_from_ms, default=None)
