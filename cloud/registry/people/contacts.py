"""The contact directory of 附件三: bodies, numbers and mail addresses as dated data (R-010, R-110)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.authority import Act
from cloud.registry.contract import checked
from cloud.registry.people import offices
from cloud.registry.refusals import Refusal
from cloud.store.registry import contacts as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk

Code = Annotated[str, Meta(pattern=r"^[0-9A-Z-]{1,32}$(?!\n)")]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[str, Meta(pattern=r"^[0-9()+~、,. -]{5,40}(分機[0-9~、/ ]{1,20})?$(?!\n)")]
Mail = Annotated[str, Meta(pattern=r"^[^@\s]{1,64}@[^@\s]{1,128}$(?!\n)")]
NUMBERS_MAX = 8


class Body(StrEnum):
    """Who can be called."""

    CONTRACTOR = "CONTRACTOR"  # 維運單位
    CENTRE = "CENTRE"  # 電子封條監控中心 / 監控辦公室
    JOINT_CENTRE = "JOINT_CENTRE"  # 聯合管理中心
    IT = "IT"  # 資訊室、秘書室資訊股
    INVESTIGATION = "INVESTIGATION"  # 關務查緝組
    HOSTING = "HOSTING"  # 關務資訊組機房
    POLICE = "POLICE"  # 警政機關


FAULT_BODIES = (Body.IT, Body.CONTRACTOR)  # whom a fault may be reported to


@dataclass(frozen=True, kw_only=True)
class ContactEntry:
    """One entry of the directory; official numbers only."""

    code: str
    body: Body
    name_zh: str
    name_en: str
    office: str | None = None  # None: for all offices
    procedure: str | None = None  # E or PA where the two lists differ
    phones: Sequence[str] = ()
    mobiles: Sequence[str] = ()
    faxes: Sequence[str] = ()
    mails: Sequence[str] = ()
    valid_from_ms: int | None = None  # None: now


def put_contact(desk: Desk, entry: ContactEntry) -> bool:
    """Enter a version of a contact from a moment on; the one before ends then and stays on record. True if it is new.

    Raises:
        Refusal: FORBIDDEN, INVALID, OFFICE-UNKNOWN, VALIDITY (before the version that is there).
    """
    subject = f"contact:{entry.code}"
    desk.require(Act.CONTACT_WRITE, subject=subject)
    if entry.office is not None:
        offices.require(desk.connection, entry.office)
    row = _row(entry)
    versions = rows.history(desk.connection, entry.code)
    last = versions[-1] if versions else None
    if last is not None and last.valid_to_ms is None and row == {name: getattr(last, name) for name in row}:
        return False
    begins_ms = desk.now_ms if entry.valid_from_ms is None else entry.valid_from_ms
    if last is not None and begins_ms < max(last.valid_from_ms + 1, last.valid_to_ms or 0):
        raise Refusal("VALIDITY", entry.code)
    rows.end(desk.connection, entry.code, begins_ms)
    rows.add(desk.connection, row | {"valid_from_ms": begins_ms})
    desk.note(Act.CONTACT_WRITE, subject, body=entry.body, from_ms=begins_ms)
    return last is None


def end_contact(desk: Desk, code: str) -> None:
    """Take an entry out of the directory from now on.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    subject = f"contact:{code}"
    desk.require(Act.CONTACT_WRITE, subject=subject)
    if not rows.end(desk.connection, code, desk.now_ms):
        raise Refusal("NOT-FOUND", code)
    desk.note(Act.CONTACT_WRITE, subject, ended=True)


def _row(entry: ContactEntry) -> dict[str, Any]:
    checked(entry.code, Code, "code")
    for name in ("name_zh", "name_en"):
        checked(getattr(entry, name), Text, name)
    lists = {"phones": Number, "mobiles": Number, "faxes": Number, "mails": Mail}
    row: dict[str, Any] = {"code": entry.code, "body": str(entry.body), "office": entry.office}
    row |= {"procedure": entry.procedure, "name_zh": entry.name_zh, "name_en": entry.name_en}
    for name, kind in lists.items():
        numbers = checked(list(getattr(entry, name)), list[kind], name)  # type: ignore[valid-type]
        if len(numbers) > NUMBERS_MAX:
            raise Refusal("INVALID", f"{name}: at most {NUMBERS_MAX}")
        row[name] = numbers
    return row


def require_fault_addressee(connection: Connection, code: str, at_ms: int) -> None:
    """Raise Refusal CONTACT-BODY unless a fault may be reported to this entry: IT or the contractor (R-010)."""
    row = rows.find(connection, code, at_ms)
    if row is None or row.body not in FAULT_BODIES:
        raise Refusal("CONTACT-BODY", code)
