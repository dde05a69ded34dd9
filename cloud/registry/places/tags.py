"""Location tags: applied for, mounted, reviewed by the centre, retired; each step with who, when, why and a photo."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.lifecycles.location_tag import MACHINE, State, Step
from cloud.registry import documents
from cloud.registry.contract import checked
from cloud.registry.places.sites import require
from cloud.registry.refusals import Refusal
from cloud.registry.stepping import following
from cloud.store import changes, dispatches
from cloud.store.registry import location_tags as rows
from schemas import messages

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

ACTIVE_MAX = 64  # of one site: what a manifest holds
REMARK_CHARS_MAX = 500
_ACTS = {Step.MOUNT: Act.TAG_MOUNT, Step.ACTIVATE: Act.TAG_DECIDE, Step.REJECT: Act.TAG_DECIDE}
_ACTS |= {Step.RETIRE: Act.TAG_RETIRE}


class Ground(StrEnum):
    """Why a place may have a tag: the procedure knows one reason (R-018)."""

    NO_SATELLITE_FIX = "NO_SATELLITE_FIX"  # 因訊號不良，無法確認GPS位置點


@dataclass(frozen=True, kw_only=True)
class Application:
    """What an operator applies with (R-019)."""

    site: str
    ground: str
    reason: str  # 申辦事由
    photo: str  # SHA-256 of the picture of the spot


@dataclass(frozen=True, kw_only=True)
class Mounting:
    """What the supervising officer reports (R-020)."""

    uid: str
    record: str
    photo: str  # SHA-256 of the picture of the mounted tag


def apply(desk: Desk, entry: Application) -> int:
    """File an application for a tag and return its id (R-018, R-019).

    Raises:
        Refusal: FORBIDDEN, SITE-UNKNOWN, SITE-CLOSED, TAG-GROUND, INVALID, DOCUMENT-UNKNOWN.
    """
    desk.require(Act.TAG_APPLY, sites=[entry.site], subject=f"site:{entry.site}"[:80])
    require(desk.connection, entry.site, at_ms=desk.now_ms)
    if entry.ground != Ground.NO_SATELLITE_FIX:
        raise Refusal("TAG-GROUND")
    _said(entry.reason, "reason")
    documents.require(desk, entry.photo, sites=[entry.site])
    row = {"site": entry.site, "state": MACHINE.initial, "uid": None, "updated_ms": desk.now_ms}
    tag = rows.add(desk.connection, row)
    _record(desk, tag, "APPLY", MACHINE.initial, {"remark": entry.reason, "photo": entry.photo})
    desk.note(Act.TAG_APPLY, f"tag:{tag}", site=entry.site)
    return tag


def mount(desk: Desk, tag: int, entry: Mounting) -> None:
    """Report a tag as mounted, for the centre to review (R-020); a rejected one may be mounted anew.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATE, CONFLICT, INVALID, TAG-TAKEN, DOCUMENT-UNKNOWN.
    """
    row = _asked(desk, tag, Step.MOUNT)
    checked(entry.uid, messages.UidHex, "uid")
    _said(entry.record, "record")
    documents.require(desk, entry.photo, sites=[row.site])
    if (owner := rows.in_use(desk.connection, entry.uid)) not in {None, tag}:
        raise Refusal("TAG-TAKEN", f"{entry.uid} is tag {owner}")
    _step(desk, row, Step.MOUNT, remark=entry.record, photo=entry.photo, uid=entry.uid)


def activate(desk: Desk, tag: int, finding: str) -> None:
    """Let a mounted tag prove its place from now on: the centre has reviewed photos and record (R-021).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATE, CONFLICT, INVALID, SITE-TAGS-FULL.
    """
    row = _asked(desk, tag, Step.ACTIVATE)
    _said(finding, "finding", least=0)
    rows.lock_site(desk.connection, row.site)
    if len(rows.active(desk.connection, row.site)) >= ACTIVE_MAX:
        raise Refusal("SITE-TAGS-FULL", row.site)
    _step(desk, row, Step.ACTIVATE, remark=finding)


def reject(desk: Desk, tag: int, reason: str) -> None:
    """Return a mounted tag with the reason (R-021).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATE, CONFLICT, INVALID.
    """
    row = _asked(desk, tag, Step.REJECT)
    _said(reason, "reason")
    _step(desk, row, Step.REJECT, remark=reason)


def retire(desk: Desk, tag: int, reason: str) -> None:
    """End a tag for good, or an application that leads nowhere; it proves nothing any more (R-022).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATE, CONFLICT, INVALID.
    """
    row = _asked(desk, tag, Step.RETIRE)
    _said(reason, "reason")
    _step(desk, row, Step.RETIRE, remark=reason)


def _asked(desk: Desk, tag: int, step: Step) -> Any:
    """Return the tag whose state allows the step, if this actor may take it."""
    act, subject = _ACTS[step], f"tag:{tag}"
    desk.require(act, subject=subject)
    row = rows.find(desk.connection, tag)
    if row is None:
        raise Refusal("NOT-FOUND", subject)
    desk.require(act, sites=[row.site], subject=subject)
    following(MACHINE, State(row.state), step, subject)
    return row


def _step(desk: Desk, row: Any, step: Step, **said: str) -> None:
    state = MACHINE.table[State(row.state), step]
    values = {"state": state, "updated_ms": desk.now_ms} | ({"uid": said["uid"]} if "uid" in said else {})
    try:
        moved = rows.move(desk.connection, row.id, row.state, values)
    except IntegrityError as error:
        raise Refusal("TAG-TAKEN", said.get("uid", "")) from error
    if not moved:
        raise Refusal("CONFLICT", f"tag:{row.id} is {row.state} no more")
    _record(desk, row.id, step, state, said)
    desk.note(_ACTS[step], f"tag:{row.id}", step=step, state=state, site=row.site)
    if State.ACTIVE in {state, row.state}:  # gates know the active ones only
        dispatches.ask(desk.connection, desk.now_ms, sites=[row.site])
        changes.append(desk.connection, [(changes.Kind.SITE, {"site": row.site})], desk.now_ms)


def _record(desk: Desk, tag: int, step: str, state: State, said: dict[str, str]) -> None:
    row: dict[str, Any] = {"tag": tag, "step": step, "state": state, "at_ms": desk.now_ms}
    row |= {"account": desk.actor.account, "remark": said["remark"].strip()}
    rows.record(desk.connection, row | {"photo": said.get("photo"), "uid": said.get("uid")})


def _said(text: str, field: str, least: int = 1) -> None:
    if not least <= len(text.strip()) <= REMARK_CHARS_MAX:
        raise Refusal("INVALID", f"{field}: {least} to {REMARK_CHARS_MAX} characters")
