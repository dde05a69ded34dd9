"""Pictures leave the queue only when the cloud has them or will not; nothing before the events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sqlite3

import msgspec
import pytest

from edge.domain.faults import Faults
from edge.store.commands import CommandStore
from edge.store.photos import PhotoStore
from edge.uploads import Answer, UploadError, Uploads
from schemas import envelope
from schemas.envelope import Typ
from schemas.messages import Photo, PhotoUpload
from tests.edge_gate import GATE, GATE_KEY, IDENTITY, JPEG, NOW, QUOTA, StandingClock, open_outbox
from tests.integration.edge_core.scans import scan
from tests.waiting import eventually


def kept(sha256, jpeg, **changes):
    """The cloud's word that it has a picture."""
    return json.dumps({"gate": GATE, "sha256": sha256, "size": len(jpeg), **changes}).encode()


class Server:
    """What the cloud answers, one status after the other; None: unreachable. Its word goes with 200 and 201."""

    def __init__(self, *statuses, body=None):
        self.statuses = list(statuses)
        self.body = body
        self.got = []

    async def __call__(self, sha256, jpeg, signature):
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is None:
            raise UploadError("unreachable")
        self.got.append((sha256, jpeg, signature))
        body = kept(sha256, jpeg) if status in {200, 201} else b'{"detail": "no"}'
        return Answer(status, body if self.body is None else self.body(sha256, jpeg))


class Queue:
    def __init__(self, folder):
        self.folder = folder
        self.faults = Faults()

    async def open(self, server):
        self.opened = await open_outbox(self.folder)
        self.photos = PhotoStore(self.folder / "photos", self.opened.database, QUOTA, StandingClock().now)
        await self.photos.load()
        self.uploads = Uploads(
            identity=IDENTITY,
            photos=self.photos,
            records=self.opened.records,
            put=server,
            clock=StandingClock(),
            faults=self.faults,
            chance=random.Random(1),
        )
        return self

    def uploads_told(self, server):
        payloads = [envelope.verify(each[2], Typ.PHOTO, lambda _kid: GATE_KEY.verifying_key) for each in server.got]
        return [envelope.decode(payload, PhotoUpload) for payload in payloads]

    async def shoot(self, jpeg=JPEG, at_ms=1):
        name = await self.photos.keep(jpeg)
        sql = "INSERT INTO photo (sha256, size, at_ms, state) VALUES (?, ?, ?, 'WAITING')"
        await self.opened.database.rows(sql, name, len(jpeg), at_ms)
        return name

    async def state(self, name):
        return (await self.opened.database.rows("SELECT state FROM photo WHERE sha256 = ?", name))[0][0]

    @contextlib.asynccontextmanager
    async def running(self):
        task = asyncio.create_task(self.uploads.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def close(self):
        await self.opened.records.close()


async def drained(queue):
    return await queue.photos.waiting() == 0


@pytest.mark.req("R-056")
async def test_the_original_bytes_go_up_signed_by_hash_and_length(tmp_path):
    server = Server(201)
    queue = await Queue(tmp_path).open(server)
    queue.opened.records.depth = 0
    name = await queue.shoot()
    async with queue.running():
        await eventually(lambda: server.got)
    (sha256, jpeg, signature), *_ = server.got
    payload = envelope.verify(signature, Typ.PHOTO, lambda _kid: GATE_KEY.verifying_key)
    upload = envelope.decode(payload, PhotoUpload)
    assert (sha256, jpeg) == (name, JPEG)
    assert (upload.gate, upload.sha256, upload.size) == (GATE, name, len(JPEG))
    assert await queue.state(name) == "SENT"
    await queue.close()


@pytest.mark.parametrize(
    ("status", "state", "fault"),
    [
        (200, "SENT", ()),
        (201, "SENT", ()),
        (204, "WAITING", ("UPLOAD-DOWN",)),
        (400, "WAITING", ("UPLOAD-DOWN",)),
        (409, "WAITING", ("UPLOAD-DOWN",)),
        (413, "WAITING", ("UPLOAD-DOWN",)),
        (415, "WAITING", ("UPLOAD-DOWN",)),
        (422, "WAITING", ("UPLOAD-DOWN",)),
        (500, "WAITING", ("UPLOAD-DOWN",)),
        (403, "WAITING", ("UPLOAD-DOWN",)),
        (None, "WAITING", ("UPLOAD-DOWN",)),
    ],
)
async def test_each_answer_has_its_end(tmp_path, status, state, fault):
    queue = await Queue(tmp_path).open(Server(status))
    name = await queue.shoot()
    await queue.uploads.send(await queue.photos.next())
    assert (await queue.state(name), queue.faults.all()) == (state, fault)
    assert await queue.photos.read(name) == JPEG
    await queue.close()


@pytest.mark.req("R-056")
@pytest.mark.parametrize(
    "body",
    [
        lambda _sha256, _jpeg: b"",
        lambda _sha256, _jpeg: b"<html>please log in</html>",
        lambda _sha256, _jpeg: b"[" * 100_000,
        lambda sha256, jpeg: kept(sha256, jpeg, gate="KEL-OUT-2"),
        lambda sha256, jpeg: kept(sha256, jpeg, size=1),
        lambda _sha256, jpeg: kept("A" * 43, jpeg),
    ],
)
async def test_only_the_clouds_own_word_settles_a_picture(tmp_path, body):
    queue = await Queue(tmp_path).open(Server(200, body=body))
    name = await queue.shoot()
    assert not await queue.uploads.send(await queue.photos.next())
    assert (await queue.state(name), queue.faults.all()) == ("WAITING", ("UPLOAD-DOWN",))
    await queue.close()


@pytest.mark.parametrize(("code", "state"), [("PHOTO-HASH", "REFUSED"), ("INVALID", "WAITING")])
async def test_only_wrong_bytes_are_refused_for_ever(tmp_path, code, state):
    refusal = json.dumps({"code": code, "zh": "", "en": "", "detail": ""}).encode()
    queue = await Queue(tmp_path).open(Server(422, body=lambda _sha256, _jpeg: refusal))
    name = await queue.shoot()
    await queue.uploads.send(await queue.photos.next())
    assert await queue.state(name) == state
    assert queue.faults.all() == (("PHOTO-REFUSED",) if state == "REFUSED" else ("UPLOAD-DOWN",))
    await queue.close()


async def test_a_picture_that_is_not_taken_holds_up_no_other_and_has_its_turn_again(tmp_path):
    class Choosy(Server):
        async def __call__(self, sha256, jpeg, signature):
            self.statuses = [413 if sha256 == self.unloved else 201]
            return await super().__call__(sha256, jpeg, signature)

    server = Choosy()
    queue = await Queue(tmp_path).open(server)
    names = sorted([await queue.shoot(), await queue.shoot(JPEG + b"2")])  # of the same millisecond
    server.unloved, loved = names
    queue.opened.records.depth = 0
    async with queue.running():
        await eventually(lambda: loved in [sha256 for sha256, *_ in server.got])  # whichever was first
        await eventually(lambda: [sha256 for sha256, *_ in server.got].count(server.unloved) > 1)
        assert queue.faults.all() == ("UPLOAD-DOWN",)
        server.unloved = None
        await eventually(lambda: drained(queue))
    assert [await queue.state(name) for name in names] == ["SENT", "SENT"]
    assert queue.faults.all() == ()
    await queue.close()


async def test_what_failed_is_sent_again_also_after_a_restart(tmp_path):
    queue = await Queue(tmp_path).open(Server(None))
    name = await queue.shoot()
    assert not await queue.uploads.send(await queue.photos.next())
    await queue.close()
    server = Server(503, 201)
    again = await Queue(tmp_path).open(server)
    assert await again.photos.waiting() == 1
    again.opened.records.depth = 0
    async with again.running():
        await eventually(lambda: len(server.got) == 2)
        await eventually(lambda: drained(again))
    assert await again.state(name) == "SENT"
    assert again.faults.all() == ()
    await again.close()


async def test_events_go_first(tmp_path):
    server = Server(201)
    queue = await Queue(tmp_path).open(server)
    await queue.shoot()
    queue.uploads.clock = Patient()
    async with queue.running():  # the epoch event waits for its receipt
        await eventually(lambda: queue.uploads.clock.waited > 3)
        assert server.got == []
        queue.opened.records.depth = 0
        queue.uploads.clock.go.set()
        await eventually(lambda: server.got)
    await queue.close()


class Patient(StandingClock):
    """Shows how often it was asked to wait, and then makes wait for good."""

    def __init__(self):
        super().__init__()
        self.waited = 0
        self.go = asyncio.Event()

    async def sleep(self, seconds):
        self.waited += 1
        if self.waited > 4:
            await self.go.wait()


async def test_a_picture_that_is_gone_or_changed_stops_no_other(tmp_path):
    server = Server(201)
    queue = await Queue(tmp_path).open(server)
    gone, kept = await queue.shoot(), await queue.shoot(JPEG + b"2", at_ms=2)
    (tmp_path / "photos" / f"{gone}.jpg").write_bytes(b"changed")
    queue.opened.records.depth = 0
    async with queue.running():
        await eventually(lambda: drained(queue))
    assert [sha256 for sha256, *_ in server.got] == [kept]
    assert queue.faults.all() == ("PHOTO-MISSING",)
    await queue.close()


async def test_what_a_command_asked_for_goes_up_as_what_it_is(tmp_path):
    server = Server(201)
    queue = await Queue(tmp_path).open(server)
    queue.opened.records.depth = 0
    await queue.photos.put_up(b"zip", "DIAGNOSTICS", 1)
    await queue.photos.put_up(JPEG, "TEST", 2)
    async with queue.running():
        await eventually(lambda: drained(queue))
    assert [upload.kind for upload in queue.uploads_told(server)] == ["DIAGNOSTICS", "TEST"]
    await queue.close()


@pytest.mark.req("R-056")
async def test_a_test_picture_whose_bytes_become_evidence_goes_up_as_evidence(tmp_path):
    server = Server(201)
    queue = await Queue(tmp_path).open(server)
    name = await queue.photos.put_up(JPEG, "TEST", 1)
    assert await queue.uploads.send(await queue.photos.next())
    assert await queue.photos.waiting() == 0
    picture = Photo(sha256=name, size=len(JPEG), at=NOW)
    await queue.opened.records.append(lambda link: msgspec.structs.replace(scan(link), photos=(picture,)))
    assert await queue.photos.put_up(JPEG, "TEST", 2) == name, "asked for once more: it stays evidence"
    assert await queue.uploads.send(await queue.photos.next())
    assert [upload.kind for upload in queue.uploads_told(server)] == ["TEST", "PHOTO"]
    await queue.photos.load()
    assert await queue.photos.read(name) == JPEG
    await queue.close()


async def test_a_file_of_an_earlier_version_keeps_what_waits(tmp_path):
    file = tmp_path / "outbox" / "outbox.db"
    file.parent.mkdir()
    with contextlib.closing(sqlite3.connect(file)) as old:
        old.execute("CREATE TABLE photo (sha256 TEXT PRIMARY KEY, size INTEGER, at_ms INTEGER, state TEXT)")
        old.execute("CREATE TABLE command (id TEXT PRIMARY KEY, at_ms INTEGER, outcome TEXT, note TEXT)")
        old.execute("INSERT INTO photo VALUES ('abc', 3, 1, 'WAITING')")
        old.execute("INSERT INTO command VALUES ('c1', 1, 'DONE', 'as it was')")
        old.commit()
    queue = await Queue(tmp_path).open(Server(201))
    assert await queue.photos.next() == ("abc", 3, 1, "PHOTO", 0)
    assert await CommandStore(queue.opened.database).begin("c1", 2) == ("DONE", "as it was", None)
    await queue.close()
