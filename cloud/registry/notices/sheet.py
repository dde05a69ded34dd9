"""Reads a sheet of notices (CSV, UTF-8) as yards' systems write it: all of it or nothing, each fault with its line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from cloud.clock import to_ms
from cloud.registry.notices.telling import Direction, Notice, check, tell
from cloud.registry.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloud.registry.desk import Desk

COLUMNS = ("site", "container", "direction", "at")
ORDER = "transport_order"  # a column that may be missing
LINES_MAX = 20_000
FAULTS_MAX = 100  # listed by a trial
FAULTS_NAMED = 5  # in a refusal
_WORDS: Mapping[str, str] = MappingProxyType({"出站": Direction.OUT, "進站": Direction.IN})


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a line of the sheet, the header being line 1."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a sheet held; a trial stores nothing and lists its faults."""

    lines: int
    new: int
    known: int
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def take_sheet(desk: Desk, content: bytes, *, trial: bool) -> Report:
    """Take every notice of a sheet or none.

    Raises:
        Refusal: CSV, CSV-LINES (the first faults with their lines; a trial reports them all), FORBIDDEN, SITE-UNKNOWN.
    """
    faults: list[Fault] = []
    good: list[tuple[int, Notice]] = []
    lines = 0
    for line, cells in _lines(content):
        lines += 1
        try:
            good.append((line, check(_notice(cells), desk.now_ms)))
        except Refusal as refusal:
            faults.append(Fault(line=line, code=refusal.code, detail=refusal.detail))
    if trial:
        return Report(lines=lines, new=0, known=0, faults=tuple(faults[:FAULTS_MAX]), warnings=())
    if faults:
        first = "; ".join(f"line {one.line}: {one.code} {one.detail}" for one in faults[:FAULTS_NAMED])
        raise Refusal("CSV-LINES", f"{len(faults)} of {lines} lines; {first}")
    answers = tell(desk, [notice for _, notice in good])
    odd = [(line, one.warning) for (line, _), one in zip(good, answers, strict=True) if one.warning]
    warnings = tuple(Fault(line=line, code="ISO-6346", detail=text) for line, text in odd[:FAULTS_MAX])
    new = sum(one.created for one in answers)
    return Report(lines=lines, new=new, known=len(answers) - new, faults=(), warnings=warnings)


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, cells by column); Refusal CSV where the sheet as such cannot be read."""
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        names = reader.fieldnames or []
        if not set(COLUMNS) <= set(names) <= {*COLUMNS, ORDER}:
            raise Refusal("CSV", f"columns: {','.join((*COLUMNS, ORDER))}")
        for count, cells in enumerate(reader, 1):
            if count > LINES_MAX:
                raise Refusal("CSV", f"more than {LINES_MAX} lines")
            if None in cells or None in cells.values():
                raise Refusal("CSV", f"line {reader.line_num}: {len(names)} cells are asked for")
            yield reader.line_num, cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal("CSV", str(error)) from error


def _notice(cells: dict[str, str]) -> Notice:
    said = {name: cells[name].strip() for name in cells}
    try:
        at = datetime.fromisoformat(said["at"])
    except ValueError as error:
        raise Refusal("INVALID", "at: RFC 3339") from error
    if at.tzinfo is None:
        raise Refusal("INVALID", "at: write the offset, such as +08:00")
    return Notice(
        site=said["site"],
        container=said["container"],
        direction=_WORDS.get(said["direction"], said["direction"]),
        at_ms=to_ms(at),
        transport_order=said.get(ORDER) or None,
    )
