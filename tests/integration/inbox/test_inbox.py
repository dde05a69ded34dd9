"""The watched folder: whole files only, moved when they are stored, the reason beside what is rejected."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud.customs.taking import House, take_in
from cloud.flows import inbox as flow
from cloud.flows.inbox import INBOX, Inbox, take_files
from cloud.store.engine import reading
from cloud.store.registry import messages
from tests.desks import NOW_MS, VAULT

if TYPE_CHECKING:
    from sqlalchemy import Engine

VECTORS = Path("tests/vectors/messages").resolve()
B = (VECTORS / "N5170-B.xml").read_bytes()
BYTES_MAX = 100_000


@pytest.fixture
def inbox(engine: Engine, tmp_path: Path) -> Inbox:
    folder = tmp_path / "inbox"
    folder.mkdir()
    house = House(engine=engine, vault=VAULT, actor=INBOX, bytes_max=BYTES_MAX)
    return Inbox(folder=folder, sender="customs-mq", house=house)


def run(inbox: Inbox) -> int:
    return take_files(inbox, lambda: NOW_MS)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def stored(engine: Engine) -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        return [(row.kind, row.sender, row.channel) for row in messages.page(connection, 0, 100, None)]


@pytest.mark.req("R-025")
def test_a_message_is_taken_and_moved(inbox: Inbox, engine: Engine) -> None:
    (inbox.folder / "a.xml").write_bytes(B)
    assert run(inbox) == 1
    assert stored(engine) == [("N5170", "customs-mq", "FOLDER")]
    assert (names(inbox.folder), names(inbox.folder / "processed")) == ([], ["a.xml"])
    assert run(inbox) == 0


def test_a_rejected_file_lies_beside_its_reason(inbox: Inbox, engine: Engine) -> None:
    (inbox.folder / "bad.xml").write_bytes(B[:-20])
    (inbox.folder / "huge.xml").write_bytes(B + b" " * BYTES_MAX)
    (inbox.folder / "good.xml").write_bytes(B)
    assert run(inbox) == 3
    rejected = inbox.folder / "rejected"
    assert names(rejected) == ["bad.xml", "bad.xml.reason.txt", "huge.xml", "huge.xml.reason.txt"]
    assert (rejected / "bad.xml.reason.txt").read_text().startswith("MESSAGE-MALFORMED\n訊息毀損")
    assert (rejected / "huge.xml.reason.txt").read_text().startswith("TOO-LARGE\n")
    assert (rejected / "bad.xml").read_bytes() == B[:-20]
    assert len(stored(engine)) == 1


def test_what_is_being_written_and_what_is_no_file_is_left_alone(inbox: Inbox, engine: Engine, tmp_path: Path) -> None:
    for name in (".hidden.xml", "a.xml.part", "b.tmp"):
        (inbox.folder / name).write_bytes(B[:100])
    (tmp_path / "secret").write_bytes(B)
    (inbox.folder / "link.xml").symlink_to(tmp_path / "secret")
    os.mkfifo(inbox.folder / "pipe.xml")
    (inbox.folder / "folder.xml").mkdir()
    assert run(inbox) == 0
    assert stored(engine) == []


def test_two_files_of_one_name_are_both_kept(inbox: Inbox) -> None:
    for content in (B, B.replace(b"BOOKING-0001", b"BOOKING-0002"), B[:10], B[:20]):
        (inbox.folder / "a.xml").write_bytes(content)
        run(inbox)
    assert names(inbox.folder / "processed") == ["a.xml", "a.xml.2"]
    assert names(inbox.folder / "rejected") == ["a.xml", "a.xml.2", "a.xml.2.reason.txt", "a.xml.reason.txt"]


def test_a_name_that_is_no_utf8_is_taken_and_moved(inbox: Inbox, engine: Engine) -> None:
    folder = os.fsencode(inbox.folder)
    Path(os.fsdecode(folder + b"/" + "加封.xml".encode("big5"))).write_bytes(B)
    Path(os.fsdecode(folder + b"/" + "壞.xml".encode("big5") * 40)).write_bytes(b"<x")
    assert run(inbox) == 2
    assert stored(engine) == [("N5170", "customs-mq", "FOLDER")]
    assert (len(names(inbox.folder)), len(names(inbox.folder / "processed"))) == (0, 1)
    assert len(names(inbox.folder / "rejected")) == 2, "the file and its reason"


def test_a_fault_of_ours_leaves_the_file_and_holds_up_no_other(
    inbox: Inbox, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.xml", "b.xml"):
        (inbox.folder / name).write_bytes(B.replace(b"BOOKING", name.encode()))
    real, seen = take_in, []

    def fails_once(house, arrival, now_ms):
        seen.append(arrival)
        if len(seen) == 1:
            raise OSError("disk")
        return real(house, arrival, now_ms)

    monkeypatch.setattr(flow, "take_in", fails_once)
    with pytest.raises(OSError, match="disk"):
        run(inbox)
    assert len(names(inbox.folder)) == 1
    assert run(inbox) == 1
    assert len(stored(engine)) == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from cloud.customs.taking import House
from cloud.flows import inbox as flow
from cloud.store.engine import open_engine
from tests.desks import NOW_MS, VAULT
def die(path, folder):
    os.kill(os.getpid(), signal.SIGKILL)
flow._move = die
house = House(engine=open_engine(sys.argv[1]), vault=VAULT, actor=flow.INBOX, bytes_max=100_000)
box = flow.Inbox(folder=Path(sys.argv[2]), sender="customs-mq", house=house)
flow.take_files(box, lambda: NOW_MS)
"""


@pytest.mark.req("R-025")
def test_a_kill_between_storing_and_moving_loses_nothing_and_repeats_nothing(inbox: Inbox, engine: Engine) -> None:
    (inbox.folder / "a.xml").write_bytes(B)
    url = engine.url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, url, str(inbox.folder)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert (len(stored(engine)), names(inbox.folder)) == (1, ["a.xml"])
    assert run(inbox) == 1
    assert (len(stored(engine)), names(inbox.folder / "processed")) == (1, ["a.xml"])
