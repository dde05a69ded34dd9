"""The offices and the contact directory as one file (附件三): taken whole or not at all (R-010, R-110).

The file of the procedure's own annex is `deploy/directory.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

import msgspec

from cloud.clock import to_ms
from cloud.registry.people import contacts, offices
from cloud.registry.people.contacts import Body, ContactEntry
from cloud.registry.people.offices import OfficeEntry
from cloud.registry.refusals import Refusal
from cloud.store.registry import contacts as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

FILE_BYTES_MAX = 1_048_576
TAIPEI = timezone(timedelta(hours=8))


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One office of the file."""

    code: str
    name_zh: str
    name_en: str
    monitoring: Literal["CENTRE", "JOINT_CENTRE"] = "CENTRE"


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the file."""

    code: str
    body: Body
    name_zh: str
    name_en: str
    office: str | None = None
    procedure: Literal["E", "PA"] | None = None
    phones: tuple[str, ...] = ()
    mobiles: tuple[str, ...] = ()
    faxes: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()


class Directory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: in force from the beginning of a day in Taipei."""

    valid_from: date
    offices: tuple[Office, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Taken:
    """How many of the file's entries are new or changed."""

    offices: int
    contacts: int


def take(desk: Desk, content: bytes) -> Taken:
    """Enter a directory; the same file again changes nothing.

    Raises:
        Refusal: TOO-LARGE, INVALID (names the place in the file), FORBIDDEN, OFFICE-UNKNOWN, VALIDITY.
    """
    if len(content) > FILE_BYTES_MAX:
        raise Refusal("TOO-LARGE", f"limit {FILE_BYTES_MAX} bytes")
    try:
        directory = msgspec.toml.decode(content, type=Directory)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refusal("INVALID", str(error)) from error
    new_offices = sum(
        offices.put_office(
            desk, OfficeEntry(code=one.code, name_zh=one.name_zh, name_en=one.name_en, monitoring=one.monitoring)
        )
        for one in directory.offices
    )
    begins_ms = to_ms(datetime.combine(directory.valid_from, datetime.min.time(), TAIPEI).astimezone(UTC))
    changed = 0
    for one in directory.contacts:
        before = len(rows.history(desk.connection, one.code))
        contacts.put_contact(desk, ContactEntry(**msgspec.structs.asdict(one), valid_from_ms=begins_ms))
        changed += len(rows.history(desk.connection, one.code)) - before
    return Taken(offices=new_offices, contacts=changed)
