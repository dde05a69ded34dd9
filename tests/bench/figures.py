"""Figures of a benchmark: percentiles, medians over runs, lines that must hold, a table and a JSON file.

What is measured stands in the modules beside this one.
"""

from __future__ import annotations

import json
import platform
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; 0 < percent <= 100."""
    ordered = sorted(samples)
    rank = max(1, round(percent / 100 * len(ordered)))
    return ordered[min(rank, len(ordered)) - 1]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One measured quantity: its value in every run, beside the bare limit of the same run where there is one."""

    name: str
    unit: str
    runs: tuple[float, ...]
    bare: tuple[float, ...] = ()
    bare_name: str = ""
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def bare_median(self) -> float | None:
        return statistics.median(self.bare) if self.bare else None

    @property
    def ratio(self) -> float | None:
        """Median over the runs of value / bare limit, each pair from the same run."""
        if not self.bare:
            return None
        return statistics.median(value / limit for value, limit in zip(self.runs, self.bare, strict=True))


@dataclass(frozen=True, kw_only=True)
class MustHold:
    """A promise of the issue, judged on what was just measured."""

    promise: str
    measured: str
    ok: bool


@dataclass(kw_only=True)
class Report:
    """Everything one `make bench` found."""

    lines: list[Line] = field(default_factory=list)
    promises: list[MustHold] = field(default_factory=list)

    def add(self, lines: Iterable[Line], promises: Iterable[MustHold] = ()) -> None:
        self.lines.extend(lines)
        self.promises.extend(promises)

    def table(self) -> str:
        """The report as aligned text."""
        head = ("what", "median", "runs", "bare limit", "of it", "note")
        rows = [head, *(self._row(line) for line in self.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        text.insert(1, "  ".join("-" * width for width in widths))
        text.extend(
            f"{'ok    ' if promise.ok else 'FAILED'}  {promise.promise}: {promise.measured}"
            for promise in self.promises
        )
        return "\n".join(text)

    def save(self, path: Path) -> None:
        """Write the report as JSON, with what it was measured on."""
        document = {
            "machine": {"python": platform.python_version(), "system": platform.platform()},
            "lines": [asdict(line) | {"median": line.median, "ratio": line.ratio} for line in self.lines],
            "must_hold": [asdict(promise) for promise in self.promises],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")

    @staticmethod
    def _row(line: Line) -> tuple[str, ...]:
        bare = "" if line.bare_median is None else f"{line.bare_name} {_short(line.bare_median)} {line.unit}"
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        runs = " ".join(_short(value) for value in line.runs)
        return (line.name, f"{_short(line.median)} {line.unit}", runs, bare, ratio, line.note)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def repeat(runs: int, measure: Callable[[], float]) -> tuple[float, ...]:
    """Measure `runs` times."""
    return tuple(measure() for _ in range(runs))
