"""Declares outages and their end; what is not declared is none, whatever a gate or a rule may think (R-073)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import changes, dispatches
from cloud.store.registry import outages as rows
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

SITES_MAX = 500
REMARK_CHARS_MAX = 500


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What customs' notice says (海關通報)."""

    notice_no: str
    start_ms: int
    sites: Sequence[str]  # empty: everywhere
    functions: Sequence[str]  # of messages.Function
    extends_limits: bool = False
    remark: str = ""


def declare(desk: Desk, entry: Declaration) -> int:
    """Declare an outage and return its id; the gates in its scope are told (R-073).

    Raises:
        Refusal: FORBIDDEN, INVALID, SITE-UNKNOWN, OUTAGE-TIME, OUTAGE-TAKEN.
    """
    connection, sites = desk.connection, sorted(set(entry.sites))
    desk.require(Act.OUTAGE_DECLARE, sites=sites, subject="outage:")
    functions = sorted(set(entry.functions))
    since = {"notice": entry.notice_no, "since": "2000-01-01T00:00:00Z", "functions": functions}
    checked(since, messages.Outage, "outage")
    if len(sites) > SITES_MAX or len(entry.remark) > REMARK_CHARS_MAX:
        raise Refusal("INVALID", f"at most {SITES_MAX} sites, {REMARK_CHARS_MAX} characters")
    places.require(connection, *sites)
    if entry.start_ms > desk.now_ms:
        raise Refusal("OUTAGE-TIME", "it begins in the future")
    row = {"notice_no": entry.notice_no, "declared_by": desk.actor.account, "declared_ms": desk.now_ms}
    row |= {"start_ms": entry.start_ms, "everywhere": not sites, "functions": functions}
    row |= {"extends_limits": entry.extends_limits, "remark": entry.remark.strip()}
    try:
        outage = rows.add(connection, row, sites)
    except IntegrityError as error:
        raise Refusal("OUTAGE-TAKEN", entry.notice_no) from error
    desk.note(Act.OUTAGE_DECLARE, f"outage:{outage}", notice=entry.notice_no, sites=sites, functions=functions)
    _tell(desk, sites)
    return outage


def end(desk: Desk, outage: int, end_ms: int) -> None:
    """Declare the end of an outage; the gates in its scope are told.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, OUTAGE-ENDED, OUTAGE-TIME.
    """
    subject = f"outage:{outage}"
    desk.require(Act.OUTAGE_DECLARE, subject=subject)
    row = found(desk, outage)
    if row.end_ms is not None:
        raise Refusal("OUTAGE-ENDED", subject)
    if not row.start_ms <= end_ms <= desk.now_ms:
        raise Refusal("OUTAGE-TIME", "it ends after it began, and not in the future")
    ending = {"outage": outage, "end_ms": end_ms, "ended_by": desk.actor.account, "at_ms": desk.now_ms}
    try:
        rows.add_end(desk.connection, ending)
    except IntegrityError as error:
        raise Refusal("OUTAGE-ENDED", subject) from error
    desk.note(Act.OUTAGE_DECLARE, subject, end_ms=end_ms)
    _tell(desk, rows.sites(desk.connection, outage))


def found(desk: Desk, outage: int) -> Any:
    """Return an outage with its end; Refusal NOT-FOUND."""
    row = rows.find(desk.connection, outage)
    if row is None:
        raise Refusal("NOT-FOUND", f"outage:{outage}")
    return row


def covering(desk: Desk, outage: int, *sites: str) -> Any:
    """Return a declared outage that covers one of these sites; Refusal OUTAGE-UNKNOWN, OUTAGE-SCOPE."""
    row = rows.find(desk.connection, outage)
    if row is None:
        raise Refusal("OUTAGE-UNKNOWN", str(outage))
    if not row.everywhere and set(sites).isdisjoint(rows.sites(desk.connection, outage)):
        raise Refusal("OUTAGE-SCOPE", ", ".join(sites))
    return row


def _tell(desk: Desk, sites: Sequence[str]) -> None:
    if sites:
        dispatches.ask(desk.connection, desk.now_ms, sites=sites)
    else:
        dispatches.ask_all(desk.connection, desk.now_ms)
    changes.append(desk.connection, [(changes.Kind.SITE, {"site": code}) for code in sites], desk.now_ms)
