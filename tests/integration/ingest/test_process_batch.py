"""What one batch does to the store, on SQLite and on PostgreSQL: told as stories of gates, seals and forgers."""

import pytest
from sqlalchemy import func, select, update

from cloud.adapters.keystore import Keystore
from cloud.domain.rules import s3_late_arrival
from cloud.flows.ingest import Incoming, process_batch
from cloud.flows.watch import check_due
from cloud.store import schema, seals
from cloud.store.engine import reading, writing
from schemas import envelope, messages, sun, topics
from schemas.envelope import SigningKey, Typ
from schemas.messages import Operation, Verdict
from tests import town, townsfolk
from tests.townsfolk import MINUTE_MS, START_MS, TownKeys, enter_town, gate_of, pair

SEAL = town.Seal(number=1)
MOVEMENT = f"{SEAL.order}-1"
OUT_MS = START_MS + 10 * MINUTE_MS
DEADLINE_MS = OUT_MS + town.ROUTE_LIMIT_MIN * MINUTE_MS
OVERDUE_MS = DEADLINE_MS + 30 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS


class Story:
    """A town with one gate at each end and one paired seal."""

    def __init__(self, engine, **options):
        self.engine = engine
        self.keys = TownKeys()
        self.origin = gate_of("ORIGIN-01", town.ORIGIN)
        self.destination = gate_of("DEST-01", town.DESTINATION)
        enter_town(engine, [self.origin, self.destination], **options)
        pair(engine, [SEAL])

    def send(self, *messages, now_ms=OUT_MS):
        incoming = [Incoming(one.topic, payload) for one, payload in messages]
        return process_batch(self.engine, self.keys, incoming, now_ms)

    def depart(self, at_ms=OUT_MS, counter=1, **changed):
        return self.origin, self.origin.scan(SEAL, Operation.SEAL_OUT_E, at_ms, counter, **changed)

    def arrive(self, at_ms, counter=2, **changed):
        return self.destination, self.destination.scan(SEAL, Operation.ARRIVE, at_ms, counter, **changed)

    def beat(self, gate, at_ms, now_ms=None, **changed):
        return self.tell(topics.telemetry(gate.gate), gate.heartbeat(at_ms, **changed), now_ms or at_ms)

    def tell(self, topic, payload, now_ms):
        return process_batch(self.engine, self.keys, [Incoming(topic, payload)], now_ms)

    def watch(self, now_ms):
        return check_due(self.engine, now_ms)

    def rows(self, table):
        with reading(self.engine) as connection:
            return connection.execute(select(table).order_by(*table.primary_key)).all()

    def count(self, table):
        with reading(self.engine) as connection:
            return connection.scalar(select(func.count()).select_from(table))

    @property
    def movement(self):
        (row,) = [row for row in self.rows(schema.movement) if row.id == MOVEMENT]
        return row

    @property
    def cases(self):
        return {(row.code, row.subject): row for row in self.rows(schema.cases)}

    def status(self, code, subject=MOVEMENT):
        row = self.cases.get((code, subject))
        return row and row.status


@pytest.fixture
def story(engine):
    return Story(engine)


@pytest.mark.req("R-114", "R-057", "R-065")
def test_a_movement_departs_and_arrives(story):
    first = story.send(story.depart())
    assert (first.stored, first.rejected) == (1, 0)
    assert (story.movement.state, story.movement.departed_ms) == ("IN_TRANSIT", OUT_MS)
    assert story.movement.deadline_ms == DEADLINE_MS
    story.send(story.arrive(DEADLINE_MS), now_ms=DEADLINE_MS)
    assert (story.movement.state, story.movement.arrived_ms) == ("ARRIVED", DEADLINE_MS)
    story.watch(DEADLINE_MS + 48 * HOUR_MS)
    assert story.cases == {}


@pytest.mark.req("R-114")
def test_receipts_name_ranges_with_the_hash_of_their_last_record(story):
    sent = [story.depart(), (story.origin, story.origin.scan(SEAL, Operation.INSPECT, OUT_MS, 2))]
    (receipt,) = story.send(*sent).receipts
    assert receipt.gate == story.origin.gate
    (part,) = receipt.stored
    assert (part.epoch, part.first, part.last) == (1, 1, 2)
    assert part.head == envelope.fingerprint(sent[1][1])


@pytest.mark.req("R-111")
def test_duplicates_are_stored_once_and_acknowledged_again(story):
    sent = story.depart()
    first, again, twice = story.send(sent), story.send(sent), story.send(sent, sent)
    assert [one.stored for one in (first, again, twice)] == [1, 0, 0]
    assert first.receipts[0].stored == again.receipts[0].stored == twice.receipts[0].stored
    assert story.count(schema.record) == 1
    assert story.cases == {}


@pytest.mark.req("R-111")
def test_several_records_come_in_one_message(story):
    parts = [story.origin.scan(SEAL, Operation.INSPECT, OUT_MS + n, n + 1) for n in range(20)]
    outcome = story.send((story.origin, envelope.join_batch(parts)))
    assert outcome.stored == 20
    assert [part.last for part in outcome.receipts[0].stored] == [20]


@pytest.mark.req("R-111", "R-114")
def test_arrival_uploaded_before_departure_ends_in_the_same_state(story):
    departure, arrival = story.depart(), story.arrive(DEADLINE_MS)
    story.send(arrival, now_ms=DEADLINE_MS)
    assert story.movement.state == "PAIRED"
    story.send(departure, now_ms=DEADLINE_MS + MINUTE_MS)
    assert (story.movement.state, story.movement.departed_ms) == ("ARRIVED", OUT_MS)
    assert story.movement.arrived_ms == DEADLINE_MS


@pytest.mark.req("R-085", "R-117")
def test_a_late_arrival_opens_s3_and_the_heartbeat_confirms_it(story):
    story.send(story.depart())
    story.send(story.arrive(DEADLINE_MS + 1_000), now_ms=DEADLINE_MS + 2_000)
    assert story.status("S3") == "PROVISIONAL"
    story.beat(story.destination, DEADLINE_MS + 5_000)
    story.watch(DEADLINE_MS + 5_000)
    row = story.cases["S3", MOVEMENT]
    assert (row.status, row.occurred_ms, row.rule_version) == ("CONFIRMED", DEADLINE_MS, s3_late_arrival.VERSION)
    assert row.limits["route_minutes"] == town.ROUTE_LIMIT_MIN
    assert row.inputs["deadline_ms"] == DEADLINE_MS


@pytest.mark.req("R-088")
def test_silence_opens_s7_and_a_late_arrival_hands_it_to_s3(story):
    story.send(story.depart())
    story.beat(story.destination, OVERDUE_MS)
    assert story.watch(OVERDUE_MS) == 0
    assert story.cases == {}
    assert story.watch(OVERDUE_MS + 1) == 1
    assert story.status("S7") == "CONFIRMED"
    story.send(story.arrive(OVERDUE_MS + HOUR_MS), now_ms=OVERDUE_MS + HOUR_MS)
    assert story.status("S7") == "SUPERSEDED"
    assert story.status("S3") == "CONFIRMED"


@pytest.mark.req("R-088")
def test_kiosk_offline_through_the_deadline_then_an_arrival_in_time(story):
    story.send(story.depart())
    story.watch(OVERDUE_MS + 1)
    assert story.status("S7") == "PROVISIONAL"  # shown, not notified
    story.send(story.arrive(DEADLINE_MS - MINUTE_MS), now_ms=OVERDUE_MS + HOUR_MS)
    assert story.status("S7") == "AUTO_REFUTED"
    assert story.status("S3") is None


@pytest.mark.req("R-088", "R-089")
def test_a_silent_site_confirms_and_supply_is_due_after_twelve_hours(story):
    story.send(story.depart())
    for now_ms, status, supply in (
        (OVERDUE_MS + 1, "PROVISIONAL", False),
        (OVERDUE_MS + 2 * HOUR_MS, "CONFIRMED", False),
        (OVERDUE_MS + 12 * HOUR_MS, "CONFIRMED", True),
    ):
        story.watch(now_ms)
        row = story.cases["S7", MOVEMENT]
        assert (row.status, row.inputs["supply_due"]) == (status, supply)
    assert story.movement.due_ms is None


@pytest.mark.req("R-113")
def test_a_forged_seal_is_held_and_does_not_advance(story):
    forged = messages.Tag(uid=SEAL.uid_hex, chip="NTAG424", ndef=SEAL.ndef(1, key=bytes(16)).hex().upper())
    before = {row.gate: row.asked for row in story.rows(schema.dispatch)}
    story.send(story.depart(tag=forged))
    assert story.status("X-MAC") == "CONFIRMED"
    assert (story.movement.state, story.movement.hold_reason) == ("PAIRED", "X-MAC")
    asked = {row.gate: row.asked for row in story.rows(schema.dispatch)}
    assert all(asked[gate] > before[gate] for gate in (story.origin.gate, story.destination.gate))
    (stored,) = story.rows(schema.record)
    assert (stored.proof, stored.counter) == ("SUN-MAC", None)


@pytest.mark.req("R-113")
@pytest.mark.parametrize("verdict", [Verdict.GO, Verdict.REFER])
def test_a_chip_that_only_repeats_the_uid_is_no_proof(story, verdict):
    copy = messages.Tag(uid=SEAL.uid_hex, chip="NTAG213")
    decision = messages.Decision(verdict=verdict, reasons=(), proof=messages.SealProof.NOT_VERIFIED, manifest=1)
    story.send(story.depart(tag=copy, decision=decision))
    assert story.movement.state == "PAIRED"
    assert story.status("X-MAC") == ("CONFIRMED" if verdict is Verdict.GO else None)


@pytest.mark.req("R-113")
def test_a_counter_used_again_elsewhere_is_a_replay(story):
    story.send(story.depart(counter=5))
    story.send(story.arrive(DEADLINE_MS, counter=5), now_ms=DEADLINE_MS)
    assert story.status("X-REPLAY") == "CONFIRMED"
    assert (story.movement.state, story.movement.hold_reason) == ("IN_TRANSIT", "X-REPLAY")


@pytest.mark.req("R-113")
def test_buffered_uploads_never_look_like_a_replay(story):
    departure = story.depart(counter=5)
    story.send(story.arrive(DEADLINE_MS, counter=9), now_ms=DEADLINE_MS)
    story.send(departure, now_ms=DEADLINE_MS + HOUR_MS)
    assert story.status("X-REPLAY") is None
    assert story.movement.state == "ARRIVED"


@pytest.mark.req("R-113")
def test_an_officer_s_lift_stands_until_there_is_news(story):
    story.send(story.depart(counter=5))
    replay = story.arrive(DEADLINE_MS, counter=5)
    story.send(replay, now_ms=DEADLINE_MS)
    with writing(story.engine) as connection:
        connection.execute(update(schema.movement).values(hold_reason=None, hold_since_ms=None))
    story.send(replay, now_ms=DEADLINE_MS)
    story.send(story.arrive(DEADLINE_MS + MINUTE_MS, counter=6), now_ms=DEADLINE_MS + MINUTE_MS)
    assert (story.movement.state, story.movement.hold_reason) == ("ARRIVED", None)
    story.send(story.arrive(DEADLINE_MS + HOUR_MS, counter=6), now_ms=DEADLINE_MS + HOUR_MS)
    assert story.movement.hold_reason == "X-REPLAY"


@pytest.mark.req("R-113")
def test_one_changed_byte_is_refused_and_accuses(story):
    gate, payload = story.depart()
    changed = payload[:-5] + bytes([payload[-5] ^ 1]) + payload[-4:]
    outcome = story.send((gate, changed))
    assert (outcome.stored, outcome.rejected) == (0, 1)
    (refused,) = outcome.receipts[0].refused
    assert refused.record == envelope.fingerprint(changed)
    assert story.status("X-SIG", f"gate:{gate.gate}") == "CONFIRMED"
    story.send((gate, changed))
    assert story.cases["X-SIG", f"gate:{gate.gate}"].count == 2
    (kept,) = story.rows(schema.quarantine)
    assert (bytes(kept.bytes), kept.count) == (changed, 2)


@pytest.mark.req("R-113")
def test_topic_key_and_payload_must_name_one_gate(story):
    thief = gate_of(story.origin.gate, town.ORIGIN)
    thief.key = story.destination.key  # signs another gate's name with its own key
    outcome = story.send((thief, thief.scan(SEAL, Operation.SEAL_OUT_E, OUT_MS, 1)), story_on_wrong_topic(story))
    assert (outcome.stored, outcome.rejected) == (0, 2)
    assert {row.reason for row in story.rows(schema.quarantine)} == {"GATE"}


def story_on_wrong_topic(story):
    class Elsewhere:
        topic = story.origin.topic

    return Elsewhere, story.destination.scan(SEAL, Operation.ARRIVE, OUT_MS, 1)


@pytest.mark.req("R-113")
def test_a_revoked_or_unknown_key_signs_nothing(story):
    stranger = SigningKey.generate()
    event = story.origin.event(SEAL, Operation.SEAL_OUT_E, OUT_MS, 1)
    story.send((story.origin, stranger.sign(Typ.SCAN, envelope.encode(event))))
    with writing(story.engine) as connection:
        connection.execute(update(schema.gate_key).values(revoked_ms=START_MS))
    story.send(story.depart())
    assert [row.reason for row in story.rows(schema.quarantine)] == ["KEY-UNKNOWN", "KEY-RETIRED"]
    assert story.count(schema.record) == 0


@pytest.mark.req("R-113")
def test_the_same_identity_with_other_bytes_is_a_fork(story):
    _, payload = story.depart()
    story.origin.seq = 0
    story.origin.head = None
    _, other = story.depart(at_ms=OUT_MS + 1)
    outcome = story.send((story.origin, payload), (story.origin, other))
    assert (outcome.stored, outcome.rejected) == (1, 1)
    (receipt,) = outcome.receipts
    assert receipt.stored[0].head == envelope.fingerprint(payload)
    assert [(one.record, one.reason) for one in receipt.refused] == [(envelope.fingerprint(other), "FORK")]
    assert story.status("X-SEQ-FORK", f"gate:{story.origin.gate}") == "CONFIRMED"


@pytest.mark.req("R-113")
def test_the_chain_is_followed_as_its_gaps_close(story):
    sent = [story.depart()] + [
        (story.origin, story.origin.scan(SEAL, Operation.INSPECT, OUT_MS + n, n + 2)) for n in range(4)
    ]
    story.send(sent[4], sent[2])
    chain = {row.gate: row for row in story.rows(schema.chain)}[story.origin.gate]
    assert (chain.contiguous, chain.highest) == (0, 5)
    story.send(sent[0], sent[1])
    story.send(sent[3])
    (chain,) = story.rows(schema.chain)
    assert (chain.contiguous, chain.highest, chain.head) == (5, 5, story.origin.head)
    assert story.cases == {}


@pytest.mark.req("R-113")
def test_a_record_that_does_not_follow_the_one_before_breaks_the_chain(story):
    first = story.depart()
    story.origin.head = "A" * 43
    second = (story.origin, story.origin.scan(SEAL, Operation.INSPECT, OUT_MS, 2))
    outcome = story.send(second, first)
    assert outcome.stored == 2
    row = story.cases["X-SEQ-FORK", f"gate:{story.origin.gate}"]
    assert row.inputs["breaks"][0]["seq"] == 2


def new_epoch(gate, last_seq, last_hash):
    gate.epoch, gate.seq = gate.epoch + 1, 0
    return gate.record(
        messages.EpochEvent(
            v=1,
            link=gate.link(),
            time=townsfolk.clock_time(OUT_MS),
            cause="CORRUPTION",
            last_epoch=gate.epoch - 1,
            last_seq=last_seq,
            last_hash=last_hash,
        )
    )


@pytest.mark.req("R-113")
@pytest.mark.parametrize("honest", [True, False])
def test_a_new_epoch_must_name_the_head_we_know(story, honest):
    story.send(story.depart(), (story.origin, story.origin.scan(SEAL, Operation.INSPECT, OUT_MS, 2)))
    last_seq = story.origin.seq if honest else 1
    story.send((story.origin, new_epoch(story.origin, last_seq, story.origin.head)))
    assert story.status("X-SEQ-FORK", f"gate:{story.origin.gate}") == (None if honest else "CONFIRMED")


@pytest.mark.req("R-113")
@pytest.mark.parametrize("honest", [True, False])
def test_what_comes_late_of_an_epoch_that_has_ended_must_end_at_its_named_head(story, honest):
    first = story.depart()
    head, last_seq = story.origin.head, story.origin.seq
    beyond = (story.origin, story.origin.scan(SEAL, Operation.INSPECT, OUT_MS, 2))
    if honest:
        head, last_seq = story.origin.head, story.origin.seq
    began = (story.origin, new_epoch(story.origin, last_seq, head))
    story.send(began)
    story.send(first, beyond)
    story.send(beyond)
    row = story.cases.get(("X-SEQ-FORK", f"gate:{story.origin.gate}"))
    assert (row and row.count) == (None if honest else 1)


@pytest.mark.req("R-114")
def test_heartbeats_births_and_deaths_are_kept(story):
    gate = story.origin.gate
    story.beat(story.origin, OUT_MS, depth=7)
    (row,) = story.rows(schema.gate_status)
    assert (row.backlog, row.empty_ms, row.telemetry_ms) == (7, None, OUT_MS)
    story.beat(story.origin, OUT_MS + 1)
    story.beat(story.origin, OUT_MS - MINUTE_MS, OUT_MS, depth=3)  # an old one that comes late
    (row,) = story.rows(schema.gate_status)
    assert (row.backlog, row.empty_ms) == (0, OUT_MS + 1)
    for state, boot, at_ms, expected in (
        ("ONLINE", "11" * 8, OUT_MS + 10, "ONLINE"),
        ("OFFLINE", townsfolk.BOOT, OUT_MS + 5, "ONLINE"),  # the will of the run before, late
        ("OFFLINE", "11" * 8, OUT_MS + 9, "OFFLINE"),  # its own will, signed before its birth
    ):
        said = messages.GateState(v=1, gate=gate, boot=boot, state=state, at=townsfolk.moment(at_ms))
        payload = story.origin.sign(Typ.STATE, said)
        process_batch(story.engine, story.keys, [Incoming(topics.state(gate), payload)], OUT_MS)
        assert story.rows(schema.gate_status)[0].state == expected


@pytest.mark.req("R-114")
def test_every_visible_change_leaves_a_row_in_the_trail(story):
    before = story.count(schema.change)
    story.send(story.depart())
    kinds = [row.kind for row in story.rows(schema.change)[before:]]
    assert kinds.count("record") == 1
    assert kinds.count("movement") == 1
    assert {row.series for row in story.rows(schema.rollup_minute)} >= {"scans", "verdict_go"}


@pytest.mark.req("R-113")
def test_without_a_key_for_the_series_reads_stay_unverified_and_move(engine):
    story = Story(engine)
    story.keys = TownKeys(unknown="TW")
    story.send(story.depart())
    (row,) = story.rows(schema.record)
    assert (row.proof, row.counter, story.movement.state) == ("NOT_VERIFIED", None, "IN_TRANSIT")


@pytest.mark.req("R-034")
def test_a_seal_may_name_the_key_that_its_number_does_not_tell(engine):
    story = Story(engine)
    story.keys = Keystore({"KEYS-A": town.MASTER_KEY})
    story.send(story.depart())
    with writing(story.engine) as connection:
        seals.change(connection, SEAL.seal_no, {"series": "KEYS-A"})
    story.send(story.arrive(OUT_MS + MINUTE_MS))
    assert [row.proof for row in story.rows(schema.record)] == ["NOT_VERIFIED", "VERIFIED"]


def test_our_seals_are_verified_with_diversified_keys():
    assert TownKeys().for_seal(SEAL.seal_no).file_key(SEAL.uid) == sun.diversify(town.MASTER_KEY, SEAL.uid)


def odd_bytes(story):
    """What one database or the other could choke on, as (topic, payload)."""
    gate = story.origin
    scan, beat, reply = topics.scan(gate.gate), topics.telemetry(gate.gate), topics.reply(gate.gate)
    huge = gate.heartbeat(OUT_MS, depth=2**53 - 1)
    lanes = (messages.LaneHealth(lane="a\0b", reader_up=True, camera_up=True),)
    note = messages.Reply(
        v=1, gate=gate.gate, command="0" * 32, at=townsfolk.moment(OUT_MS), outcome="DONE", note="nul \0 here"
    )
    far = gate.event(SEAL, Operation.INSPECT, OUT_MS, 1)
    early, late = b'"0001-01-01T00:00:00Z"', b'"9999-12-31T23:59:59Z"'
    moment = envelope.encode(far).split(b'"at":')[1].split(b",")[0]
    return [
        ("a\0topic", b"\0\xff"),
        ("\ud800 lone", b""),
        (scan, b"\0" * 40_000),
        (scan, gate.key.sign(Typ.SCAN, b'"\\ud800"')),
        (beat, huge),
        (beat, gate.heartbeat(OUT_MS, lanes=lanes)),
        (reply, gate.sign(Typ.REPLY, note)),
        *((scan, gate.key.sign(Typ.SCAN, envelope.encode(far).replace(moment, odd))) for odd in (early, late)),
    ]


@pytest.mark.req("R-113")
def test_what_a_database_could_choke_on_is_stored_or_quarantined(story):
    batch = [Incoming(topic, payload) for topic, payload in odd_bytes(story)]
    outcome = process_batch(story.engine, story.keys, [*batch, Incoming(*as_sent(story.depart()))], OUT_MS)
    assert outcome.rejected >= 6
    assert story.movement.state == "IN_TRANSIT"


def as_sent(sent):
    gate, payload = sent
    return gate.topic, payload
