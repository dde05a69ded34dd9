"""How a finding and the case that may be open for it become one case: pure, the store writes what is returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.domain.finding import OPEN, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloud.domain.finding import Json

REFUTED_WHY = "NO-LONGER-TRUE"


@dataclass(frozen=True, kw_only=True)
class Case:
    """The unclosed case of one code and subject, as stored."""

    id: int
    code: str
    status: Status
    occurred_ms: int
    version: int
    inputs: dict[str, Json]
    limits: dict[str, Json]
    count: int


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What to write: a new case (`case` None) or an open one revised; `holds` puts the movement on hold now."""

    case: Case | None
    finding: Finding
    holds: bool


def settle(cases: Mapping[str, Case], findings: Iterable[Finding]) -> list[Settlement]:
    """Compare the unclosed cases of one subject, by code, with what the rules say now; unchanged ones are left out.

    A case is never deleted: one whose rule no longer says anything becomes AUTO_REFUTED (B0 late event).
    """
    settlements: list[Settlement] = []
    spoken: set[str] = set()
    for finding in findings:
        spoken.add(finding.code)
        case = cases.get(finding.code)
        if (case is None and finding.status in OPEN) or (case is not None and _differs(case, finding)):
            settlements.append(Settlement(case=case, finding=finding, holds=_holds(case, finding)))
    for code, case in cases.items():
        if code not in spoken and case.status in OPEN:
            settlements.append(Settlement(case=case, finding=_refuted(case), holds=False))
    return settlements


def accumulate(case: Case | None, finding: Finding) -> Settlement:
    """Add a finding about a gate, whose count is what one batch brought, to the case that may be open for it."""
    if case is None:
        return Settlement(case=None, finding=finding, holds=False)
    whole = Finding(
        code=finding.code,
        status=finding.status,
        occurred_ms=case.occurred_ms,
        version=finding.version,
        inputs=finding.inputs,
        limits=finding.limits,
        count=case.count + finding.count,
    )
    return Settlement(case=case, finding=whole, holds=False)


def _differs(case: Case, finding: Finding) -> bool:
    said = (finding.status, finding.occurred_ms, finding.count, finding.version, finding.inputs, finding.limits)
    return said != (case.status, case.occurred_ms, case.count, case.version, case.inputs, case.limits)


def _holds(case: Case | None, finding: Finding) -> bool:
    # Only news holds: once an officer has lifted the hold, the same evidence does not bring it back.
    return finding.holds and (case is None or case.status is not Status.CONFIRMED or finding.count > case.count)


def _refuted(case: Case) -> Finding:
    return Finding(
        code=case.code,
        status=Status.AUTO_REFUTED,
        occurred_ms=case.occurred_ms,
        version=case.version,
        inputs={**case.inputs, "why": REFUTED_WHY},
        limits=case.limits,
        count=case.count,
    )
