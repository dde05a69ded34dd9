"""Drivers' papers that a lane sealed to the cloud: record and file in any order, laid to their hold, kept if not."""

from __future__ import annotations

import io
import itertools

import msgspec
import pytest
from PIL import Image
from sqlalchemy import select

from cloud.adapters.papers_key import PapersKeys
from cloud.domain.authority import Role
from cloud.flows import custody, papers, photo_expiry
from cloud.registry import documents, holds, photos
from cloud.registry.desk import at_reading_desk
from cloud.registry.holds import lane_papers
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.photo_files import Incoming
from cloud.store.registry.lane_papers import Wanted
from schemas import envelope, messages, sealed
from schemas.messages import Abnormal, Operation, PaperKind
from schemas.sealed import OpeningKey, Purpose
from tests import town
from tests.desks import SHELF, VAULT, actor, desk_of
from tests.integration.ingest.test_lane_holds import SEEN_MS, STOP, abnormal, story
from tests.integration.ingest.test_process_batch import HOUR_MS, MOVEMENT, SEAL
from tests.townsfolk import MINUTE_MS, moment

__all__ = ["story"]

KEY, NEWER, STRANGE = (OpeningKey(bytes([n]) * 32) for n in (1, 2, 3))
TAKEN_MS = SEEN_MS + 5 * MINUTE_MS
LATER_MS = SEEN_MS + HOUR_MS
DAY_MS = 24 * HOUR_MS
HERE, THERE = actor(Role.OFFICER, town.DESTINATION.code), actor(Role.OFFICER, town.ORIGIN.code)
CENTRE = actor(Role.CENTRE)


def picture(tint: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (tint, 0, 0)).save(out, "JPEG")
    return out.getvalue()


ID_CARD = picture(200)
SAID = msgspec.json.encode({"driver": "王大明", "text": "途中未曾停車", "plate": "KLA-0001"})


@pytest.fixture
def room(tmp_path):
    return papers.Room(folder=tmp_path, keys=PapersKeys({1: KEY, 2: NEWER}), vault=VAULT, shelf=SHELF)


def jwe(content: bytes, key: OpeningKey = KEY) -> bytes:
    return sealed.seal(content, key.public, Purpose.PAPER)


def altered(sealed_bytes: bytes) -> bytes:
    *head, tag = sealed_bytes.split(b".")
    return b".".join([*head, (b"B" if tag.startswith(b"A") else b"A") + tag[1:]])


def record(gate, *files, about=1, **changed):
    """The record that names encrypted files: (kind, bytes)."""
    named = tuple(
        messages.SealedPaper(kind=kind, sha256=envelope.fingerprint(one), size=len(one), at=moment(TAKEN_MS))
        for kind, one in files
    )
    fields = {"tag": None, "decision": STOP, "papers": named, "photos": ()}
    fields["about"] = messages.About(epoch=1, seq=about) if about else None
    return gate, gate.scan(SEAL, Operation.PAPERS, TAKEN_MS, 0, **fields | changed)


def upload(story, room, content, kind="PAPER"):
    """What the web process does with a file that a gate has put up."""
    with Incoming(room.folder) as incoming:
        incoming.write(content)
        path = incoming.keep(kind)
    said = {"gate": story.destination.gate, "sha256": envelope.fingerprint(content), "size": len(content)}
    put = messages.PhotoUpload(v=1, at=moment(TAKEN_MS), kind=kind, **said)
    with writing(story.engine) as connection:
        return photos.stored(connection, put, path, LATER_MS)


def settle(story, room):
    while papers.settle(story.engine, room, LATER_MS):
        pass


def listed(story, who=CENTRE, **wanted):
    with at_reading_desk(story.engine, who, LATER_MS) as desk:
        return lane_papers.page(desk, 0, 100, Wanted(**wanted))


def hold_of(story):
    with at_reading_desk(story.engine, CENTRE, LATER_MS) as desk:
        (hold,) = holds.page(desk, 0, 100, holds.Wanted())
        return hold, holds.history(desk, hold.id)


def content_of(story, sha256, who=HERE):
    with at_reading_desk(story.engine, who, LATER_MS, VAULT, SHELF) as desk:
        return documents.read(desk, sha256, "查證身分").content


@pytest.mark.req("R-069", "R-070", "R-116")
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_whichever_of_hold_record_and_file_comes_first_the_papers_lie_with_their_hold(story, room, order):
    files = (PaperKind.STATEMENT, jwe(SAID)), (PaperKind.DRIVER_ID, jwe(ID_CARD, NEWER))
    held, named = abnormal(story.destination), record(story.destination, *files)
    steps = (
        lambda: story.send(held, now_ms=LATER_MS),
        lambda: story.send(named, now_ms=LATER_MS),
        lambda: [upload(story, room, one) for _, one in files],
    )
    for n in order:
        steps[n]()
        settle(story, room)
    hold, history = hold_of(story)
    assert [step.value for step in hold.missing] == ["REPORT"]
    given = {line.step: line for line in history if line.paper}
    assert {(step, line.event_ms) for step, line in given.items()} == {("STATEMENT", TAKEN_MS), ("ID_COPY", TAKEN_MS)}
    assert content_of(story, given["ID_COPY"].paper) == ID_CARD
    with at_reading_desk(story.engine, HERE, LATER_MS, VAULT, SHELF) as desk:
        said = holds.read_statement(desk, hold.id, "查證說明")
    assert (said.driver, said.text, said.plate, said.made_ms) == ("王大明", "途中未曾停車", "KLA-0001", TAKEN_MS)
    assert [(one.hold, one.fault) for one in listed(story)] == [(hold.id, None)] * 2
    assert listed(story, waiting=True) == []


@pytest.mark.req("R-070", "R-116")
def test_what_was_opened_is_restricted_each_look_is_logged_and_on_disk_lies_nothing_to_read(story, room):
    file = jwe(ID_CARD)
    story.send(abnormal(story.destination), record(story.destination, (PaperKind.DRIVER_ID, file)), now_ms=LATER_MS)
    upload(story, room, file)
    settle(story, room)
    (one,) = listed(story)
    assert content_of(story, one.document) == content_of(story, one.document, THERE)
    with pytest.raises(Refusal, match="FORBIDDEN"):
        content_of(story, one.document, actor(Role.OFFICER, "ELSEWHERE"))
    with reading(story.engine) as connection:
        looks = connection.execute(select(schema.audit).where(schema.audit.c.outcome == "LOOKED")).all()
        assert {row.subject for row in looks} == {f"document:{one.document}"}
        assert len(looks) == 2
    shelved, sealed_ = SHELF.read(one.document)
    assert sealed_
    assert ID_CARD not in shelved
    assert all(ID_CARD not in path.read_bytes() for path in room.folder.rglob("*") if path.is_file())


@pytest.mark.req("R-069")
@pytest.mark.parametrize(
    ("content", "text"),
    [("我於途中停車一次".encode(), "我於途中停車一次"), (picture(90), ""), (b"%PDF-1.7 a letter", "")],
    ids=["words", "photo", "pdf"],
)
def test_a_statement_may_be_words_or_a_picture_of_them(story, room, content, text):
    file = jwe(content)
    story.send(abnormal(story.destination), record(story.destination, (PaperKind.STATEMENT, file)), now_ms=LATER_MS)
    upload(story, room, file)
    settle(story, room)
    hold, _ = hold_of(story)
    with at_reading_desk(story.engine, HERE, LATER_MS, VAULT, SHELF) as desk:
        said = holds.read_statement(desk, hold.id, "查證說明")
    assert (said.text, said.driver) == (text, "見掃描檔")
    if said.scan is not None:
        assert content_of(story, said.scan) == content


@pytest.mark.req("R-069", "R-113")
@pytest.mark.parametrize(
    ("content", "kind", "fault"),
    [
        (jwe(ID_CARD, STRANGE), PaperKind.DRIVER_ID, "SEALED-KEY"),
        (altered(jwe(ID_CARD)), PaperKind.DRIVER_ID, "SEALED-OPEN"),
        (b"nothing of the kind", PaperKind.DRIVER_ID, "SEALED-FORM"),
        (sealed.seal(ID_CARD, KEY.public, Purpose.SECRETS), PaperKind.DRIVER_ID, "TYPE"),
        (jwe(b"GIF89a"), PaperKind.DRIVER_ID, "DOCUMENT-TYPE"),
        (jwe(b"\xff\xfe no text"), PaperKind.STATEMENT, "DOCUMENT-TYPE"),
        (jwe(b"x" * 5_000), PaperKind.STATEMENT, "STATEMENT"),
        (jwe(b'{"text": "' + b"x" * 5_000 + b'"}'), PaperKind.STATEMENT, "STATEMENT"),
        (jwe(b'{"driver": ' + b"[" * 50_000), PaperKind.STATEMENT, "DOCUMENT-TYPE"),
        (jwe(b'{"driver": "nobody says anything"}'), PaperKind.STATEMENT, "DOCUMENT-TYPE"),
        (jwe(b"\xff\xd8\xff" + bytes(1_000_000)), PaperKind.DRIVER_ID, "TOO-LARGE"),
    ],
)
def test_what_does_not_open_is_kept_and_listed_and_holds_up_no_other(story, room, content, kind, fault):
    good = jwe(ID_CARD)
    both = record(story.destination, (kind, content), (PaperKind.DRIVER_ID, good))
    story.send(abnormal(story.destination), both, now_ms=LATER_MS)
    for one in (content, good):
        upload(story, room, one)
    settle(story, room)
    (bad,) = listed(story, HERE, waiting=True)
    assert (bad.fault, bad.document, bad.sha256) == (fault, None, envelope.fingerprint(content))
    assert listed(story, THERE) == []
    assert [one.hold for one in listed(story) if one.id != bad.id] == [hold_of(story)[0].id]
    kept = [path for path in room.folder.rglob("*.jwe") if path.read_bytes() == content]
    assert len(kept) == 1
    assert photo_expiry.expire(story.engine, room.folder, LATER_MS + 400 * DAY_MS) == 0
    assert kept[0].exists()


@pytest.mark.req("R-116")
def test_a_key_that_is_found_again_opens_what_waited_for_it(story, room):
    file = jwe(ID_CARD, STRANGE)
    story.send(abnormal(story.destination), record(story.destination, (PaperKind.DRIVER_ID, file)), now_ms=LATER_MS)
    upload(story, room, file)
    settle(story, room)
    assert [one.fault for one in listed(story)] == ["SEALED-KEY"]
    assert papers.begin(story.engine) == 1
    again = papers.Room(folder=room.folder, keys=PapersKeys({1: KEY, 3: STRANGE}), vault=VAULT, shelf=SHELF)
    settle(story, again)
    assert [(one.fault, one.hold) for one in listed(story)] == [(None, hold_of(story)[0].id)]


@pytest.mark.req("R-069", "R-071")
def test_papers_without_a_hold_wait_for_an_officer_who_says_where_they_belong(story, room):
    unclear = abnormal(story.destination, movement=None, container=None)
    file = jwe(ID_CARD)
    named = record(story.destination, (PaperKind.DRIVER_ID, file), movement=None, container=None)
    story.send(unclear, named, now_ms=LATER_MS)
    upload(story, room, file)
    settle(story, room)
    (one,) = listed(story, waiting=True)
    assert (one.hold, one.document is not None) == (None, True)
    with desk_of(story.engine, HERE, LATER_MS) as desk:
        hold_id = holds.place(desk, holds.PlaceEntry(movement=MOVEMENT, reason="HOLD-ALTERED"))
    settle(story, room)
    assert listed(story, waiting=True) == [one]
    with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(story.engine, THERE, LATER_MS) as desk:
        lane_papers.link(desk, one.id, hold_id)
    with desk_of(story.engine, HERE, LATER_MS) as desk:
        lane_papers.link(desk, one.id, hold_id)
    assert [line.paper for line in hold_of(story)[1] if line.step == "ID_COPY"] == [one.document]
    with pytest.raises(Refusal, match="NOTHING-LEFT"), desk_of(story.engine, HERE, LATER_MS) as desk:
        lane_papers.dismiss(desk, one.id, "重複")


@pytest.mark.req("R-069")
def test_papers_that_name_the_movement_alone_lie_with_the_hold_on_it_and_a_hold_that_is_over_takes_none(story, room):
    first, second = jwe(ID_CARD), jwe(SAID)
    story.send(abnormal(story.destination), now_ms=LATER_MS)
    story.send(record(story.destination, (PaperKind.DRIVER_ID, first), about=None), now_ms=LATER_MS)
    upload(story, room, first)
    settle(story, room)
    hold, _ = hold_of(story)
    assert [one.hold for one in listed(story)] == [hold.id]
    with desk_of(story.engine, HERE, LATER_MS) as desk:
        holds.annul(desk, hold.id, "誤置")
    story.send(record(story.destination, (PaperKind.STATEMENT, second)), now_ms=LATER_MS)
    upload(story, room, second)
    settle(story, room)
    (late,) = listed(story, waiting=True)
    assert late.fault == "STATE"
    with desk_of(story.engine, HERE, LATER_MS) as desk:
        lane_papers.dismiss(desk, late.id, "留置已註銷")
    assert listed(story, waiting=True) == []


@pytest.mark.req("R-070")
def test_what_was_encrypted_goes_when_the_document_has_gone(story, room):
    file = jwe(ID_CARD)
    story.send(abnormal(story.destination), record(story.destination, (PaperKind.DRIVER_ID, file)), now_ms=LATER_MS)
    upload(story, room, file)
    settle(story, room)
    assert photo_expiry.expire(story.engine, room.folder, LATER_MS + 400 * DAY_MS) == 0
    hold, _ = hold_of(story)
    with desk_of(story.engine, HERE, LATER_MS) as desk:
        holds.annul(desk, hold.id, "誤置")
    gone_ms = LATER_MS + SHELF.personal_keep_ms + 1
    assert custody.expire(story.engine, SHELF, gone_ms, 0) == 1
    assert photo_expiry.expire(story.engine, room.folder, gone_ms) == 1
    (one,) = listed(story)  # that it was here stays on record
    assert one.received_ms is None


@pytest.mark.req("R-070", "R-111")
def test_the_same_record_and_the_same_file_again_change_nothing(story, room):
    file = jwe(ID_CARD)
    sent = abnormal(story.destination, Abnormal.ALTERED), record(story.destination, (PaperKind.DRIVER_ID, file))
    for _ in range(2):
        story.send(*sent, now_ms=LATER_MS)
        upload(story, room, file)
        settle(story, room)
    assert [line.step for line in hold_of(story)[1]] == ["PLACE", "ID_COPY"]
