"""What gates are sent and when, on both databases; the broker is a list of what was published."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from sqlalchemy import delete, insert, update

from cloud.clock import from_ms
from cloud.flows import dispatch
from cloud.registry import commands, gates, orders, people, places, stock
from cloud.store import dispatches, schema
from cloud.store.engine import writing
from schemas import envelope, messages, topics
from schemas.envelope import SigningKey, Typ
from tests import crowd, dispatching
from tests.desks import system_at
from tests.dispatching import CLOUD, LIFETIME_MS

GATE_KEY = SigningKey.from_seed(b"\x01" * 32)
RING = [[121.66, 25.07], [121.67, 25.07], [121.67, 25.08], [121.66, 25.08], [121.66, 25.07]]
NOW = 1_800_000_000_000
HOUR = 3_600_000


@dataclass
class Broker:
    down: bool = False
    refuses: str = ""  # a gate of which it takes nothing
    published: list[tuple[str, bytes, bool]] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if self.down:
            raise OSError("broker is down")
        if self.refuses and self.refuses in topic:
            raise dispatch.NotTakenError(topic)
        self.published.append((topic, payload, retain))

    def take(self) -> list[messages.Manifest]:
        taken, self.published = self.published, []
        return [read(jws) for topic, jws, _ in taken if topic.endswith("/manifest")]


def read(jws: bytes) -> messages.Manifest:
    payload = envelope.verify(jws, Typ.MANIFEST, lambda kid: CLOUD.verifying_key if kid == CLOUD.kid else None)
    return envelope.decode(payload, messages.Manifest)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def sender(broker) -> dispatch.Sender:
    return dispatching.sender(broker.publish)


@pytest.fixture
def town(engine):
    """Two sites with a gate each, one badge, one movement from the first to the second."""
    with writing(engine) as connection:
        for code, gate, seed in (("A1", "AAA-1", 1), ("B1", "BBB-1", 2)):
            site = places.SiteEntry(code=code, name_zh="站", name_en="yard", ring=RING)
            places.put_site(system_at(connection, NOW), site)
            jwk = SigningKey.from_seed(bytes([seed]) * 32).public_jwk
            gate_entry = gates.GateEntry(gate=gate, site=code, lanes=["L1"], jwk=jwk)
            gates.put_gate(system_at(connection, NOW), gate_entry)
        badge = people.StaffEntry(staff="S1", badge_uid="04AABBCC", role="OFFICER", may=["ARRIVE"], sites=["B1"])
        people.put_staff(system_at(connection, NOW), badge)
        seal = stock.SealEntry(seal_no="KE1", uid="04DE5F1EACC040", kind="E")
        stock.put_seal(system_at(connection, NOW), seal)
        orders.put_order(system_at(connection, NOW), order())
    return engine


def order(**changes) -> orders.OrderEntry:
    entry = {
        "number": "T1",
        "origin": "A1",
        "destination": "B1",
        "container": "CSQU3054383",
        "plate": "KLA-0001",
        "departs_ms": None,
        "seals": [orders.SealBlock(type="5", number="KE1")],
        "classes": {},
        "cargo": [orders.CargoLine(document="AA15112300000001")],
    }
    return orders.OrderEntry(**entry | changes)


@pytest.mark.req("R-111", "R-113")
def test_each_gate_is_sent_what_it_must_know_signed_and_retained(town, sender, broker) -> None:
    assert dispatch.send_due(town, sender, NOW) == 2
    assert [(topic, retain) for topic, _, retain in broker.published] == [
        (topics.manifest("AAA-1"), True),
        (topics.manifest("BBB-1"), True),
    ]
    first, second = broker.take()
    assert (first.gate, first.version, first.issued, first.expires) == (
        "AAA-1",
        1,
        from_ms(NOW),
        from_ms(NOW + LIFETIME_MS),
    )
    assert (first.site.code, first.site.fence.version, first.staff) == ("A1", "A1/1", ())
    assert [person.staff for person in second.staff] == ["S1"]
    for manifest in (first, second):
        [expected] = manifest.expected
        assert (expected.movement, expected.seal_no, expected.state) == ("T1-1", "KE1", "PAIRED")


def test_nothing_is_sent_twice_without_a_reason(town, sender, broker) -> None:
    dispatch.send_due(town, sender, NOW)
    broker.take()
    assert dispatch.send_due(town, sender, NOW + HOUR) == 0


def test_a_change_is_a_new_version_for_the_gates_it_concerns(town, sender, broker) -> None:
    dispatch.send_due(town, sender, NOW)
    broker.take()
    with writing(town) as connection:
        badge = people.StaffEntry(staff="S2", badge_uid="04AABBCD", role="OFFICER", may=["ARRIVE"], sites=["B1"])
        people.put_staff(system_at(connection, NOW + 1), badge)
    dispatch.send_due(town, sender, NOW + 1)
    [manifest] = broker.take()
    assert (manifest.gate, manifest.version) == ("BBB-1", 2)
    assert [person.staff for person in manifest.staff] == ["S1", "S2"]


@pytest.mark.req("R-068")
def test_a_hold_reaches_both_gates(town, sender, broker) -> None:
    dispatch.send_due(town, sender, NOW)
    broker.take()
    with writing(town) as connection:
        held = update(schema.movement).values(state="ARRIVED", arrived_ms=NOW, hold_reason="X-MAC", hold_since_ms=NOW)
        connection.execute(held)
        dispatches.ask(connection, NOW + 1, sites=["A1", "B1"])
    dispatch.send_due(town, sender, NOW + 1)
    shown = [(manifest.gate, manifest.expected[0].hold) for manifest in broker.take()]
    hold = messages.Hold(reason="X-MAC", since=from_ms(NOW))
    assert shown == [("AAA-1", hold), ("BBB-1", hold)]


def test_at_a_start_the_same_version_is_sent_again(town, sender, broker) -> None:
    dispatch.send_due(town, sender, NOW)
    before = list(broker.published)
    broker.take()
    dispatch.begin(town, NOW + HOUR)
    dispatch.send_due(town, sender, NOW + HOUR)
    assert broker.published == before


@pytest.mark.req("R-111")
@pytest.mark.parametrize(("lifetime_ms", "after_ms"), [(LIFETIME_MS, 24 * HOUR), (20 * HOUR, 10 * HOUR)])
def test_a_manifest_is_renewed_daily_and_before_half_its_lifetime_is_over(town, broker, lifetime_ms, after_ms) -> None:
    lasting = dispatching.sender(broker.publish, lifetime_ms=lifetime_ms)
    dispatch.send_due(town, lasting, NOW)
    broker.take()
    assert dispatch.send_due(town, lasting, NOW + after_ms - 1) == 0
    assert dispatch.send_due(town, lasting, NOW + after_ms) == 2
    for manifest in broker.take():
        assert (manifest.version, manifest.expires) == (2, from_ms(NOW + after_ms + lifetime_ms))


def test_a_clock_set_back_or_a_new_key_make_a_new_version(town, sender, broker) -> None:
    dispatch.send_due(town, sender, NOW)
    broker.take()
    dispatch.begin(town, NOW - HOUR)
    dispatch.send_due(town, sender, NOW - HOUR)
    assert [manifest.version for manifest in broker.take()] == [2, 2]
    other = SigningKey.from_seed(b"\x08" * 32)
    dispatch.begin(town, NOW)
    dispatch.send_due(town, dispatching.sender(broker.publish, key=other), NOW)
    assert {envelope.kid_of(jws) for _, jws, _ in broker.published} == {other.kid}


def test_while_the_broker_is_down_everything_stays_due(town, sender, broker) -> None:
    broker.down = True
    for _ in range(2):
        with pytest.raises(OSError, match="down"):
            dispatch.send_due(town, sender, NOW)
    broker.down = False
    assert dispatch.send_due(town, sender, NOW) == 2
    assert [manifest.version for manifest in broker.take()] == [1, 1]


@pytest.mark.req("R-111")
def test_after_a_restored_backup_the_next_version_is_above_the_gates_own(town, sender, broker) -> None:
    dispatch.send_due(town, sender, NOW)
    broker.take()
    with writing(town) as connection:
        told = {"gate": "AAA-1", "state": "ONLINE", "state_ms": NOW, "manifest": 41}
        connection.execute(insert(schema.gate_status).values(told))
        dispatches.ask_all(connection, NOW)
    dispatch.send_due(town, sender, NOW)
    assert {manifest.gate: manifest.version for manifest in broker.take()} == {"AAA-1": 42, "BBB-1": 1}


@pytest.mark.req("R-111")
def test_a_manifest_that_cannot_be_made_holds_up_no_other_gate(town, sender, broker, caplog) -> None:
    many = range(people.STAFF_PER_SITE_MAX + 1)
    with writing(town) as connection:
        crowd.enter(connection, "A1", many)
    assert dispatch.send_due(town, sender, NOW) == 1
    assert [manifest.gate for manifest in broker.take()] == ["BBB-1"]
    assert "gate AAA-1 stays without a new manifest" in caplog.text
    assert dispatch.send_due(town, sender, NOW + dispatch.RETRY_DELAY_MS - 1) == 0
    with writing(town) as connection:
        connection.execute(delete(schema.authorisation).where(schema.authorisation.c.site == "A1"))
    assert dispatch.send_due(town, sender, NOW + dispatch.RETRY_DELAY_MS) == 1
    assert [manifest.gate for manifest in broker.take()] == ["AAA-1"]


def test_what_the_broker_refuses_for_one_gate_reaches_the_others(town, sender, broker) -> None:
    broker.refuses = "AAA-1"
    with writing(town) as connection:
        for n, gate in enumerate(("AAA-1", "BBB-1")):
            entry = commands.CommandEntry(id=f"{n:032x}", gate=gate, name="REPORT")
            commands.put_command(system_at(connection, NOW + n), entry)
    with pytest.raises(dispatch.NotTakenError):
        dispatch.send_due(town, sender, NOW + 1)
    assert {topic for topic, _, _ in broker.published} == {topics.manifest("BBB-1"), topics.command("BBB-1")}
    broker.refuses, broker.published = "", []
    dispatch.send_due(town, sender, NOW + 1 + dispatch.RETRY_DELAY_MS)
    assert {topic for topic, _, _ in broker.published} == {topics.manifest("AAA-1"), topics.command("AAA-1")}


def test_a_change_during_the_sending_is_not_lost(town, broker) -> None:
    def publish_and_change(topic: str, payload: bytes, *, retain: bool) -> None:
        broker.publish(topic, payload, retain=retain)
        if len(broker.published) == 1:
            with writing(town) as connection:
                orders.put_order(system_at(connection, NOW), order(plate="KLA-0002"))

    sender = dispatching.sender(publish_and_change)
    dispatch.send_due(town, sender, NOW)
    dispatch.send_due(town, sender, NOW)
    newest = {manifest.gate: manifest.expected[0].plate for manifest in broker.take()}
    assert newest == {"AAA-1": "KLA-0002", "BBB-1": "KLA-0002"}


def test_a_retired_gate_is_sent_nothing(town, sender, broker) -> None:
    with writing(town) as connection:
        gates.retire(system_at(connection, NOW), "AAA-1")
    dispatch.begin(town, NOW)
    dispatch.send_due(town, sender, NOW)
    assert [manifest.gate for manifest in broker.take()] == ["BBB-1"]


def test_movements_that_are_over_leave_the_manifest(town, sender, broker) -> None:
    with writing(town) as connection:
        connection.execute(update(schema.movement).values(state="ARRIVED", arrived_ms=NOW))
    dispatch.send_due(town, sender, NOW)
    assert [len(manifest.expected) for manifest in broker.take()] == [1, 1]
    dispatch.begin(town, NOW + 25 * HOUR)
    dispatch.send_due(town, sender, NOW + 25 * HOUR)
    assert [len(manifest.expected) for manifest in broker.take()] == [0, 0]


def test_a_full_manifest_can_be_signed_and_verified(town, sender, broker) -> None:
    many = 3_000
    rows = [{"seal_no": f"KX{number}", "uid": f"05{number:012}", "kind": "E", "issued_ms": 0} for number in range(many)]
    moves = [
        {
            "id": f"M{number}",
            "kind": "E",
            "seal_no": f"KX{number}",
            "seal_uid": f"05{number:012}",
            "container": "CSQU3054383",
            "plate": "KLA-0001",
            "transport_order": "T1",
            "origin": "A1",
            "destination": "B1",
            "paired_ms": NOW,
            "pairing_source": "TO",
            "state": "PAIRED",
            "updated_ms": NOW,
        }
        for number in range(many)
    ]
    with writing(town) as connection:
        connection.execute(schema.seal.insert(), rows)
        connection.execute(schema.movement.insert(), moves)
    dispatch.send_due(town, sender, NOW)
    assert [len(manifest.expected) for manifest in broker.take()] == [many + 1] * 2
    dispatch.begin(town, NOW + 1)
    dispatch.send_due(town, sender, NOW + 1)
    assert [manifest.version for manifest in broker.take()] == [1, 1]


def test_a_command_is_signed_sent_and_repeated_at_a_birth_until_it_is_answered(town, sender, broker) -> None:
    entry = commands.CommandEntry(id="0a" * 16, gate="AAA-1", name="RESEND", epoch=1, first=1, last=5)
    with writing(town) as connection:
        assert commands.put_command(system_at(connection, NOW), entry)
    dispatch.send_due(town, sender, NOW)
    sent = [(topic, jws, retain) for topic, jws, retain in broker.published if topic.endswith("/command")]
    assert {(topic, retain) for topic, _, retain in sent} == {(topics.command("AAA-1"), False)}
    payload = envelope.verify(sent[0][1], Typ.COMMAND, lambda _kid: CLOUD.verifying_key)
    command = envelope.decode(payload, messages.Command)
    assert (command.name, command.epoch, command.first, command.last) == ("RESEND", 1, 1, 5)
    broker.take()
    dispatch.send_due(town, sender, NOW)
    assert broker.published == []
    dispatch.begin(town, NOW)
    dispatch.send_due(town, sender, NOW)
    assert [topic for topic, _, _ in broker.published].count(topics.command("AAA-1")) == 1
    broker.take()
    with writing(town) as connection:
        connection.execute(update(schema.command).values(answered_ms=NOW, outcome="DONE"))
    dispatch.begin(town, NOW)
    dispatch.send_due(town, sender, NOW)
    assert [topic for topic, _, _ in broker.published if topic.endswith("/command")] == []
