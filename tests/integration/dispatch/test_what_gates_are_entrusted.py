"""What goes to one gate only, sealed to its key: which seals, which people, when it is new, and who cannot read it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from cloud.adapters.keystore import Keystore
from cloud.flows import dispatch
from cloud.registry import gates, orders, people, places, stock
from cloud.store import dispatches, schema
from cloud.store.engine import writing
from edge.domain.trusted_manifest import entrusted, trust
from schemas import envelope, messages, pin, sun
from schemas.envelope import JWS_BYTES_MAX, MANIFEST_BYTES_MAX, Rejected, SigningKey, Typ
from schemas.messages import SealPosition
from schemas.sealed import OpeningKey
from tests import dispatching
from tests.desks import NOW_MS, SYSTEM, desk_of
from tests.dispatching import CLOUD
from tests.integration.registry import sealing_room as room
from tests.integration.registry.sealing_room import DESTINATION, ORIGIN, RING

MASTER = b"\x01" * 16
KEYS = Keystore({"KE": MASTER})
ELSEWHERE = "003C3003"
GATE_KEYS = {gate: SigningKey.from_seed(gate.encode() * 8) for gate in ("GT-O", "GT-D", "GT-E")}
HARDWARE = {  # a P-256 key, as a TPM makes them
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",  # RFC 7515 A.3
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


class Wire:
    """What was published since last looked."""

    def __init__(self, engine) -> None:
        self.engine, self.jws = engine, {}

    def __call__(self, topic: str, payload: bytes, *, retain: bool) -> None:
        assert retain
        self.jws[self.read(payload).gate] = payload

    def read(self, payload: bytes) -> messages.Manifest:
        return envelope.decode(
            envelope.verify(payload, Typ.MANIFEST, lambda _kid: CLOUD.verifying_key), messages.Manifest
        )

    def send(self, at_ms: int = NOW_MS, **changes) -> dict[str, messages.Manifest]:
        self.jws = {}
        dispatch.send_due(self.engine, dispatching.sender(self, **{"seal_keys": KEYS} | changes), at_ms)
        return {gate: self.read(jws) for gate, jws in self.jws.items()}

    def again(self, at_ms: int = NOW_MS, **changes) -> dict[str, messages.Manifest]:
        dispatch.begin(self.engine, at_ms)
        return self.send(at_ms, **changes)


@pytest.fixture
def wire(engine) -> Wire:
    room.enter_sites(engine)
    with desk_of(engine, SYSTEM) as desk:
        places.put_site(desk, places.SiteEntry(code=ELSEWHERE, name_zh="站", name_en="yard", ring=RING))
        for gate, site in zip(GATE_KEYS, (ORIGIN, DESTINATION, ELSEWHERE), strict=True):
            entry = gates.GateEntry(gate=gate, site=site, lanes=["1"], jwk=GATE_KEYS[gate].public_jwk)
            gates.put_gate(desk, entry)
    return Wire(engine)


def pair(engine, number: int, **changed) -> str:
    """A pairing; returns the chip."""
    uid = f"04CC{number:010X}"
    with desk_of(engine, SYSTEM) as desk:
        stock.put_seal(desk, stock.SealEntry(seal_no=f"KE27{number:07d}", uid=uid, kind="E"))
    room.pair(engine, f"KE27{number:07d}", container=f"CSQU30543{number:02d}", **changed)
    return uid


def key_of(uid: str) -> str:
    return sun.diversify(MASTER, bytes.fromhex(uid)).hex().upper()


def badge(engine, staff: str, *sites: str, kept: str | None = None) -> None:
    with desk_of(engine, SYSTEM) as desk:
        entry = people.StaffEntry(
            staff=staff, badge_uid=f"04DD{staff[1:]:>08}", role="OFFICER", may=["ARRIVE"], sites=sites
        )
        people.put_staff(desk, entry)
        desk.connection.execute(update(schema.staff).where(schema.staff.c.staff == staff).values(pin=kept))


@pytest.mark.req("R-055", "R-111")
def test_each_gate_gets_the_keys_of_exactly_the_seals_it_expects(wire) -> None:
    here = pair(wire.engine, 1)
    back = pair(
        wire.engine, 2, origin=DESTINATION, destination=ELSEWHERE, who=room.actor(room.Role.OFFICER, DESTINATION)
    )
    sent = wire.send()
    read = {gate: dispatching.opened(manifest, GATE_KEYS[gate]) for gate, manifest in sent.items()}
    assert {gate: secrets.seal_keys for gate, secrets in read.items()} == {
        "GT-O": {here: key_of(here)},
        "GT-D": {here: key_of(here), back: key_of(back)},
        "GT-E": {back: key_of(back)},
    }
    assert {secrets.gate for secrets in read.values()} == set(GATE_KEYS)


@pytest.mark.req("R-055", "R-111")
def test_a_seal_whose_series_has_no_key_comes_without_one(wire) -> None:
    pair(wire.engine, 1)
    manifest = wire.send(seal_keys=Keystore({"KE9": MASTER}))["GT-O"]
    assert len(manifest.expected) == 1
    assert dispatching.opened(manifest, GATE_KEYS["GT-O"]).seal_keys == {}


@pytest.mark.req("R-049", "R-111")
def test_each_gate_gets_the_pins_of_exactly_its_badges(wire) -> None:
    first, second = pin.verifier("4711"), pin.verifier("83015")
    badge(wire.engine, "S1", ORIGIN, kept=first)
    badge(wire.engine, "S2", ORIGIN, DESTINATION, kept=second)
    badge(wire.engine, "S3", ORIGIN)
    sent = wire.send()
    read = {gate: dispatching.opened(manifest, GATE_KEYS[gate]).pins for gate, manifest in sent.items()}
    one, two = (f"04DD{number:>08}" for number in (1, 2))
    assert read == {"GT-O": {one: first, two: second}, "GT-D": {two: second}, "GT-E": {}}
    assert not any(form.encode() in jws for jws in wire.jws.values() for form in (first, second, "4711"))


@pytest.mark.req("R-113")
def test_no_other_gate_opens_what_was_sealed_to_one(wire) -> None:
    pair(wire.engine, 1)
    sent = wire.send()
    for reader in ("GT-D", "GT-E"):
        with pytest.raises(Rejected, match="SEALED-KEY"):
            dispatching.opened(sent["GT-O"], GATE_KEYS[reader])


@pytest.mark.req("R-111", "R-113")
def test_the_shipped_gate_takes_the_shipped_manifest_with_its_secrets(wire) -> None:
    uid = pair(wire.engine, 1)
    wire.send()
    find_key = {CLOUD.kid: CLOUD.verifying_key}.get
    papers = trust(wire.jws["GT-O"], gate="GT-O", find_key=find_key, in_force=None, floor=None)
    opened = entrusted(papers, OpeningKey.of_signer(GATE_KEYS["GT-O"].seed))
    assert opened.secrets.seal_keys == {uid: key_of(uid)}
    assert opened.manifest.papers_key == dispatching.PAPERS.public


@pytest.mark.req("R-111")
def test_sealing_anew_is_no_news_but_another_key_of_seal_gate_or_papers_is(wire) -> None:
    pair(wire.engine, 1)
    first = wire.send()
    jws = dict(wire.jws)
    wire.again(NOW_MS + 1)
    assert wire.jws == jws
    versions = {gate: manifest.version for gate, manifest in wire.again(NOW_MS + 2, seal_keys=Keystore({})).items()}
    assert versions == {"GT-O": 2, "GT-D": 2, "GT-E": 1}
    anew = wire.again(NOW_MS + 3)
    assert {gate: manifest.version for gate, manifest in anew.items()} == {"GT-O": 3, "GT-D": 3, "GT-E": 1}
    assert anew["GT-O"].sealed != first["GT-O"].sealed
    other = OpeningKey(b"\x0d" * 32).public
    assert {manifest.papers_key for manifest in wire.again(NOW_MS + 4, papers_key=other).values()} == {other}


@pytest.mark.req("R-113")
def test_after_a_key_was_replaced_only_the_new_one_opens(wire) -> None:
    uid = pair(wire.engine, 1)
    wire.send()
    renewed = SigningKey.from_seed(b"renewed-" * 4)
    with desk_of(wire.engine, SYSTEM) as desk:
        entry = gates.GateEntry(gate="GT-O", site=ORIGIN, lanes=["1"], jwk=renewed.public_jwk, replace_key=True)
        gates.put_gate(desk, entry)
    sent = wire.send()
    assert set(sent) == {"GT-O"}
    assert dispatching.opened(sent["GT-O"], renewed).seal_keys == {uid: key_of(uid)}
    with pytest.raises(Rejected, match="SEALED-KEY"):
        dispatching.opened(sent["GT-O"], GATE_KEYS["GT-O"])


@pytest.mark.req("R-113")
def test_a_stolen_key_that_was_revoked_is_told_nothing_more(wire) -> None:
    pair(wire.engine, 1)
    wire.send()
    with desk_of(wire.engine, SYSTEM) as desk:
        gates.revoke_key(desk, "GT-O", GATE_KEYS["GT-O"].kid)
    sent = wire.send()
    assert {gate: manifest.sealed for gate, manifest in sent.items()} == {"GT-O": None}


@pytest.mark.req("R-055", "R-113")
def test_a_gate_with_a_key_in_hardware_gets_its_manifest_without_secrets(wire) -> None:
    with desk_of(wire.engine, SYSTEM) as desk:
        gates.put_gate(desk, gates.GateEntry(gate="GT-H", site=ORIGIN, lanes=["1"], jwk=HARDWARE))
    uid = pair(wire.engine, 1)
    manifest = wire.send()["GT-H"]
    assert (manifest.sealed, [one.seal_uid for one in manifest.expected]) == (None, [uid])


# ---------------------------------------------------------------- beside the secrets: load, position, stock


@pytest.mark.req("R-043", "R-044")
def test_the_gate_asks_for_the_position_of_the_pairing_and_of_a_paper_seal_for_none(wire) -> None:
    pair(wire.engine, 1, position=SealPosition.RIGHT_LOWER_SEAT)
    pair(wire.engine, 2)  # not told: the inner rod
    room.pair(wire.engine, room.seal(wire.engine, "PA"), container="CSQU3054399", position=SealPosition.OTHER_APPROVED)
    room.put(wire.engine, room.order(room.seal(wire.engine)))  # an order tells none: the usual places
    told = {one.container: one.positions for one in wire.send()["GT-O"].expected}
    assert told == {
        "CSQU3054301": (SealPosition.RIGHT_LOWER_SEAT,),
        "CSQU3054302": (SealPosition.RIGHT_INNER_ROD,),
        "CSQU3054399": (),
        room.CONTAINER: (SealPosition.RIGHT_INNER_ROD, SealPosition.RIGHT_LOWER_SEAT),
    }


@pytest.mark.req("R-054")
def test_the_gate_is_told_what_the_order_says_is_inside(wire) -> None:
    lines = [orders.CargoLine(document=f"AA15112300000{n}", particulars={"quantity": 40}) for n in range(5)]
    room.put(wire.engine, room.order(room.seal(wire.engine), cargo=lines, classes={"load": "A"}))
    pair(wire.engine, 1)  # without an order: the document it was paired under
    told = {one.container: one.load for one in wire.send()["GT-O"].expected}
    numbers = "AA151123000000、AA151123000001、AA151123000002 等 and 2 more"
    assert told == {room.CONTAINER: f"CY重櫃 full, CY｜{numbers}｜數量 qty 200", "CSQU3054301": room.DECLARATION}


@pytest.mark.req("R-032", "R-063")
def test_the_gate_knows_its_stock_and_whether_that_is_all(wire, monkeypatch) -> None:
    rows = [
        {"seal_no": f"KE28{n}", "uid": f"04EE{n:04}", "kind": "E", "state": state, "site": site, "issued_ms": n}
        for n, (state, site) in enumerate(
            [("ISSUED", ORIGIN), ("ISSUED", ORIGIN), ("SCRAPPED", ORIGIN), ("STOCK", None), ("ISSUED", DESTINATION)]
        )
    ]
    with writing(wire.engine) as connection:
        connection.execute(schema.seal.insert(), rows)
    sent = wire.send()
    assert {gate: (one.stock, one.stock_whole) for gate, one in sent.items()} == {
        "GT-O": (("04EE0000", "04EE0001"), True),
        "GT-D": (("04EE0004",), True),
        "GT-E": ((), True),
    }
    monkeypatch.setattr(dispatch, "STOCK_MAX", 1)
    cut = wire.again(NOW_MS + 1)["GT-O"]
    assert (cut.stock, cut.stock_whole) == (("04EE0000",), False)


@pytest.mark.req("R-111")
def test_the_fullest_manifest_fits_and_is_made_in_seconds(wire) -> None:
    many, people_max = 5_000, 2_000
    seals = [
        {
            "seal_no": f"KE29{n:07d}",
            "uid": f"04AB{n:010X}",
            "kind": "E",
            "state": "ISSUED",
            "site": ORIGIN,
            "issued_ms": 1,
        }
        for n in range(2 * many + 1)
    ]
    moves = [
        {
            "id": f"AA15110459525{n:06}-1",
            "kind": "E",
            "seal_no": one["seal_no"],
            "seal_uid": one["uid"],
            "container": "CSQU3054383",
            "plate": "KLA-0001",
            "origin": ORIGIN,
            "destination": DESTINATION,
            "paired_ms": NOW_MS,
            "pairing_source": "APP",
            "state": "PAIRED",
            "updated_ms": NOW_MS,
        }
        for n, one in enumerate(seals[:many])
    ]
    kept = pin.verifier("4711")
    with writing(wire.engine) as connection:
        connection.execute(schema.seal.insert(), seals)
        connection.execute(schema.movement.insert(), moves)
        persons = [{"id": f"P-{n}", "created_ms": 1, "updated_ms": 1} for n in range(people_max)]
        connection.execute(schema.person.insert(), persons)
        badges = [
            {"staff": f"S{n}", "person": f"P-{n}", "badge_uid": f"04AC{n:010X}", "role": "OFFICER", "may": ["ARRIVE"]}
            for n in range(people_max)
        ]
        connection.execute(schema.staff.insert(), [one | {"pin": kept, "updated_ms": 1} for one in badges])
        may = [
            {"person": f"P-{n}", "capacity": "OFFICER", "site": ORIGIN, "valid_from_ms": 1} for n in range(people_max)
        ]
        connection.execute(schema.authorisation.insert(), may)
        dispatches.ask_all(connection, NOW_MS)
    manifest = wire.send()["GT-O"]
    secrets = dispatching.opened(manifest, GATE_KEYS["GT-O"])
    assert (len(secrets.seal_keys), len(secrets.pins)) == (many, people_max)
    assert (len(manifest.stock), manifest.stock_whole) == (many, False)
    assert JWS_BYTES_MAX < len(wire.jws["GT-O"]) < MANIFEST_BYTES_MAX
