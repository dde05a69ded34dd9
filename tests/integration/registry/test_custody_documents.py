"""Documents: kept once under their hash, restricted ones sealed and every look noted, gone when their time is over."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select

from cloud.domain.authority import Role
from cloud.flows import custody
from cloud.registry import documents
from cloud.registry.desk import Denied, at_reading_desk
from cloud.registry.documents.keeping import UNCLAIMED_MAX
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.registry import documents as rows
from schemas.envelope import b64url
from tests.desks import NOW_MS, SHELF, VAULT, actor, desk_of
from tests.race import race

PNG = b"\x89PNG\r\n\x1a\n a scan of a paper"
JPEG = b"\xff\xd8\xff the identity card of somebody"
OPERATOR, OFFICER, ELSEWHERE = actor(Role.OPERATOR, "B1"), actor(Role.OFFICER, "B1"), actor(Role.OFFICER, "C1")
DAY_MS = 24 * 3_600_000


def put(engine, content=PNG, media_type="image/png", kind="PERMIT", who=OPERATOR, **more):
    with desk_of(engine, who) as desk:
        return documents.put(desk, content, media_type, kind, **more)


def require(engine, *sha256s, **more):
    with desk_of(engine, OPERATOR) as desk:
        documents.require(desk, *sha256s, **more)


def read(engine, sha256, who=OFFICER, reason=""):
    with at_reading_desk(engine, who, NOW_MS, VAULT, SHELF) as desk:
        return documents.read(desk, sha256, reason)


def audit(engine, outcome):
    with reading(engine) as connection:
        found = connection.execute(select(schema.audit).where(schema.audit.c.outcome == outcome)).all()
        return [(row.account, row.act, row.subject, row.detail) for row in found]


def test_a_document_is_kept_once_under_its_hash(engine) -> None:
    sha256 = put(engine)
    assert sha256 == b64url(hashlib.sha256(PNG).digest()) == put(engine)
    assert read(engine, sha256) == documents.Content(media_type="image/png", content=PNG)
    with at_reading_desk(engine, OFFICER, NOW_MS, VAULT, SHELF) as desk:
        told = documents.describe(desk, sha256)
    assert (told.kind, told.size, told.restricted) == ("PERMIT", len(PNG), False)
    assert len(audit(engine, "DONE")) == 1


def test_the_same_document_put_twice_at_once_is_one(engine) -> None:
    first, second = race(engine, lambda: put(engine), lambda: put(engine))
    assert first == second
    assert read(engine, first).content == PNG


@pytest.mark.req("R-070")
def test_a_copy_of_an_identity_card_lies_sealed_and_each_look_is_noted(engine) -> None:
    sha256 = put(engine, JPEG, "image/jpeg", "ID_COPY")
    lying, sealed = SHELF.read(sha256)
    assert sealed
    assert b"identity" not in lying
    assert read(engine, sha256, reason="留置案 12").content == JPEG
    (look,) = audit(engine, "LOOKED")
    assert look[:3] == (OFFICER.account, "RESTRICTED_READ", f"document:{sha256}")
    assert look[3] == {"kind": "ID_COPY", "reason": "留置案 12"}


@pytest.mark.req("R-070")
@pytest.mark.parametrize(
    ("who", "code"),
    [
        (ELSEWHERE, "FORBIDDEN"),
        (OPERATOR, "FORBIDDEN"),
        (actor(Role.JOINT_CENTRE), "FORBIDDEN"),
        (actor(Role.IT), "FORBIDDEN"),
        (OFFICER, "LOOK-REASON"),
    ],
)
def test_who_may_not_look_or_says_not_why_sees_nothing(engine, who, code) -> None:
    sha256 = put(engine, JPEG, "image/jpeg", "ID_COPY")
    with pytest.raises(Refusal) as refused:
        read(engine, sha256, who, " " if code == "LOOK-REASON" else "why")
    assert refused.value.code == code
    assert audit(engine, "LOOKED") == []
    assert len(audit(engine, "DENIED")) == (code == "FORBIDDEN")


@pytest.mark.req("R-070")
def test_officers_of_the_sites_an_act_names_may_look_as_well(engine) -> None:
    sha256 = put(engine, JPEG, "image/jpeg", "ID_COPY", who=actor(Role.SYSTEM))
    with pytest.raises(Denied):
        read(engine, sha256, reason="why")
    with desk_of(engine, actor(Role.SYSTEM)) as desk:
        documents.require(desk, sha256, sites={"B1"})
    assert read(engine, sha256, reason="why").content == JPEG


def test_a_document_becomes_more_secret_and_never_less(engine) -> None:
    sha256 = put(engine)
    put(engine, restricted=True)
    put(engine)
    assert SHELF.read(sha256)[1]
    with pytest.raises(Refusal, match="LOOK-REASON"):
        read(engine, sha256)
    assert read(engine, sha256, reason="why").content == PNG


@pytest.mark.parametrize(
    ("content", "media_type", "kind", "code"),
    [
        (b"<svg onload=alert(1)>", "image/svg+xml", "OTHER", "DOCUMENT-TYPE"),
        (b"<html>", "image/png", "OTHER", "DOCUMENT-TYPE"),
        (PNG + bytes(1_000_000), "image/png", "OTHER", "TOO-LARGE"),
        (PNG, "image/png", "LETTER", "INVALID"),
    ],
)
def test_what_is_no_document_is_refused_and_not_kept(engine, content, media_type, kind, code) -> None:
    with pytest.raises(Refusal) as refused:
        put(engine, content, media_type, kind)
    assert refused.value.code == code
    with reading(engine) as connection:
        assert connection.execute(select(schema.document)).all() == []


def test_an_act_rests_on_documents_that_are_there(engine) -> None:
    sha256 = put(engine)
    require(engine, sha256)
    with pytest.raises(Refusal, match="DOCUMENT-UNKNOWN"):
        require(engine, sha256, "x" * 43)
    with reading(engine) as connection:
        row = rows.find(connection, sha256)
    assert (row.claimed_ms, row.sites) == (NOW_MS, ["B1"])


def test_nobody_fills_the_shelf_with_what_nothing_rests_on(engine) -> None:
    with desk_of(engine, OPERATOR) as desk:
        for number in range(UNCLAIMED_MAX):
            documents.put(desk, PNG + bytes([number]), "image/png", "OTHER")
    with pytest.raises(Refusal, match="DOCUMENT-QUOTA"):
        put(engine, PNG + b"one more")
    put(engine, PNG + b"one more", who=OFFICER)


@pytest.mark.req("R-070")
def test_documents_go_when_their_time_is_over_and_never_before(engine) -> None:
    used, personal, forgotten = put(engine), put(engine, JPEG, "image/jpeg", "ID_COPY"), put(engine, PNG + b"2")
    require(engine, used, personal)
    with writing(engine) as connection:
        rows.change(connection, personal, {"keep_until_ms": NOW_MS + DAY_MS})
    assert custody.expire(engine, SHELF, NOW_MS + DAY_MS - 1, NOW_MS) == 0
    assert custody.expire(engine, SHELF, NOW_MS + DAY_MS, NOW_MS + 1) == 2
    for sha256, reason in ((personal, "why"), (forgotten, "")):
        with pytest.raises(Refusal, match="DOCUMENT-REMOVED"):
            read(engine, sha256, reason=reason)
        with pytest.raises(FileNotFoundError):
            SHELF.read(sha256)
    with pytest.raises(Refusal, match="DOCUMENT-UNKNOWN"):
        require(engine, personal)
    assert read(engine, used).content == PNG
    assert put(engine, JPEG, "image/jpeg", "ID_COPY") == personal
    assert read(engine, personal, reason="why").content == JPEG


def test_what_a_crash_left_half_written_is_swept_once_it_is_old(engine) -> None:
    put(engine)
    half = next(SHELF.folder.iterdir()) / ".incoming-x"
    half.write_bytes(b"half")
    written_ms = half.stat().st_mtime_ns // 1_000_000
    assert SHELF.sweep(written_ms) == 0
    assert SHELF.sweep(written_ms + 1) == 1


@pytest.mark.req("R-070")
def test_to_name_the_hash_of_a_personal_paper_opens_it_to_nobody(engine) -> None:
    sha256 = put(engine, JPEG, "image/jpeg", "ID_COPY")
    with pytest.raises(Refusal, match="DOCUMENT-UNKNOWN"), desk_of(engine, ELSEWHERE) as desk:
        documents.require(desk, sha256, sites={"C1"})
    with pytest.raises(Denied):
        read(engine, sha256, ELSEWHERE, "why")
    assert put(engine, JPEG, "image/jpeg", "ID_COPY", who=ELSEWHERE) == sha256  # who has the bytes has seen it
    assert read(engine, sha256, ELSEWHERE, "why").content == JPEG


def test_what_no_row_names_is_taken_off_the_shelf_once_it_is_old(engine) -> None:
    kept = put(engine)
    stray = b64url(hashlib.sha256(PNG + b"rolled back").digest())

    def put_and_fail():
        with desk_of(engine, OPERATOR) as desk:
            documents.require(desk, documents.put(desk, PNG + b"rolled back", "image/png", "OTHER"), "x" * 43)

    with pytest.raises(Refusal, match="DOCUMENT-UNKNOWN"):
        put_and_fail()
    at_ms = max(path.stat().st_mtime_ns // 1_000_000 for path in SHELF.folder.glob("*/*"))
    custody.tidy(engine, SHELF, at_ms)
    assert SHELF.read(stray)[0].endswith(b"rolled back")
    assert custody.tidy(engine, SHELF, at_ms + custody.HALF_WRITTEN_MS + 1) >= 1
    with pytest.raises(FileNotFoundError):
        SHELF.read(stray)
    assert read(engine, kept).content == PNG
