"""Pictures put up over HTTP: only what a gate's key signed for, whole, once, and bounded."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from cloud.clock import now_ms
from cloud.flows.photo_expiry import expire
from cloud.registry.refusals import TEXTS
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.photo_files import Incoming, relative_path, sweep
from schemas import messages
from schemas.envelope import SigningKey, Typ, b64url, encode
from tests.web.api_client import GATE, KEY, client, registered, settings

if TYPE_CHECKING:
    import httpx

__all__ = ["client", "registered", "settings"]

PICTURE = bytes(range(256)) * 40


def name_of(picture: bytes) -> str:
    return b64url(hashlib.sha256(picture).digest())


def signed(picture: bytes, *, key: SigningKey = KEY, gate: str = "WDU-1", typ: Typ = Typ.PHOTO) -> str:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    upload = messages.PhotoUpload(v=1, gate=gate, sha256=name_of(picture), size=len(picture), at=at)
    return key.sign(typ, encode(upload)).decode()


def put_up(client: httpx.Client, picture: bytes, signature: str | None = None, body: object = None) -> httpx.Response:
    headers = {"Sealgate-Signature": signed(picture) if signature is None else signature, "Authorization": ""}
    content = picture if body is None else body
    return client.put(f"/api/v1/photos/{name_of(picture)}", content=content, headers=headers)


def refused(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (TEXTS[code].status, code), answer.text


def files(settings) -> list[str]:
    folder = settings.path(settings.photos.dir)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.req("R-056")
def test_a_picture_is_stored_once_under_its_hash(registered, engine, settings) -> None:
    assert put_up(registered, PICTURE).status_code == 201
    assert put_up(registered, PICTURE).status_code == 200
    assert put_up(registered, PICTURE, body=iter([PICTURE[:100], PICTURE[100:]])).status_code == 200
    assert files(settings) == [relative_path(name_of(PICTURE))]
    stored = settings.path(settings.photos.dir) / relative_path(name_of(PICTURE))
    assert stored.read_bytes() == PICTURE
    with reading(engine) as connection:
        assert connection.execute(select(schema.photo.c.size, schema.photo.c.gate)).all() == [(len(PICTURE), "WDU-1")]
        changes = select(func.count()).select_from(schema.change).where(schema.change.c.kind == "photo")
        assert connection.scalar(changes) == 1


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    "signature",
    [
        "",
        "a.b.c",
        signed(PICTURE, key=SigningKey.from_seed(b"\x09" * 32)),
        signed(PICTURE, gate="WDU-2"),
        signed(PICTURE, typ=Typ.SCAN),
        signed(PICTURE)[:-4] + "AAAA",
    ],
    ids=["none", "junk", "unknown-key", "other-gate", "other-purpose", "altered"],
)
def test_without_the_gates_word_nothing_is_stored(registered, settings, signature) -> None:
    refused(put_up(registered, PICTURE, signature), "SIGNATURE")
    assert files(settings) == []


@pytest.mark.req("R-113")
@pytest.mark.parametrize("body", [PICTURE[:-1], PICTURE[:-1] + b"x", PICTURE + b"x", b""])
def test_other_bytes_than_signed_for_are_refused_and_leave_nothing(registered, settings, body) -> None:
    refused(put_up(registered, PICTURE, body=body), "PHOTO-HASH")
    assert files(settings) == []


def test_the_address_must_name_the_signed_bytes(registered) -> None:
    answer = registered.put(
        f"/api/v1/photos/{name_of(b'other')}", content=PICTURE, headers={"Sealgate-Signature": signed(PICTURE)}
    )
    refused(answer, "PHOTO-HASH")


def test_a_picture_may_not_be_too_large(registered, settings) -> None:
    refused(put_up(registered, bytes(100_001)), "TOO-LARGE")


def test_a_retired_gates_pictures_are_refused(registered) -> None:
    registered.post("/api/v1/gates/WDU-1/retire")
    refused(put_up(registered, PICTURE), "SIGNATURE")


@pytest.mark.req("R-056")
def test_pictures_that_no_event_names_are_bounded(registered, engine) -> None:
    for number in range(3):
        assert put_up(registered, bytes([number])).status_code == 201
    refused(put_up(registered, b"one more"), "PHOTO-QUOTA")
    assert put_up(registered, bytes([0])).status_code == 200  # known: no new one
    claim = {"record_id": 1, "sha256": name_of(bytes([1])), "gate": "OTHER-1"}
    with writing(engine) as connection:  # an event of another gate claims nothing here
        connection.execute(schema.record_photo.insert().values(claim))
    refused(put_up(registered, b"one more"), "PHOTO-QUOTA")
    with writing(engine) as connection:
        connection.execute(update(schema.record_photo).values(gate="WDU-1"))
    assert put_up(registered, b"one more").status_code == 201


@pytest.mark.req("R-056")
def test_a_picture_whose_event_came_first_is_never_refused_for_the_bound(registered, engine) -> None:
    for number in range(3):
        put_up(registered, bytes([number]))
    claim = {"record_id": 1, "sha256": name_of(b"named"), "gate": "WDU-1"}
    with writing(engine) as connection:
        connection.execute(schema.record_photo.insert().values(claim))
    assert put_up(registered, b"named").status_code == 201


def test_the_bound_is_each_gates_own(registered) -> None:
    for number in range(3):
        put_up(registered, bytes([number]))
    other = SigningKey.from_seed(b"\x05" * 32)
    registered.put("/api/v1/gates/WDU-9", json={**GATE, "jwk": other.public_jwk})
    assert put_up(registered, b"x", signed(b"x", key=other, gate="WDU-9")).status_code == 201


def test_what_a_crash_left_half_written_is_swept(tmp_path) -> None:
    incoming = Incoming(tmp_path)
    incoming.write(b"half")
    kept = Incoming(tmp_path)
    kept.write(b"whole")
    path = kept.keep()
    assert sweep(tmp_path) == 1
    assert (tmp_path / path).read_bytes() == b"whole"
    incoming.__exit__(None, None, None)
    assert sweep(tmp_path / "none") == 0


@pytest.mark.req("R-056")
def test_pictures_that_no_event_ever_named_are_let_go_and_the_others_stay(registered, engine, settings) -> None:
    for picture in (b"named", b"forgotten"):
        assert put_up(registered, picture).status_code == 201
    claim = {"record_id": 1, "sha256": name_of(b"named"), "gate": "WDU-1"}
    with writing(engine) as connection:
        connection.execute(schema.record_photo.insert().values(claim))
    folder = settings.path(settings.photos.dir)
    assert expire(engine, folder, before_ms=0) == 0
    later_ms = now_ms() + 1000
    assert expire(engine, folder, before_ms=later_ms) == 1
    assert expire(engine, folder, before_ms=later_ms) == 0
    assert files(settings) == [relative_path(name_of(b"named"))]
    assert put_up(registered, b"forgotten").status_code == 201


def test_a_file_that_two_gates_put_up_stays_while_one_of_them_needs_it(registered, engine, settings) -> None:
    other = SigningKey.from_seed(b"\x05" * 32)
    registered.put("/api/v1/gates/WDU-9", json={**GATE, "jwk": other.public_jwk})
    assert put_up(registered, PICTURE).status_code == 201
    assert put_up(registered, PICTURE, signed(PICTURE, key=other, gate="WDU-9")).status_code == 201
    claim = {"record_id": 1, "sha256": name_of(PICTURE), "gate": "WDU-9"}
    with writing(engine) as connection:
        connection.execute(schema.record_photo.insert().values(claim))
    assert expire(engine, settings.path(settings.photos.dir), before_ms=now_ms() + 1000) == 1
    assert files(settings) == [relative_path(name_of(PICTURE))]


def asked(client: httpx.Client, picture: bytes) -> tuple[str, str]:
    headers = {"Sealgate-Signature": signed(picture), "Authorization": ""}
    answer = client.head(f"/api/v1/photos/{name_of(picture)}", headers=headers)
    assert answer.status_code == 204, answer.headers
    return answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]


def add(client: httpx.Client, picture: bytes, start: int, end: int, **changed: str) -> httpx.Response:
    headers = {"Sealgate-Signature": signed(picture), "Authorization": "", "Upload-Offset": str(start)} | changed
    return client.patch(f"/api/v1/photos/{name_of(picture)}", content=picture[start:end], headers=headers)


@pytest.mark.req("R-111")
def test_a_picture_goes_on_where_it_broke_off(registered, engine, settings) -> None:
    assert asked(registered, PICTURE) == ("0", "?0")
    assert add(registered, PICTURE, 0, 4000).status_code == 202
    assert asked(registered, PICTURE) == ("4000", "?0")
    assert sweep(settings.path(settings.photos.dir)) == 0  # a restart of the server forgets no half
    answer = add(registered, PICTURE, 4000, len(PICTURE))
    assert (answer.status_code, answer.json()["size"]) == (201, len(PICTURE))
    assert asked(registered, PICTURE) == (str(len(PICTURE)), "?1")
    assert files(settings) == [relative_path(name_of(PICTURE))]
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(schema.photo)) == 1


@pytest.mark.req("R-113")
def test_what_is_no_next_piece_is_refused_and_what_is_spoilt_starts_anew(registered, settings) -> None:
    add(registered, PICTURE, 0, 4000)
    refused(add(registered, PICTURE, 3000, 4000), "PHOTO-OFFSET")
    refused(add(registered, PICTURE, 4001, 5000), "PHOTO-OFFSET")
    refused(add(registered, PICTURE, 4000, 5000, **{"Sealgate-Signature": signed(PICTURE)[:-4] + "AAAA"}), "SIGNATURE")
    (half,) = (settings.path(settings.photos.dir) / "partial").iterdir()
    half.write_bytes(bytes(4000))  # as a power cut of the server may leave it
    refused(add(registered, PICTURE, 4000, len(PICTURE)), "PHOTO-AGAIN")
    assert asked(registered, PICTURE) == ("0", "?0")
    assert add(registered, PICTURE, 0, len(PICTURE)).status_code == 201


def test_more_than_was_signed_for_is_refused_in_pieces_too(registered) -> None:
    add(registered, PICTURE, 0, len(PICTURE) - 1)
    headers = {"Sealgate-Signature": signed(PICTURE), "Authorization": "", "Upload-Offset": str(len(PICTURE) - 1)}
    address = f"/api/v1/photos/{name_of(PICTURE)}"
    refused(registered.patch(address, content=b"xx", headers=headers), "PHOTO-HASH")


def test_halves_are_bounded_and_forgotten_in_time(registered, engine, settings) -> None:
    pictures = [bytes([number]) * 5000 for number in range(5)]
    answers = [add(registered, picture, 0, 10).status_code for picture in pictures]
    assert answers == [202, 202, 202, 202, TEXTS["PHOTO-QUOTA"].status]
    expire(engine, settings.path(settings.photos.dir), now_ms() + 1000)
    assert add(registered, pictures[4], 0, 10).status_code == 202
