"""Sealed anyway under an outage that customs have declared (R-073, R-074): no pairing is known, all else still counts.

Pure, like `edge.domain.decision`, whose ruling it takes further.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from edge.domain.objection import codes_of, verdict_of
from edge.domain.person import of_the_person
from schemas.lifecycle import ARRIVALS, DEPARTURE, DEPARTURES
from schemas.messages import Function, Operation, SealKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from edge.domain.decision import Ruling
    from edge.domain.objection import Objection
    from edge.domain.trusted_manifest import Papers
    from schemas.messages import Staff, Written

SEALED_ANYWAY = (Function.PAIRING, Function.DEPARTURE)
REASONS = ("DEPARTED", "OUTAGE-RECORDED")


def outage_of(papers: Papers | None, functions: Collection[Function]) -> str | None:
    """Return the notice of an outage in force that takes away one of these functions (R-073)."""
    outages = papers.manifest.outages if papers else ()
    return next((outage.notice for outage in outages if set(functions) & set(outage.functions)), None)


def outage_for(papers: Papers | None, operation: Operation) -> str | None:
    """Return the notice under which an operation is done now; None where no outage touches it."""
    if operation in DEPARTURES | {Operation.READ_CONFIRM_OUT, Operation.SCRAP}:
        return outage_of(papers, SEALED_ANYWAY)
    if operation in ARRIVALS | {Operation.READ_CONFIRM_IN, Operation.ABNORMAL_IN}:
        return outage_of(papers, (Function.ARRIVAL,))
    return None


def sealed_anyway(
    ruling: Ruling, papers: Papers | None, staff: Staff | None, direction: str | None, written: Written | None
) -> Ruling:
    """Return the ruling on a seal that no papers know, under an outage; unchanged where more speaks against it.

    1. Only that no pairing is known may be missing, and an outage in force must take the pairing or the departure away.
    2. Person and lane must be right for the departure of this kind of seal.
    3. What is written down must not be goods that papers know otherwise: held, or paired with another seal.
    """
    if ruling.decision.reasons != ("UNPAIRED",) or ruling.tag is None or outage_of(papers, SEALED_ANYWAY) is None:  # 1
        return ruling
    operation = DEPARTURE[SealKind.PA if ruling.tag.chip == "NTAG213" else SealKind.E]
    objections = of_the_person(staff, operation)  # 2
    if direction == "IN":
        objections.append((Verdict.REFER, "WRONG-LANE"))
    objections += _known_otherwise(papers, written)  # 3
    verdict = verdict_of(objections)
    reasons = REASONS if verdict is Verdict.GO else codes_of(objections)
    decision = msgspec.structs.replace(ruling.decision, verdict=verdict, reasons=reasons)
    return replace(ruling, operation=operation, decision=decision)


def _known_otherwise(papers: Papers | None, written: Written | None) -> list[Objection]:
    if papers is None or written is None:
        return []
    objections: list[Objection] = []
    for expected in papers.manifest.expected:
        same = expected.container == written.container or expected.seal_no == written.seal_no
        if not same or expected.state == "CANCELLED":
            continue
        if expected.hold is not None:
            objections += [(Verdict.STOP, "HELD"), (Verdict.STOP, expected.hold.reason)]
        elif expected.state in {"PAIRED", "IN_TRANSIT"}:
            objections.append((Verdict.REFER, "SEAL-DIFFERS"))
    return objections
