"""One act of one actor: a transaction with the question whether it is allowed, and the audit row it leaves.

Every service of the registry takes a `Desk`. What it does and its audit row are stored together or not at all; a
refused attempt leaves its row in a transaction of its own.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloud.domain import authority
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading, writing
from cloud.store.registry import audit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection, Engine

    from cloud.domain.authority import Act, Actor
    from cloud.registry.vault import Vault
    from cloud.store.document_files import Shelf


SUBJECT_CHARS_MAX = 80
_PERSON_ID = re.compile(r"P-[0-9a-z]{1,20}")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")


class Denied(Refusal):
    """The actor may not do this (403 FORBIDDEN); it goes on the audit log."""

    def __init__(self, act: Act, subject: str, why: str) -> None:
        super().__init__("FORBIDDEN", why)
        self.act = act
        self.subject = subject


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where one act happens; `looks` collects what was read of personal data, for the audit log."""

    connection: Connection
    actor: Actor
    now_ms: int
    vault: Vault | None = None
    shelf: Shelf | None = None  # where documents lie
    looks: list[dict[str, Any]] = field(default_factory=list)

    def require(self, act: Act, *, sites: Collection[str] = (), subject: str = "") -> None:
        """Raise Denied unless the actor may do `act` at one of `sites`."""
        why = authority.denial(self.actor, act, sites)
        if why is not None:
            raise Denied(act, subject, why)

    def scope(self, act: Act, *, subject: str = "") -> frozenset[str] | None:
        """Return the sites that a list read under `act` is limited to, None for all; raise Denied where it is none."""
        self.require(act, subject=subject)
        return authority.scope(self.actor, act)

    def note(self, act: Act, subject: str, **detail: object) -> None:
        """Put the act on the audit log, in the same transaction; `detail` holds no personal data."""
        audit.append(self.connection, self._row(act, subject, "DONE", detail))

    def look(self, act: Act, subject: str, **detail: object) -> None:
        """Have a look at personal data put on the audit log, before the answer leaves (R-070)."""
        self.looks.append(self._row(act, subject, "LOOKED", detail))

    def _row(self, act: Act, subject: str, outcome: str, detail: dict[str, Any]) -> dict[str, Any]:
        row = {"at_ms": self.now_ms, "account": self.actor.account, "act": act, "outcome": outcome}
        return row | {"subject": _logged(subject), "detail": detail}


@contextmanager
def at_desk(
    engine: Engine, actor: Actor, now_ms: int, vault: Vault | None = None, shelf: Shelf | None = None
) -> Iterator[Desk]:
    """Give a desk whose transaction commits at the end and rolls back on an exception."""
    try:
        with writing(engine) as connection:
            desk = Desk(connection=connection, actor=actor, now_ms=now_ms, vault=vault, shelf=shelf)
            yield desk
            for row in desk.looks:
                audit.append(connection, row)
    except Denied as denied:
        _log_denied(engine, actor, now_ms, denied)
        raise


@contextmanager
def at_reading_desk(
    engine: Engine, actor: Actor, now_ms: int, vault: Vault | None = None, shelf: Shelf | None = None
) -> Iterator[Desk]:
    """Give a desk that only reads and waits for no writer; looks at personal data are logged before the answer."""
    try:
        with reading(engine) as connection:
            desk = Desk(connection=connection, actor=actor, now_ms=now_ms, vault=vault, shelf=shelf)
            yield desk
    except Denied as denied:
        _log_denied(engine, actor, now_ms, denied)
        raise
    if desk.looks:
        with writing(engine) as connection:
            for row in desk.looks:
                audit.append(connection, row)


def _log_denied(engine: Engine, actor: Actor, now_ms: int, denied: Denied) -> None:
    row = {"at_ms": now_ms, "account": actor.account, "act": denied.act, "outcome": "DENIED"}
    with writing(engine) as connection:
        audit.append(connection, row | {"subject": _logged(denied.subject), "detail": {"why": denied.detail}})


def _logged(subject: str) -> str:
    """Return a subject as the log keeps it: whatever stood in an address, it fits, and no number names a person."""
    kind, _, name = subject.partition(":")
    if kind == "person" and name and not _PERSON_ID.fullmatch(name):
        return "person:-"
    return _UNPRINTED.sub("?", subject)[:SUBJECT_CHARS_MAX]
