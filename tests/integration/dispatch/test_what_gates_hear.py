"""Whatever a gate must know reaches its manifest within 2 s of the change, and nothing else makes one go out.

Each story makes one change by its service. The clock is the test's own: two seconds later everything due is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, update

from cloud.adapters.keystore import Keystore
from cloud.app import work
from cloud.domain.authority import Actor, Role
from cloud.domain.holds import HoldReason
from cloud.flows import custody, dispatch, entrusting
from cloud.registry import documents, gates, holds, notices, orders, people, places, routes, stock
from cloud.registry.accounts.sessions import Entrance
from cloud.registry.fees import tariffs
from cloud.registry.outages import arrivals, declaring
from cloud.registry.people import contacts, pins
from cloud.registry.places import tags
from cloud.registry.sealing import openings, pairings, permits
from cloud.registry.stock import importing, registers, requests, scraps
from cloud.store import gates as gate_rows
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.registry import persons
from schemas import envelope, messages, sun, topics
from schemas.envelope import SigningKey, Typ
from tests import dispatching
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.dispatching import CLOUD
from tests.integration.registry import sealing_room as room
from tests.integration.registry.sealing_room import CENTRE, DESTINATION, OFFICER, OPERATOR, ORIGIN, RING

ELSEWHERE = "003C3003"
GATES = {ORIGIN: "GATE-O", DESTINATION: "GATE-D", ELSEWHERE: "GATE-E"}
BOTH, ALL, NOBODY = {"GATE-O", "GATE-D"}, set(GATES.values()), set()
AT_DESTINATION = actor(Role.OFFICER, DESTINATION)
HOUR_MS = 3_600_000
REACHED_MS = 2_000
JPEG = b"\xff\xd8\xff a picture of "
STORIES: list = []
SEAL_KEYS = Keystore({"KE26S": b"\x01" * 16, "OTHER": b"\x02" * 16})
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Town:
    """Three sites with a gate each, and a broker that keeps what it is given."""

    engine: object
    now_ms: int = NOW_MS
    last: dict[str, messages.Manifest] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    keys: dict[str, SigningKey] = field(
        default_factory=lambda: {gate: SigningKey.from_seed(bytes([n]) * 32) for n, gate in enumerate(GATES.values())}
    )

    def publish(self, topic, payload, *, retain):
        assert retain
        body = envelope.decode(
            envelope.verify(payload, Typ.MANIFEST, lambda _kid: CLOUD.verifying_key), messages.Manifest
        )
        assert topic == topics.manifest(body.gate)
        self.last[body.gate] = body
        self.sent.append(body.gate)

    def do(self, who, service, *entry, **named):
        with desk_of(self.engine, who, self.now_ms) as desk:
            return service(desk, *entry, **named)

    def send(self, after_ms):
        self.now_ms += after_ms
        dispatch.send_due(self.engine, dispatching.sender(self.publish, seal_keys=SEAL_KEYS), self.now_ms)

    def settle(self):
        """Let everything go out that is due; from here on only news counts."""
        self.send(1)
        self.sent.clear()

    def pair(self, **changed):
        return room.pair(self.engine, room.seal(self.engine), at_ms=self.now_ms, **changed)

    def depart(self, movement):
        with writing(self.engine) as connection:
            gone = {"state": "IN_TRANSIT", "departed_ms": self.now_ms}
            connection.execute(update(schema.movement).where(schema.movement.c.id == movement).values(gone))

    def document(self, what, kind, who=OFFICER):
        return self.do(who, documents.put, JPEG + what.encode(), "image/jpeg", kind)

    def seen(self, gate, movement):
        return next((one for one in self.last[gate].expected if one.movement == movement), None)


@pytest.fixture
def town(engine):
    room.enter_sites(engine)
    town = Town(engine)
    town.do(SYSTEM, places.put_site, site(ELSEWHERE))
    for code, gate in GATES.items():
        town.do(SYSTEM, gates.put_gate, enrolment(gate, code, town.keys[gate]))
    return town


def enrolment(gate, site, key, **changed):
    return gates.GateEntry(gate=gate, site=site, lanes=["1"], jwk=key.public_jwk, **changed)


def site(code, **changed):
    fields = {"code": code, "name_zh": "站", "name_en": "yard", "ring": RING}
    return places.SiteEntry(**fields | changed)


def story(told, *requirements):
    """A change that a test makes, the gates that must hear of it, and the requirements it shows."""

    def listed(act):
        STORIES.append(pytest.param(act, told, id=act.__name__, marks=pytest.mark.req("R-111", *requirements)))
        return act

    return listed


# ---------------------------------------------------------------- places


@story({"GATE-O"}, "R-112")
def a_fence_is_drawn_anew(town):
    town.settle()
    ring = [(121.60, 25.0), (121.68, 25.0), (121.68, 25.09), (121.60, 25.0)]
    town.do(SYSTEM, places.put_site, site(ORIGIN, ring=ring))


@story({"GATE-F"})
def a_gate_is_enrolled_at_the_same_site(town):
    town.settle()
    town.keys["GATE-F"] = SigningKey.from_seed(b"\x09" * 32)
    town.do(SYSTEM, gates.put_gate, enrolment("GATE-F", ELSEWHERE, town.keys["GATE-F"]))


@story({"GATE-O"}, "R-113")
def a_gate_gets_another_key(town):
    town.pair()
    town.settle()
    town.keys["GATE-O"] = SigningKey.from_seed(b"\x0a" * 32)
    town.do(SYSTEM, gates.put_gate, enrolment("GATE-O", ORIGIN, town.keys["GATE-O"], replace_key=True))


@story({"GATE-O"}, "R-113")
def a_gate_s_key_is_stolen_and_revoked(town):
    town.pair()
    town.settle()
    stolen = town.keys.pop("GATE-O")
    town.do(SYSTEM, gates.revoke_key, "GATE-O", stolen.kid)


def tag(town):
    spot, mounted = town.document("the spot", "TAG_PHOTO"), town.document("the tag", "TAG_PHOTO")
    entry = tags.Application(site=ORIGIN, ground="NO_SATELLITE_FIX", reason="棚架下收不到衛星", photo=spot)
    number = town.do(OPERATOR, tags.apply, entry)
    town.do(OFFICER, tags.mount, number, tags.Mounting(uid="04112233445566", record="已黏貼於立柱", photo=mounted))
    return number


@story(NOBODY, "R-022")
def a_location_tag_is_applied_for_and_mounted(town):
    town.settle()
    tag(town)


@story({"GATE-O"}, "R-022")
def a_location_tag_becomes_active(town):
    number = tag(town)
    town.settle()
    town.do(CENTRE, tags.activate, number, "照片及作業完備")


@story({"GATE-O"}, "R-022")
def a_location_tag_is_retired(town):
    number = tag(town)
    town.do(CENTRE, tags.activate, number, "照片及作業完備")
    town.settle()
    town.do(OFFICER, tags.retire, number, "收訊已改善")


@story({"GATE-O"}, "R-073", "R-074")
def an_outage_is_declared_for_one_site(town):
    town.settle()
    declare(town, ORIGIN)


@story(ALL, "R-073")
def an_outage_is_declared_everywhere(town):
    town.settle()
    declare(town)


@story({"GATE-O"}, "R-073")
def an_outage_ends(town):
    outage = declare(town, ORIGIN)
    town.settle()
    town.do(CENTRE, declaring.end, outage, town.now_ms)


def declare(town, *sites):
    entry = {"notice_no": "基普緝字第1號", "start_ms": town.now_ms, "sites": sites, "functions": ["DEPARTURE"]}
    return town.do(CENTRE, declaring.declare, declaring.Declaration(**entry))


# ---------------------------------------------------------------- people


def badge(town, *sites, staff="S1"):
    entry = people.StaffEntry(staff=staff, badge_uid="04AABBCC", role="OFFICER", may=["ARRIVE"], sites=sites)
    return town.do(SYSTEM, people.put_staff, entry)


@story({"GATE-D"}, "R-017")
def a_badge_may_act_at_a_site(town):
    town.settle()
    badge(town, DESTINATION)


@story(BOTH, "R-017")
def a_badge_moves_to_another_site(town):
    badge(town, DESTINATION)
    town.settle()
    badge(town, ORIGIN)


@story({"GATE-D"}, "R-049")
def a_person_sets_a_pin(town):
    owner = account(town)
    town.settle()
    set_pin(town, owner)


@story({"GATE-D"}, "R-049")
def a_pin_is_taken_back(town):
    set_pin(town, account(town))
    town.settle()
    town.do(SYSTEM, pins.reset, "S1")


def account(town):
    """An officer's account with a password, whose badge may act at the destination."""
    badge(town, DESTINATION)
    with writing(town.engine) as connection:
        person = persons.badge(connection, "S1").person
        row = {"name": "wang", "person": person, "roles": ["OFFICER"], "sites": [], "must_change": 0}
        connection.execute(insert(schema.account).values(row | {"password": QUICK.hash("x"), "created_ms": NOW_MS}))
    return Actor(account="wang", roles=frozenset({Role.OFFICER}), person=person)


def set_pin(town, owner):
    at = Entrance(engine=town.engine, now_ms=town.now_ms, idle_ms=HOUR_MS, longest_ms=HOUR_MS)
    pins.set_own(at, owner, "x", "4711")


@story(NOBODY, "R-110")
def a_contact_is_entered(town):
    town.settle()
    entry = contacts.ContactEntry(
        code="IT-1", body=contacts.Body.IT, name_zh="資訊室", name_en="IT", phones=["02-12345678"]
    )
    town.do(CENTRE, contacts.put_contact, entry)


# ---------------------------------------------------------------- stock


def a_range(first, last, site):
    told = {"first": f"KE26S{first:07d}", "last": f"KE26S{last:07d}", "quantity": last - first + 1, "site": site}
    return requests.IssueEntry(issued_ms=NOW_MS, **told)


def imported(town, *numbers):
    lines = "".join(f"KE26S{number:07d},04BB{number:010X},E\n" for number in numbers)
    with desk_of(town.engine, CENTRE, town.now_ms) as desk:
        importing.take(desk, importing.check_file(desk, f"seal_no,uid,kind\n{lines}".encode()))


def in_stock(town, number=1, **changed):
    fields = {"seal_no": f"KE26S{number:07d}", "uid": f"04BB{number:010X}", "kind": "E"}
    town.do(SYSTEM, stock.put_seal, stock.SealEntry(**fields | changed))
    return f"KE26S{number:07d}"


@story({"GATE-O"}, "R-032")
def a_range_of_seals_is_issued(town):
    imported(town, 1)
    town.settle()
    town.do(OFFICER, requests.issue_directly, a_range(1, 10, ORIGIN))
    town.send(1)
    assert town.last["GATE-O"].stock == ("04BB0000000001",)


@story({"GATE-O"}, "R-031")
def a_seal_of_an_issued_range_is_entered(town):
    town.do(OFFICER, requests.issue_directly, a_range(1, 10, ORIGIN))
    town.settle()
    in_stock(town, 7)


@story(BOTH, "R-031")
def a_file_of_seals_is_imported(town):
    town.do(OFFICER, requests.issue_directly, a_range(1, 10, ORIGIN))
    town.do(AT_DESTINATION, requests.issue_directly, a_range(11, 20, DESTINATION))
    town.settle()
    imported(town, 3, 12, 99)


@story(BOTH, "R-034")
def an_issue_is_corrected_to_another_site(town):
    number = town.do(OFFICER, requests.issue_directly, a_range(1, 10, ORIGIN))
    in_stock(town)
    town.settle()
    both = actor(Role.OFFICER, ORIGIN, DESTINATION)
    town.do(both, registers.correct_issue, number, a_range(1, 10, DESTINATION), "卸存地誤植")
    town.send(1)
    assert (town.last["GATE-O"].stock, town.last["GATE-D"].stock) == ((), ("04BB0000000001",))


@story({"GATE-O"}, "R-060", "R-063")
def a_seal_in_stock_is_scrapped(town):
    town.do(OFFICER, requests.issue_directly, a_range(1, 10, ORIGIN))
    seal_no = in_stock(town)
    town.settle()
    town.do(OFFICER, scraps.scrap, seal_no, "破損")
    town.send(1)
    assert (town.last["GATE-O"].stock, town.last["GATE-O"].dead) == ((), ("04BB0000000001",))


@story(BOTH, "R-060", "R-063")
def a_paired_seal_is_scrapped(town):
    seal_no = in_stock(town)
    room.pair(town.engine, seal_no, at_ms=town.now_ms)
    town.settle()
    town.do(OFFICER, scraps.scrap, seal_no, "破損")
    town.send(1)
    assert [town.last[gate].dead for gate in sorted(BOTH)] == [("04BB0000000001",)] * 2


@story(ALL, "R-036")
def a_seal_of_another_yard_s_stock_is_paired(town):
    town.do(actor(Role.OFFICER, ELSEWHERE), requests.issue_directly, a_range(1, 10, ELSEWHERE))
    seal_no = in_stock(town)
    town.settle()
    room.pair(town.engine, seal_no, at_ms=town.now_ms)


@story(ALL, "R-036")
def its_pairing_is_cancelled(town):
    town.do(actor(Role.OFFICER, ELSEWHERE), requests.issue_directly, a_range(1, 10, ELSEWHERE))
    movement = room.pair(town.engine, in_stock(town), at_ms=town.now_ms)
    town.settle()
    town.do(OFFICER, pairings.cancel, movement)


@story(BOTH, "R-055")
def a_paired_seal_gets_a_key_of_another_series(town):
    room.pair(town.engine, in_stock(town), at_ms=town.now_ms)
    town.settle()
    in_stock(town, series="OTHER")
    town.send(1)
    key = sun.diversify(b"\x02" * 16, bytes.fromhex("04BB0000000001")).hex().upper()
    assert dispatching.opened(town.last["GATE-D"], town.keys["GATE-D"]).seal_keys == {"04BB0000000001": key}


# ---------------------------------------------------------------- papers


@story(BOTH, "R-036")
def a_seal_is_paired(town):
    town.settle()
    town.pair()


@story(BOTH, "R-039")
def an_order_pairs_its_seal(town):
    town.settle()
    town.do(SYSTEM, orders.put_order, room.order(room.seal(town.engine)))


@story(BOTH)
def an_order_is_cancelled(town):
    order = room.order(room.seal(town.engine))
    town.do(SYSTEM, orders.put_order, order)
    town.settle()
    town.do(SYSTEM, orders.cancel, order.number)


@story(BOTH, "R-012")
def a_seal_is_opened_on_its_way(town):
    movement = town.pair()
    town.settle()
    entry = {"movement": movement, "site": ORIGIN, "agency": "CUSTOMS", "reason": "查驗", "opened_ms": town.now_ms}
    town.do(OFFICER, openings.record, openings.OpeningEntry(**entry))


@story(BOTH, "R-078")
def an_officer_receives_by_hand(town):
    movement = town.pair()
    town.depart(movement)
    photo = town.document("the door", "ARRIVAL_PHOTO")
    town.settle()
    entry = {"screen": "ES104", "movement": movement, "cause": "UNREADABLE", "arrived_ms": town.now_ms}
    town.do(AT_DESTINATION, arrivals.enter, arrivals.Arrival(**entry, photos=[photo]))


@story(NOBODY, "R-033")
def a_seal_is_registered_and_a_permit_and_a_rate(town):
    town.settle()
    room.seal(town.engine)
    until = {"valid_from_ms": town.now_ms, "valid_to_ms": town.now_ms + HOUR_MS}
    permit = {"number": "P-1", "container": room.CONTAINER, "site": ORIGIN, "position": "OTHER_APPROVED"}
    town.do(OFFICER, permits.grant, permits.PermitEntry(**permit, reason="門桿受損", **until))
    rate = {"kind": "E", "sealer": "CUSTOMS", "amount": 200, "valid_from_ms": town.now_ms + HOUR_MS}
    town.do(CENTRE, tariffs.enter, tariffs.RateEntry(**rate, source="海關徵收規費規則"))


@story(NOBODY)
def a_yard_tells_what_left(town):
    movement = town.pair()
    town.settle()
    told = {"site": ORIGIN, "container": room.CONTAINER, "direction": "OUT", "at_ms": town.now_ms}
    town.do(OPERATOR, notices.tell, [notices.Notice(**told)])
    assert town.seen("GATE-O", movement).state == "PAIRED"


@story(NOBODY)
def a_route_gets_a_limit(town):
    town.pair()
    town.settle()
    limit = {"origin": ORIGIN, "destination": DESTINATION, "minutes": 90, "valid_from_ms": town.now_ms}
    town.do(SYSTEM, routes.put_limit, routes.LimitEntry(**limit))


# ---------------------------------------------------------------- custody


def held(town, movement=None):
    entry = holds.PlaceEntry(movement=movement or town.pair(), reason=HoldReason.UNSEALED)
    return town.do(OFFICER, holds.place, entry)


@story(BOTH, "R-068")
def goods_are_held(town):
    movement = town.pair()
    town.settle()
    held(town, movement)
    town.send(1)
    for gate in BOTH:
        assert town.seen(gate, movement).hold.reason == "HOLD-UNSEALED"


@story(BOTH, "R-068")
def a_hold_is_lifted(town):
    hold = held(town)
    town.settle()
    town.do(OFFICER, holds.lift, hold, "封條完好")


@story(BOTH, "R-068")
def a_hold_is_annulled(town):
    hold = held(town)
    town.settle()
    town.do(OFFICER, holds.annul, hold, "誤置")


@story(BOTH, "R-068", "R-113")
def a_hold_of_the_rules_is_lifted(town):
    movement = town.pair()
    with writing(town.engine) as connection:
        which = schema.movement.c.id == movement
        since = {"hold_reason": "X-MAC", "hold_since_ms": town.now_ms}
        connection.execute(update(schema.movement).where(which).values(since))
    town.settle()
    lifted = holds.RuleLift(movement=movement, reason="X-MAC", finding="驗明")
    town.do(OFFICER, holds.lift_of_rules, lifted)


@story(NOBODY, "R-069", "R-070", "R-071")
def papers_are_handed_in_chased_and_the_hold_completed(town):
    hold = held(town)
    town.do(OFFICER, holds.lift, hold, "封條完好")
    town.settle()
    copy = town.document("a card", "ID_COPY")
    town.do(OFFICER, holds.add_id_copy, hold, holds.IdCopyEntry(copy=copy, taken_ms=town.now_ms))
    assert custody.chase(town.engine, town.now_ms + 48 * HOUR_MS) == 1
    words = holds.StatementEntry(driver="王大明", made_ms=town.now_ms, text="途中未曾停車")
    town.do(OFFICER, holds.add_statement, hold, words)
    town.do(OFFICER, holds.complete, hold, "無異常")


# ---------------------------------------------------------------- the test


@pytest.mark.parametrize(("change", "told"), STORIES)
def test_gates_hear_of_it_within_two_seconds_and_of_nothing_else(town, change, told) -> None:
    town.settle()
    change(town)
    town.send(REACHED_MS)
    assert set(town.sent) == told
    with reading(town.engine) as connection:
        for gate, last in town.last.items():
            row = gate_rows.find(connection, gate)
            body = dispatch.manifest_body(connection, row, town.now_ms)
            stamps = ("version", "issued", "expires", "papers_key", "sealed")
            assert {name: getattr(body, name) for name in body.__struct_fields__ if name not in stamps} == {
                name: getattr(last, name) for name in last.__struct_fields__ if name not in stamps
            }, gate
            secrets = entrusting.to_gate(connection, row, body, SEAL_KEYS, town.now_ms).secrets
            if gate in town.keys:
                assert envelope.encode(dispatching.opened(last, town.keys[gate])) == secrets
            else:
                assert last.sealed is None


@pytest.mark.req("R-017", "R-111")
def test_a_validity_that_begins_or_ends_by_itself_reaches_the_gate_then(town) -> None:
    badge(town, DESTINATION)
    with writing(town.engine) as connection:
        later = {"valid_from_ms": NOW_MS + HOUR_MS, "valid_to_ms": NOW_MS + 2 * HOUR_MS}
        connection.execute(update(schema.authorisation).values(later))
    seen = []
    for _ in range(4):
        town.settle()
        town.send(HOUR_MS)
        seen.append((town.sent == ["GATE-D"], len(town.last["GATE-D"].staff)))
    assert seen == [(True, 1), (True, 0), (False, 0), (False, 0)]


def test_the_process_asks_far_more_often_than_every_two_seconds() -> None:
    assert work.DISPATCH_EVERY_S * 1000 <= REACHED_MS / 4
    assert work.DISPATCH_DELAY_MAX_S * 1000 <= REACHED_MS
