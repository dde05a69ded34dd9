"""What gates put up beside pictures: papers that only the cloud opens, and answers to commands; over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import select

from cloud.app import keys, work
from cloud.clock import now_ms
from cloud.flows import photo_expiry
from cloud.flows.ingest import Incoming, process_batch
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.photo_files import relative_path
from cloud.web.app import create_app
from schemas import messages, sealed
from schemas.envelope import Typ, encode
from schemas.messages import Abnormal, Operation, PaperKind
from schemas.sealed import Purpose
from tests import town, townsfolk
from tests.web.api_client import KEY, TOKEN, client, registered, settings
from tests.web.serving import serving
from tests.web.test_api_photos import files, name_of, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from cloud.settings import Settings

__all__ = ["client", "registered", "settings"]

PICTURE = b"\xff\xd8\xff the identity card of somebody"
AT = datetime(2026, 11, 23, tzinfo=UTC)


def put_up(client: httpx.Client, content: bytes, kind: str, *, key=KEY, gate: str = "WDU-1") -> httpx.Response:
    upload = messages.PhotoUpload(v=1, gate=gate, sha256=name_of(content), size=len(content), at=AT, kind=kind)
    headers = {"Sealgate-Signature": key.sign(Typ.PHOTO, encode(upload)).decode(), "Authorization": ""}
    return client.put(f"/api/v1/photos/{name_of(content)}", content=content, headers=headers)


def kinds(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {row.sha256: row.kind for row in connection.execute(select(schema.photo))}


@pytest.mark.req("R-116")
def test_each_kind_lies_under_its_own_name_and_has_its_own_bound(registered, engine, settings) -> None:
    for number in range(3):
        assert put_up(registered, bytes([number]), "PAPER").status_code == 201
    refused(put_up(registered, b"one more", "PAPER"), "PHOTO-QUOTA")
    for kind in ("PHOTO", "TEST", "DIAGNOSTICS"):
        assert put_up(registered, kind.encode(), kind).status_code == 201
    assert set(files(settings)) >= {relative_path(name_of(kind.encode()), kind) for kind in ("TEST", "DIAGNOSTICS")}
    with writing(engine) as connection:  # named by a record of this gate: there is no bound
        row = {"gate": "WDU-1", "epoch": 1, "seq": 1, "sha256": name_of(b"one more"), "site": "003A1001"}
        row |= {"kind": "STATEMENT", "taken_ms": 0, "named_ms": 0}
        connection.execute(schema.paper.insert().values(row))
    assert put_up(registered, b"one more", "PAPER").status_code == 201


@pytest.mark.req("R-056")
def test_a_test_picture_that_a_record_names_later_goes_up_once_more_and_is_evidence(registered, engine) -> None:
    assert put_up(registered, PICTURE, "TEST").status_code == 201
    assert put_up(registered, PICTURE, "TEST").status_code == 200
    assert put_up(registered, PICTURE, "PHOTO").status_code == 201
    assert put_up(registered, PICTURE, "TEST").status_code == 200  # evidence never becomes a test
    assert kinds(engine) == {name_of(PICTURE): "PHOTO"}


def test_of_the_answers_to_commands_the_newest_of_each_gate_stay(registered, engine, settings) -> None:
    folder = settings.path(settings.photos.dir)
    rows, at_ms = [], now_ms() + 60_000
    for number in range(photo_expiry.CARE_KEPT + 2):
        name = name_of(b"picture %d" % number)
        path = folder / relative_path(name, "TEST")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        rows.append(
            {
                "gate": "WDU-1",
                "sha256": name,
                "size": 1,
                "received_ms": at_ms + number,
                "path": relative_path(name, "TEST"),
            }
        )
    with writing(engine) as connection:
        connection.execute(schema.photo.insert(), [row | {"kind": "TEST"} for row in rows])
    assert put_up(registered, PICTURE, "PHOTO").status_code == 201
    assert photo_expiry.expire(engine, folder, before_ms=-1) == 2
    assert photo_expiry.expire(engine, folder, before_ms=-1) == 0
    kept = {row["path"] for row in rows[2:]} | {relative_path(name_of(PICTURE))}
    assert set(files(settings)) == kept


@pytest.fixture
def town_client(engine: Engine, settings: Settings) -> Iterator[httpx.Client]:
    """The town's two gates, with the keys that this installation has drawn itself."""
    townsfolk.enter_town(engine, [ORIGIN, DESTINATION])
    townsfolk.pair(engine, [SEAL])
    vault = keys.vault(settings.path(settings.keys.vault_file))
    with (
        serving(create_app(engine, settings, TOKEN, vault)) as address,
        httpx.Client(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as client,
    ):
        yield client


SEAL = town.Seal(number=1)
ORIGIN, DESTINATION = (
    townsfolk.gate_of("ORIGIN-01", town.ORIGIN),
    townsfolk.gate_of("DEST-01", town.DESTINATION),
)


@pytest.mark.req("R-068", "R-069", "R-070")
def test_from_the_lane_to_the_hold_with_the_keys_of_the_installation(town_client, engine, settings) -> None:
    opens_for = keys.papers_keys(settings.path(settings.keys.papers_file)).public
    file = sealed.seal(PICTURE, opens_for, Purpose.PAPER)
    unread = {"tag": None, "photos": (), "movement": f"{SEAL.order}-1"}
    at_ms = now_ms()
    gate = townsfolk.gate_of("DEST-01", town.DESTINATION)
    held = gate.scan(SEAL, Operation.ABNORMAL_IN, at_ms, 0, abnormal=(Abnormal.ALTERED,), **unread)
    one = messages.SealedPaper(kind=PaperKind.DRIVER_ID, sha256=name_of(file), size=len(file), at=AT)
    about = messages.About(epoch=1, seq=1)
    named = gate.scan(SEAL, Operation.PAPERS, at_ms, 0, papers=(one,), about=about, **unread)
    process_batch(engine, townsfolk.TownKeys(), [Incoming(gate.topic, jws) for jws in (held, named)], at_ms)
    (paper,) = town_client.get("/api/v1/lane-papers", params={"waiting": True}).json()["items"]
    assert (paper["received"], paper["document"], paper["fault_en"]) == (None, None, "")
    assert put_up(town_client, file, "PAPER", key=gate.key, gate=gate.gate).status_code == 201
    task = work._papers(settings, engine)
    for _ in range(2):
        task.step()
    (paper,) = town_client.get("/api/v1/lane-papers").json()["items"]
    (hold,) = town_client.get("/api/v1/holds").json()["items"]
    assert (paper["hold"], hold["missing"]) == (hold["id"], ["REPORT", "STATEMENT"])
    assert paper["document"] == name_of(PICTURE)
    refused(town_client.post(f"/api/v1/lane-papers/{paper['id']}/dismiss", json={"finding": "x"}), "FORBIDDEN")
    refused(town_client.post("/api/v1/lane-papers/99/hold", json={"hold": 1}), "FORBIDDEN")
