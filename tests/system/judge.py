"""Compares what people saw at the gates with what the cloud has stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.system.center import Center


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was lost, what came twice, and how much was looked at."""

    lights: int
    stored: int
    lost: tuple[tuple[str, str], ...]  # gate and record of a light without a record in the cloud
    twice: tuple[tuple[str, str], ...]
    gaps: tuple[tuple[str, int, int], ...]  # gate, epoch and sequence where the chain does not go on
    differs: tuple[tuple[str, str], ...]  # stored with another verdict than the light


def judge(center: Center) -> Verdict:
    """Look at every light that was witnessed and every record that is stored."""
    lost, twice, gaps, differs, lights, total = [], [], [], [], 0, 0
    for gate in center.gates:
        stored = center.stored()[gate.id]
        total += len(stored)
        count = Counter(name for name, _ in stored)
        twice += [(gate.id, name) for name, times in count.items() if times > 1]
        verdicts = {name: getattr(record, "decision", None) for name, record in stored}
        for light in gate.witness.lights.values():
            lights += 1
            if light.record not in count:
                lost.append((gate.id, light.record))
            elif (decision := verdicts[light.record]) is None or decision.verdict != light.verdict:
                differs.append((gate.id, light.record))
        last: dict[int, int] = {}
        for _, record in stored:
            epoch, seq = record.link.epoch, record.link.seq
            if seq != last.get(epoch, 0) + 1:
                gaps.append((gate.id, epoch, seq))
            last[epoch] = seq
    return Verdict(
        lights=lights, stored=total, lost=tuple(lost), twice=tuple(twice), gaps=tuple(gaps), differs=tuple(differs)
    )
