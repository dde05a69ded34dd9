"""One look at everything the board shows, at one moment of the database, with the stored records read.

No words and no HTML: `render` puts it into a language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cloud.store import board, changes, rollups
from cloud.store.rollups import MINUTE_MS, Series
from cloud.web.language import midnight_ms
from schemas import envelope
from schemas.messages import ScanEvent, SealProof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.store.board_rows import Case, Counts, Gate, Movement, Scan, Site

ARRIVED_SHOWN_MS = 12 * 3600 * 1000
# A record that took longer than this from the gate to the store had to wait for its network.
BUFFERED_MS = 15_000
# A gate that signed ONLINE but has been silent this long is not known to be online.
SILENT_MS = 60_000
CONDITIONS = ("OFFLINE", "UNKNOWN", "ONLINE")
CHART_MINUTES = 60
SPARK_MINUTES = 5

CHARTED = (Series.SCANS, Series.GO, Series.STOP, Series.REFER, Series.OUTBOX_DEPTH, Series.OUTBOX_AGE_S)
COUNTED = (Series.SCANS, Series.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Passage:
    """One scan with what its signed bytes say."""

    scan: Scan
    container: str | None
    seal_no: str | None
    reasons: tuple[str, ...]
    proof: str  # VERIFIED, NOT_VERIFIED or FAILED
    proof_code: str | None  # why it failed
    photo: str | None  # hash of the first picture
    photo_here: bool
    waited_ms: int | None  # how long it was buffered at the gate, None if it came at once
    grounds: str | None = None  # why 讀取確認, 補作進站讀取 or 報廢 was chosen
    outage: str | None = None  # the notice under which it was done


@dataclass(frozen=True, slots=True)
class GateSight:
    """One gate with whether it is to be believed online."""

    gate: Gate
    condition: str  # ONLINE / OFFLINE / UNKNOWN


@dataclass(frozen=True, slots=True)
class Chart:
    """Per minute, oldest first: counts of scans by verdict, and what waited at all gates; None where nobody said."""

    minutes_ms: list[int]
    go: list[int]
    stop: list[int]
    refer: list[int]
    depth: list[float | None]
    age_s: list[float | None]


@dataclass(frozen=True, slots=True)
class Sight:
    """The whole board at `now_ms`; every change up to `head` is in it."""

    now_ms: int
    head: int
    counts: Counts
    movements: list[Movement]
    codes: Mapping[str, list[str]]  # open cases by movement
    cases: list[Case]
    passages: list[Passage]
    gates: list[GateSight]
    sites: list[Site]
    chart: Chart
    today: Mapping[str, int]  # counts of today by series

    @property
    def scans_spark(self) -> list[float]:
        """Return the scans of the last hour in steps of five minutes."""
        chart = self.chart
        return per_bucket(
            [sum(minute) for minute in zip(chart.go, chart.stop, chart.refer, strict=True)], SPARK_MINUTES
        )

    @property
    def depth_spark(self) -> list[float]:
        """Return what waited at the gates in the last hour, in steps of five minutes; nothing where no gate said."""
        known = [depth or 0.0 for depth in self.chart.depth]
        return per_bucket(known, SPARK_MINUTES) if any(depth is not None for depth in self.chart.depth) else []


def look(connection: Connection, now_ms: int) -> Sight:
    """Read the board in one transaction."""
    since_ms = now_ms - ARRIVED_SHOWN_MS
    movements = board.movements(connection, now_ms, since_ms)
    return Sight(
        now_ms=now_ms,
        head=changes.newest(connection),
        counts=board.counts(connection, now_ms, since_ms),
        movements=movements,
        codes=board.codes_of_movements(connection, [movement.id for movement in movements]),
        cases=board.open_cases(connection),
        passages=_passages(connection),
        gates=_gates(connection, now_ms),
        sites=board.sites(connection),
        chart=_chart(connection, now_ms),
        today=rollups.totals(connection, COUNTED, midnight_ms(now_ms), now_ms + MINUTE_MS),
    )


def _gates(connection: Connection, now_ms: int) -> list[GateSight]:
    """Those that need somebody first: offline, unknown, then whatever holds the most records back."""
    seen = [GateSight(gate, _condition(gate, now_ms)) for gate in board.gates(connection)]
    return sorted(seen, key=lambda one: (CONDITIONS.index(one.condition), -(one.gate.backlog or 0)))


def _condition(gate: Gate, now_ms: int) -> str:
    if gate.state == "OFFLINE":
        return "OFFLINE"
    heard = gate.state == "ONLINE" and gate.heard_ms is not None and now_ms - gate.heard_ms <= SILENT_MS
    return "ONLINE" if heard else "UNKNOWN"


def _passages(connection: Connection) -> list[Passage]:
    scans = board.scans(connection)
    events = [_event(scan.jws) for scan in scans]
    first_photos = [event.photos[0].sha256 if event.photos else None for event in events]
    here = board.photos_here(connection, [photo for photo in first_photos if photo])
    return [
        _passage(scan, event, photo, photo_here=photo in here)
        for scan, event, photo in zip(scans, events, first_photos, strict=True)
    ]


def _passage(scan: Scan, event: ScanEvent, photo: str | None, *, photo_here: bool) -> Passage:
    waited_ms = scan.record_ms - scan.event_ms
    proof = scan.proof or event.decision.proof
    if proof not in set(SealProof):
        proof = SealProof.FAILED
    return Passage(
        scan=scan,
        container=scan.container or event.container,
        seal_no=scan.seal_no or (event.tag.seal_no if event.tag else None),
        reasons=event.decision.reasons,
        proof=proof,
        proof_code=scan.proof if proof == SealProof.FAILED else None,
        photo=photo,
        photo_here=photo_here,
        waited_ms=waited_ms if waited_ms > BUFFERED_MS else None,
        grounds=event.grounds,
        outage=event.outage,
    )


@lru_cache(maxsize=4 * board.SCANS_MAX)
def _event(jws: bytes) -> ScanEvent:
    # The signature was verified before the bytes were stored, and a stored record never changes.
    record = envelope.decode_record(envelope.unb64url(jws.split(b".")[1]))
    if not isinstance(record, ScanEvent):
        raise AssertionError("a record stored as SCAN is a scan event")  # noqa: TRY004 -- our bug, not a caller's type
    return record


def _chart(connection: Connection, now_ms: int) -> Chart:
    to_ms = now_ms - now_ms % MINUTE_MS + MINUTE_MS
    minutes_ms = list(range(to_ms - CHART_MINUTES * MINUTE_MS, to_ms, MINUTE_MS))
    rows = rollups.per_minute(connection, CHARTED, minutes_ms[0], to_ms)
    found = {(row["series"], row["minute_ms"]): row for row in rows}

    def counted(series: Series) -> list[int]:
        return [int(found[series, minute]["count"]) if (series, minute) in found else 0 for minute in minutes_ms]

    def gauge(series: Series, column: str) -> list[float | None]:
        return [float(found[series, minute][column]) if (series, minute) in found else None for minute in minutes_ms]

    return Chart(
        minutes_ms=minutes_ms,
        go=counted(Series.GO),
        stop=counted(Series.STOP),
        refer=counted(Series.REFER),
        depth=gauge(Series.OUTBOX_DEPTH, "sum_of_max"),
        age_s=gauge(Series.OUTBOX_AGE_S, "max"),
    )


def per_bucket(values: Sequence[float], size: int) -> list[float]:
    """Add up `size` neighbours each, for a sparkline."""
    return [sum(values[start : start + size]) for start in range(0, len(values), size)]
