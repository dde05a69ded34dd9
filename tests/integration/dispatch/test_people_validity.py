"""A gate hears of a person when the authorisation begins and when it ends, and of nothing else."""

from __future__ import annotations

import pytest

from cloud.flows import dispatch
from cloud.registry import gates, people
from cloud.registry.people import authorising, specialists
from cloud.registry.people.authorising import Capacity
from schemas import envelope, messages
from schemas.envelope import SigningKey, Typ
from tests import dispatching
from tests.desks import NOW_MS, SYSTEM, desk_of
from tests.dispatching import CLOUD
from tests.people import OPERATOR, YARD, enrol, enter_companies

HOUR = 3_600_000


@pytest.fixture
def sent() -> list[bytes]:
    return []


@pytest.fixture
def sender(sent) -> dispatch.Sender:
    def publish(_topic: str, payload: bytes, *, retain: bool) -> None:
        assert retain
        sent.append(payload)

    return dispatching.sender(publish)


@pytest.fixture
def yard(engine):
    """A gate at A1 and one at B1; a specialist with a badge at B1."""
    enter_companies(engine)
    person = enrol(engine, sites=["B1"])
    with desk_of(engine, SYSTEM) as desk:
        for number, site in enumerate(("A1", "B1"), start=1):
            jwk = SigningKey.from_seed(bytes([number]) * 32).public_jwk
            gates.put_gate(desk, gates.GateEntry(gate=f"{site}-G", site=site, lanes=["L1"], jwk=jwk))
        badge = {"staff": "S1", "badge_uid": "04AABBCC", "role": "SPECIALIST", "may": ["ARRIVE"]}
        people.put_staff(desk, people.StaffEntry(**badge, person=person))
    return engine, person


def told(sent: list[bytes]) -> list[tuple[str, list[str]]]:
    """Gate and staff of each manifest since the last time."""
    read = []
    for jws in sent:
        payload = envelope.verify(jws, Typ.MANIFEST, lambda _kid: CLOUD.verifying_key)
        manifest = envelope.decode(payload, messages.Manifest)
        read.append((manifest.gate, [one.staff for one in manifest.staff]))
    sent.clear()
    return read


@pytest.mark.req("R-017", "R-111")
def test_the_gate_is_told_when_a_validity_begins_and_when_it_ends(yard, sender, sent) -> None:
    engine, person = yard
    dispatch.send_due(engine, sender, NOW_MS)
    assert sorted(told(sent)) == [("A1-G", []), ("B1-G", ["S1"])]
    begins, ends = NOW_MS + HOUR, NOW_MS + 2 * HOUR
    with desk_of(engine, OPERATOR, NOW_MS + 1) as desk:
        specialists.add_sites(desk, person, YARD, ["A1"], (begins, ends))
    steps = {}
    for at_ms in (NOW_MS + 2, begins - 1, begins, begins + 1, ends - 1, ends, ends + 1):
        dispatch.send_due(engine, sender, at_ms)
        steps[at_ms] = told(sent)
    assert {at_ms: said for at_ms, said in steps.items() if said} == {begins: [("A1-G", ["S1"])], ends: [("A1-G", [])]}


@pytest.mark.req("R-017", "R-111")
def test_a_manifest_that_goes_out_for_another_reason_forgets_no_validity(yard, sender, sent) -> None:
    engine, person = yard
    begins = NOW_MS + HOUR
    with desk_of(engine, OPERATOR) as desk:
        specialists.add_sites(desk, person, YARD, ["A1"], (begins, None))
    dispatch.begin(engine, NOW_MS + 1)  # such as a broker that was restarted
    dispatch.send_due(engine, sender, NOW_MS + 1)
    told(sent)
    dispatch.send_due(engine, sender, begins)
    assert told(sent) == [("A1-G", ["S1"])]


@pytest.mark.req("R-023", "R-111")
def test_what_is_taken_away_is_gone_from_the_gate_at_once(yard, sender, sent) -> None:
    engine, person = yard
    dispatch.send_due(engine, sender, NOW_MS)
    told(sent)
    with desk_of(engine, OPERATOR, NOW_MS + 1) as desk:
        specialists.end_sites(desk, person, YARD, ["B1"])
    dispatch.send_due(engine, sender, NOW_MS + 1)
    assert told(sent) == [("B1-G", [])]


@pytest.mark.req("R-111")
def test_people_without_a_badge_and_clerks_are_nothing_to_a_gate(yard, sender, sent) -> None:
    engine, person = yard
    dispatch.send_due(engine, sender, NOW_MS)
    told(sent)
    enrol(engine, number="A800000014", name="Jane Doe", valid_from_ms=NOW_MS + 5)
    with desk_of(engine, OPERATOR, NOW_MS + 1) as desk:
        authorising.authorise(desk, person, Capacity.CLERK, ["A1"], (NOW_MS + 1, NOW_MS + 3))
    for at_ms in range(NOW_MS + 1, NOW_MS + 8):
        assert dispatch.send_due(engine, sender, at_ms) == 0
