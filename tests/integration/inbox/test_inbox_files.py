"""Files that are no messages come the same ways, are taken whole or not at all, and stay as they were received."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from cloud.customs.taking import House
from cloud.domain.authority import Actor, Role
from cloud.flows.inbox import INBOX, Inbox, take_files
from cloud.registry import received
from cloud.registry.desk import at_reading_desk
from cloud.registry.received import Kind, kind_of
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading
from tests.desks import NOW_MS, VAULT
from tests.integration.inbox.test_inbox import B, names

if TYPE_CHECKING:
    from sqlalchemy import Engine

SEALS = b"seal_no,uid,kind\nTW00000001,045E0000000001,E\nTW00000002,045E0000000002,E\n"
NOTICES = b"site,container,direction,at\nNOWHERE,CSQU3054383,OUT,2025-11-24T23:00:00+08:00\n"
DIRECTORY = Path("deploy/directory.toml").read_bytes()
BYTES_MAX = 100_000
IT = Actor(account="it", roles=frozenset({Role.IT}))


@pytest.fixture
def inbox(engine: Engine, tmp_path: Path) -> Inbox:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return Inbox(
        folder=folder, sender="yard-system", house=House(engine=engine, vault=VAULT, actor=INBOX, bytes_max=B_MAX)
    )


B_MAX = 100_000


def put(inbox: Inbox, name: str, content: bytes) -> None:
    (inbox.folder / name).write_bytes(content)
    take_files(inbox, lambda: NOW_MS)


def kept(engine: Engine) -> list[tuple[str, str, str, dict[str, int]]]:
    with reading(engine) as connection:
        rows = connection.execute(select(schema.received_file).order_by(schema.received_file.c.number)).all()
    return [(row.kind, row.sender, row.channel, row.changed) for row in rows]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (SEALS, Kind.SEALS),
        (b"\xef\xbb\xbf" + SEALS, Kind.SEALS),
        (NOTICES, Kind.NOTICES),
        (DIRECTORY, Kind.DIRECTORY),
        (B, None),
        (b"", None),
        (b"\xff\xfe\x00", None),
        (b"a = 1\n", None),
    ],
)
def test_a_file_says_itself_what_it_is(content: bytes, kind: Kind | None) -> None:
    assert kind_of(content) is kind


@pytest.mark.req("R-010", "R-032", "R-110")
@pytest.mark.parametrize(
    ("content", "kind", "changed"),
    [(SEALS, "SEALS", {"new": 2, "known": 0}), (DIRECTORY, "DIRECTORY", {"offices": 6, "contacts": 12})],
)
def test_a_file_is_taken_kept_as_received_and_moved(inbox: Inbox, engine: Engine, content, kind, changed) -> None:
    put(inbox, "a.file", content)
    [(of_kind, sender, channel, did)] = kept(engine)
    assert (of_kind, sender, channel) == (kind, "yard-system", "FOLDER")
    assert set(did) == set(changed)
    assert sum(did.values()) > 0
    assert names(inbox.folder / "processed") == ["a.file"]
    with at_reading_desk(engine, IT, NOW_MS, VAULT) as desk, pytest.raises(Refusal):
        received.page(desk, 0, 10, kind=None)
    centre = Actor(account="watch", roles=frozenset({Role.CENTRE}))
    with at_reading_desk(engine, centre, NOW_MS, VAULT) as desk:
        [row] = received.page(desk, 0, 10, kind=kind)
        assert received.content_of(desk, row.id) == content
    with reading(engine) as connection:
        stored = connection.execute(select(schema.received_file.c.content)).scalar_one()
    assert content not in bytes(stored)  # sealed at rest: telephones stand in it


def test_the_same_file_twice_changes_nothing(inbox: Inbox, engine: Engine) -> None:
    put(inbox, "a.csv", SEALS)
    put(inbox, "b.csv", SEALS)
    assert len(kept(engine)) == 1
    assert names(inbox.folder / "processed") == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SEALS + b"TW00000003,NOT HEX,E\n", "CSV-LINES"),
        (NOTICES, "SITE-UNKNOWN"),
        (b"valid_from = 2026-01-01\noffices = [{code = 1}]\n", "INVALID"),
        (b"some,other,table\n1,2,3\n", "MESSAGE"),
    ],
)
def test_what_is_rejected_lies_beside_its_reason_and_changes_nothing(inbox, engine, content, reason) -> None:
    put(inbox, "bad.csv", content)
    assert kept(engine) == []
    assert names(inbox.folder / "rejected") == ["bad.csv", "bad.csv.reason.txt"]
    assert (inbox.folder / "rejected" / "bad.csv.reason.txt").read_text().startswith(reason)
    with reading(engine) as connection:
        assert connection.execute(select(schema.seal)).all() == []
