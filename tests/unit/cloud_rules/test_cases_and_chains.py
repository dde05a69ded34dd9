"""How findings become cases, how a chain is followed, and what a counter that goes back means."""

import pytest

from cloud.domain.case import Case, accumulate, settle
from cloud.domain.chain import Break, Chain, Placed, follow, succeeds
from cloud.domain.finding import Finding, Status
from cloud.domain.history import Journey, Read, fold
from cloud.domain.incidents import Incidents, Refusal
from cloud.domain.intervals import UNKNOWN, Interval
from cloud.domain.rules import x_mac, x_replay, x_seq_fork, x_sig
from schemas.messages import Location, Operation, SealKind, Verdict

NOW_MS = 1_795_000_000_000
SECOND, HOUR = 1_000, 3_600_000


def finding(status=Status.CONFIRMED, count=1, *, holds=False, code="X-MAC"):
    return Finding(code=code, status=status, occurred_ms=NOW_MS, version=1, inputs={}, count=count, holds=holds)


def case(status=Status.CONFIRMED, count=1, code="X-MAC"):
    return Case(id=7, code=code, status=status, occurred_ms=NOW_MS, version=1, inputs={}, limits={}, count=count)


def settled(open_case, said):
    cases = {open_case.code: open_case} if open_case else {}
    return [(one.case and one.case.id, one.finding.status, one.holds) for one in settle(cases, said)]


# given the open case, when the rules say this, then written is (case, status, hold)
SETTLE_TABLE = [
    ("nothing and nothing", None, [], []),
    ("a new one", None, [finding()], [(None, Status.CONFIRMED, False)]),
    ("a doubtful one", None, [finding(Status.PROVISIONAL)], [(None, Status.PROVISIONAL, False)]),
    ("what was never open is not refuted", None, [finding(Status.AUTO_REFUTED)], []),
    ("nor superseded", None, [finding(Status.SUPERSEDED)], []),
    ("the same again", case(), [finding()], []),
    ("doubt that is settled", case(Status.PROVISIONAL), [finding()], [(7, Status.CONFIRMED, False)]),
    ("later evidence", case(Status.PROVISIONAL), [finding(Status.AUTO_REFUTED)], [(7, Status.AUTO_REFUTED, False)]),
    ("the rule falls silent", case(), [], [(7, Status.AUTO_REFUTED, False)]),
    ("refuted stays refuted", case(Status.AUTO_REFUTED), [], []),
    ("superseded stays superseded", case(Status.SUPERSEDED), [], []),
    ("a new hold", None, [finding(holds=True)], [(None, Status.CONFIRMED, True)]),
    ("no second hold for the same", case(), [finding(holds=True)], []),
    ("news holds again", case(), [finding(count=2, holds=True)], [(7, Status.CONFIRMED, True)]),
]


@pytest.mark.req("R-117")
@pytest.mark.parametrize(
    ("open_case", "said", "written"), [row[1:] for row in SETTLE_TABLE], ids=[row[0] for row in SETTLE_TABLE]
)
def test_a_case_follows_its_finding(open_case, said, written):
    assert settled(open_case, said) == written


def test_a_gate_s_case_adds_up():
    assert accumulate(None, finding(count=2)).finding.count == 2
    assert accumulate(case(count=3), finding(count=2)).finding.count == 5


# given a chain, when these records are stored beyond it, then it reaches so far
def placed(*hashes_and_prevs):
    return {seq: Placed(*pair) for seq, *pair in hashes_and_prevs}


CHAIN_TABLE = [
    ("first record", Chain(), placed((1, "a", None)), Chain(1, "a", 1), []),
    ("in order", Chain(1, "a", 1), placed((2, "b", "a"), (3, "c", "b")), Chain(3, "c", 3), []),
    ("beyond a gap", Chain(1, "a", 1), placed((3, "c", "b")), Chain(1, "a", 3), []),
    ("a gap closes", Chain(1, "a", 3), placed((2, "b", "a"), (3, "c", "b")), Chain(3, "c", 3), []),
    ("a broken link", Chain(1, "a", 1), placed((2, "b", "x")), Chain(2, "b", 2), [Break(1, 2, "x", "a")]),
    ("a missing link", Chain(1, "a", 1), placed((2, "b", None)), Chain(2, "b", 2), [Break(1, 2, None, "a")]),
]


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    ("chain", "stored", "expected", "breaks"), [row[1:] for row in CHAIN_TABLE], ids=[row[0] for row in CHAIN_TABLE]
)
def test_a_chain_is_followed_as_far_as_it_goes(chain, stored, expected, breaks):
    assert follow(1, chain, stored) == (expected, breaks)


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    ("last_seq", "last_hash", "highest", "at_last", "may"),
    [
        (5, "e", 5, "e", True),
        (5, "e", 3, None, True),  # the rest has not come yet
        (5, "e", 6, "e", False),  # something grew beyond the head it names
        (5, "e", 5, "f", False),  # another record stands there
    ],
)
def test_an_epoch_names_the_head_before_it(last_seq, last_hash, highest, at_last, may):
    assert succeeds(last_seq, last_hash, Chain(highest, at_last, highest), at_last) is may


def read(gate, seq, at_ms, counter, *, interval=None, proof="VERIFIED", **changed):
    where = interval or Interval(at_ms, at_ms)
    made = Read(gate, 1, seq, "A", at_ms, where, Operation.INSPECT, Verdict.GO, Location.CONFIRMED, proof, counter)
    return made._replace(**changed)


# given reads (gate, seconds, counter) of one seal, then these are replays: (count, sure)
REPLAY_TABLE = [
    ("rising", [("G1", 0, 1), ("G2", 60, 2)], None),
    ("gaps are normal", [("G1", 0, 1), ("G2", 60, 900)], None),
    ("one scan read twice", [("G1", 0, 1), ("G1", 5, 1)], None),
    ("five seconds are over", [("G1", 0, 1), ("G1", 5.001, 1)], (1, True)),
    ("the same counter elsewhere", [("G1", 0, 1), ("G2", 1, 1)], (1, True)),
    ("back at another gate", [("G1", 0, 7), ("G2", 60, 3)], (1, True)),
    ("back at the same gate", [("G1", 0, 7), ("G1", 60, 3)], (1, True)),
    ("used twice later", [("G1", 0, 7), ("G2", 60, 3), ("G2", 120, 7)], (2, True)),
    ("uploaded late, read early", [("G2", 600, 9), ("G1", 0, 4)], None),
]


@pytest.mark.req("R-113")
@pytest.mark.parametrize(("told", "expected"), [row[1:] for row in REPLAY_TABLE], ids=[row[0] for row in REPLAY_TABLE])
def test_counters_are_compared_in_the_order_of_the_events(told, expected):
    seqs = {}
    reads = []
    for gate, seconds, counter in told:
        seqs[gate] = seqs.get(gate, 0) + 1
        reads.append(read(gate, seqs[gate], NOW_MS + round(seconds * SECOND), counter))
    found = x_replay.check(fold(None, reads), NOW_MS + HOUR)
    assert [(one.count, one.status is Status.CONFIRMED) for one in found] == ([expected] if expected else [])


@pytest.mark.req("R-113")
def test_where_clocks_leave_the_order_open_the_counter_tells_it():
    wide = Interval(NOW_MS - HOUR, NOW_MS + HOUR)
    reads = [read("G1", 1, NOW_MS, 7), read("G2", 1, NOW_MS + SECOND, 3, interval=wide)]
    assert x_replay.check(fold(None, reads), NOW_MS) == ()
    surely_later = read("G2", 1, NOW_MS + SECOND, 3, interval=Interval(NOW_MS + 1, NOW_MS + HOUR))
    (found,) = x_replay.check(fold(None, [reads[0], surely_later]), NOW_MS)
    assert (found.status, found.holds) == (Status.CONFIRMED, True)


@pytest.mark.req("R-113")
def test_a_replay_bounds_no_other_read():
    replayed = read("G2", 1, NOW_MS + HOUR, 3)
    genuine = [read("G1", 1, NOW_MS, 5), read("G3", 1, 0, 4, interval=UNKNOWN), read("G4", 1, 0, 6, interval=UNKNOWN)]
    history = fold(None, [replayed, *genuine])
    assert [step.read.counter for step in history.steps] == [4, 5, 6, 3]
    assert history.steps[2].interval.lower_ms == NOW_MS
    (found,) = x_replay.check(history, NOW_MS)
    assert (found.count, found.inputs["reads"][0]["counter"]) == (1, 3)


@pytest.mark.req("R-113")
@pytest.mark.parametrize(("lineages", "count"), [((200, 100), 0), ((7, 7), 1)])
def test_a_new_card_with_an_older_clock_gets_a_lower_epoch_and_accuses_nobody(lineages, count):
    before, after = lineages
    reads = [
        read("G1", 9, NOW_MS, 5, epoch=200, lineage=before),
        read("G1", 2, NOW_MS + HOUR, 6, epoch=100, lineage=after),
    ]
    assert sum(one.count for one in x_replay.check(fold(None, reads), NOW_MS + HOUR)) == count


@pytest.mark.req("R-113")
def test_what_was_wrong_on_an_earlier_journey_stays_with_it():
    reads = [
        read("G1", 1, NOW_MS, None, proof="SUN-MAC", movement="M1"),
        read("G1", 2, NOW_MS + 1, 5, movement="M1"),
        read("G2", 1, NOW_MS + HOUR, 5, movement="M1"),
    ]
    journeys = [Journey(name, SealKind.E, "A", "B") for name in ("M1", "M2")]
    first, second = (fold(journey, reads) for journey in journeys)
    assert [one.count for rule in (x_mac, x_replay) for one in rule.check(first, NOW_MS)] == [1, 1]
    assert [rule.check(second, NOW_MS) for rule in (x_mac, x_replay)] == [(), ()]
    again = fold(journeys[1], [*reads, read("G1", 3, NOW_MS + 2 * HOUR, 4, movement="M2")])
    assert [one.count for one in x_replay.check(again, NOW_MS)] == [1]


@pytest.mark.req("R-113")
def test_every_forged_read_is_counted():
    reads = [
        read("G1", 1, NOW_MS, None, proof="SUN-MAC"),
        read("G1", 2, NOW_MS + 1, 4),
        read("G1", 3, NOW_MS + 2, None, proof="SUN-UID"),
    ]
    (found,) = x_mac.check(fold(None, reads), NOW_MS)
    assert (found.count, found.occurred_ms, found.holds) == (2, NOW_MS, True)


@pytest.mark.req("R-113")
def test_what_a_gate_signed_wrongly_formed_is_no_forgery():
    incidents = Incidents("G1", (Refusal("h1", "MALFORMED"), Refusal("h2", "VERSION")))
    assert x_sig.check(incidents, NOW_MS) == ()
    (found,) = x_sig.check(Incidents("G1", (Refusal("h1", "SIGNATURE"), Refusal("h2", "FORK"))), NOW_MS)
    assert found.count == 1
    (fork,) = x_seq_fork.check(Incidents("G1", (Refusal("h2", "FORK"),), (Break(1, 4, "x", "y"),)), NOW_MS)
    assert fork.count == 2
