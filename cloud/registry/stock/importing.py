"""Bulk import of the table of seals and chips: a CSV file, all of it or nothing, with every fault at its line.

Columns: seal_no, uid, kind, and if wanted series. What is there already and equal stays as it is.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.lifecycles.seal import State
from cloud.domain.seal_numbers import span
from cloud.registry.refusals import Refusal
from cloud.registry.stock.seals import SealEntry, check
from cloud.store import dispatches
from cloud.store import seals as rows
from cloud.store.registry import seal_registers
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloud.registry.desk import Desk

COLUMNS = ("seal_no", "uid", "kind")
LINES_MAX = 500_000
FAULTS_MAX = 1_000  # told of one file
_SITE = rows.NEW.index("site")
STEP = 5_000  # lines between two words of progress


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with one line; lines count from 1, the header's included."""

    line: int
    code: str
    detail: str


@dataclass(kw_only=True)
class Checked:
    """A file held against the register: what is new, what is there already, and what is wrong."""

    new: list[SealEntry] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_file(desk: Desk, content: bytes, progress: Callable[[int], None] = lambda _lines: None) -> Checked:
    """Read a file and say what importing it would do (the dry run); it only reads.

    Raises:
        Refusal: FORBIDDEN, IMPORT where it is no such file at all.
    """
    desk.require(Act.SEAL_WRITE, subject="seals")
    found, read = Checked(), {}
    for line, row in _lines(content):
        if len(found.faults) >= FAULTS_MAX:
            break
        entry = _entry(row)
        try:
            check(entry)
        except Refusal as refusal:
            found.faults.append(Fault(line=line, code=refusal.code, detail=refusal.detail))
            continue
        read[line] = entry
        if line % STEP == 0:
            progress(line)
    _against_each_other(read, found)
    _against_the_register(desk, read, found)
    found.faults.sort(key=lambda fault: fault.line)
    return found


def take(desk: Desk, checked: Checked) -> int:
    """Add what is new of a faultless file; returns how many seals that is.

    Raises:
        Refusal: FORBIDDEN, IMPORT where it has faults, UID-TAKEN where somebody was first since it was checked.
    """
    desk.require(Act.SEAL_WRITE, subject="seals")
    if checked.faults:
        raise Refusal("IMPORT", f"{len(checked.faults)} lines")
    stock = _Stock(desk)
    new = [stock.row(entry) for entry in checked.new]
    try:
        with desk.connection.begin_nested():
            rows.add_many(desk.connection, new)
    except IntegrityError as error:
        raise Refusal("UID-TAKEN", "a seal of the file was entered meanwhile") from error
    dispatches.ask(desk.connection, desk.now_ms, sites={str(row[_SITE]) for row in new if row[_SITE] is not None})
    desk.note(Act.SEAL_WRITE, "seals", imported=len(checked.new), unchanged=checked.unchanged)
    return len(checked.new)


def _lines(content: bytes) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal("IMPORT", f"not UTF-8 at byte {error.start}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        header = reader.fieldnames or ()
        if not set(COLUMNS) <= set(header):
            raise Refusal("IMPORT", f"line 1 must name the columns {', '.join(COLUMNS)}")
        for number, row in enumerate(reader):
            if number >= LINES_MAX:
                raise Refusal("IMPORT", f"more than {LINES_MAX} lines")
            yield reader.line_num, row
    except csv.Error as error:
        raise Refusal("IMPORT", f"line {reader.line_num}: {error}") from error


def _entry(row: Mapping[str, str | None]) -> SealEntry:
    seal_no, uid, kind = ((row.get(name) or "").strip() for name in COLUMNS)
    return SealEntry(seal_no=seal_no, uid=uid.upper(), kind=kind, series=(row.get("series") or "").strip() or None)


def _against_each_other(read: dict[int, SealEntry], found: Checked) -> None:
    """Keep the first line of each number and chip."""
    first: dict[tuple[str, str], int] = {}
    for line, entry in list(read.items()):
        names = (("seal_no", entry.seal_no), ("uid", entry.uid))
        earlier = next((first[name] for name in names if name in first), None)
        if earlier is not None:
            found.faults.append(Fault(line=line, code="TWICE", detail=f"as in line {earlier}"))
            del read[line]
        for name in names:
            first.setdefault(name, line)


def _against_the_register(desk: Desk, read: Mapping[int, SealEntry], found: Checked) -> None:
    entries = list(read.values())
    known = rows.known(desk.connection, [one.seal_no for one in entries], [one.uid for one in entries])
    by_number, by_uid = {row.seal_no: row for row in known}, {row.uid: row for row in known}
    for line, entry in read.items():
        same = by_number.get(entry.seal_no)
        owner = by_uid.get(entry.uid)
        equal = same is not None and (same.uid, same.kind) == (entry.uid, entry.kind)
        if same is not None and equal and entry.series in {None, same.series}:
            found.unchanged += 1
        elif same is not None:
            code = "SEAL-KIND" if same.kind != entry.kind else "SEAL-KNOWN"
            stands = f"{entry.seal_no} has chip {same.uid}, series {same.series or 'by number'}"
            found.faults.append(Fault(line=line, code=code, detail=stands))
        elif owner is not None:
            found.faults.append(Fault(line=line, code="UID-TAKEN", detail=f"{entry.uid} is {owner.seal_no}'s"))
        else:
            found.new.append(entry)


class _Stock:
    """Says of each new seal whether its number is issued already; asks once for each series of numbers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._series: dict[tuple[str, int], Sequence[Any]] = {}  # issues in force by their first number

    def row(self, entry: SealEntry) -> tuple[object, ...]:
        known = (entry.seal_no, entry.uid, entry.kind, entry.series)
        issued = self._issued(entry.seal_no) if entry.kind == SealKind.E else None
        return (*known, *(issued or (State.STOCK.value, None, None)))

    def _issued(self, seal_no: str) -> tuple[str, str, int] | None:
        try:
            one = span(seal_no, seal_no)
        except ValueError:
            return None
        series = (one.prefix, one.width)
        if series not in self._series:
            self._series[series] = seal_registers.in_force(self._desk.connection, *series)
        issues = self._series[series]
        place = bisect_right(issues, one.first, key=lambda issue: issue.first)
        if place == 0 or issues[place - 1].last < one.first:
            return None
        return (State.ISSUED.value, issues[place - 1].site, issues[place - 1].issued_ms)
