"""The fold does not care when, how often or in which order reads came in; a gate's chain is never inverted."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.domain import rulebook
from cloud.domain.history import Journey, Read, RouteLimit, fold, in_order
from cloud.domain.intervals import LATEST_MS, UNKNOWN, Interval, chained
from schemas.messages import Location, Operation, SealKind, Verdict

START_MS = 1_795_000_000_000
SPAN_MS = 6 * 3_600_000
JOURNEY = Journey(id="M1", kind=SealKind.E, origin="A", destination="B", limits=(RouteLimit(1, 60, 0, None),))


@st.composite
def intervals(draw, at_ms):
    kind = draw(st.sampled_from(["exact", "bounded", "unknown"]))
    if kind == "exact":
        return Interval(at_ms, at_ms)
    bound_ms = draw(st.integers(0, 3_600_000))
    return Interval(at_ms - bound_ms, at_ms + bound_ms) if kind == "bounded" else UNKNOWN


@st.composite
def reads(draw):
    """Reads of one seal at three gates; clocks may jump, counters may repeat."""
    made = []
    for gate, site in (("G1", "A"), ("G2", "B"), ("G3", "B")):
        for seq in range(1, draw(st.integers(0, 4)) + 1):
            at_ms = START_MS + draw(st.integers(0, SPAN_MS))
            made.append(
                Read(
                    gate,
                    1,
                    seq,
                    site,
                    at_ms,
                    draw(intervals(at_ms)),
                    draw(st.sampled_from(Operation)),
                    draw(st.sampled_from(Verdict)),
                    draw(st.sampled_from(Location)),
                    draw(st.sampled_from(["VERIFIED", "NOT_VERIFIED", "SUN-MAC"])),
                    draw(st.none() | st.integers(1, 6)),
                    draw(st.sampled_from([None, "M1"])),
                )
            )
    return made


@pytest.mark.req("R-111", "R-117")
@given(made=reads(), seed=st.integers(), now_ms=st.integers(START_MS, START_MS + 24 * 3_600_000))
def test_permutation_duplication_and_delay_change_nothing(made, seed, now_ms):
    expected = fold(JOURNEY, made)
    shuffled = made + random.Random(seed).choices(made, k=3) if made else []
    random.Random(seed).shuffle(shuffled)
    again = fold(JOURNEY, shuffled)
    assert again == expected
    assert rulebook.check(again, now_ms) == rulebook.check(expected, now_ms)
    assert rulebook.next_check(again, now_ms) == rulebook.next_check(expected, now_ms)


@pytest.mark.req("R-111")
@given(made=reads())
def test_no_gate_s_own_chain_is_inverted(made):
    steps = in_order(made)
    for gate in {read.gate for read in made}:
        own = [step.read.seq for step in steps if step.read.gate == gate]
        assert own == sorted(own)
    assert [step.at_ms for step in steps] == sorted(step.at_ms for step in steps)


@st.composite
def genuine_reads(draw):
    """Reads of one genuine seal in their true order; each clock is as wrong as its interval admits."""
    made, true_ms = [], START_MS
    for counter in range(1, draw(st.integers(1, 8)) + 1):
        true_ms += draw(st.integers(0, 3_600_000))
        bound_ms = draw(st.sampled_from([0, 60_000, 3_600_000, None]))
        if bound_ms is None:
            event_ms, interval = draw(st.integers(0, LATEST_MS)), UNKNOWN
        else:
            event_ms = true_ms + draw(st.integers(-bound_ms, bound_ms))
            interval = Interval(event_ms - bound_ms, event_ms + bound_ms)
        said = (event_ms, interval, Operation.INSPECT, Verdict.GO, Location.CONFIRMED, "VERIFIED", counter)
        made.append(Read(draw(st.sampled_from(["G1", "G2", "G3"])), 1, counter, "A", *said))
    return made


@pytest.mark.req("R-111", "R-113")
@given(made=genuine_reads())
def test_a_genuine_seal_is_never_accused_whatever_the_clocks_say(made):
    steps = fold(JOURNEY, made).steps
    assert [step.read.counter for step in steps] == list(range(1, len(made) + 1))
    assert [step.read.counter for step in steps if step.replay is not None] == []


@pytest.mark.req("R-117")
@given(
    made=reads(), watermark_ms=st.none() | st.integers(START_MS, START_MS + SPAN_MS), now_ms=st.integers(0, SPAN_MS * 6)
)
def test_until_the_next_check_silence_changes_no_finding(made, watermark_ms, now_ms):
    history = fold(JOURNEY, made, watermark_ms)
    moment_ms = START_MS + now_ms
    turn_ms = rulebook.next_check(history, moment_ms)
    horizon_ms = turn_ms - 1 if turn_ms is not None else moment_ms + 1_000 * SPAN_MS
    assert rulebook.check(history, moment_ms) == rulebook.check(history, horizon_ms)


@given(
    times=st.lists(st.integers(0, 10**6).flatmap(lambda at_ms: st.tuples(st.just(at_ms), intervals(at_ms))), max_size=6)
)
def test_corrected_times_never_decrease_and_lie_in_their_intervals(times):
    corrected = chained(times)
    assert [at_ms for at_ms, _ in corrected] == sorted(at_ms for at_ms, _ in corrected)
    for _, interval in corrected:
        assert interval.lower_ms <= interval.upper_ms <= LATEST_MS


def test_a_clock_set_back_neither_inverts_nor_invents_certainty():
    before, after = (1_000_000, Interval(1_000_000, 1_000_000)), (400_000, Interval(400_000, 400_000))
    (first_ms, first), (second_ms, second) = chained([before, after])
    assert first_ms <= second_ms
    assert first == second == Interval(400_000, 1_000_000)


def test_an_unset_clock_is_bounded_by_its_neighbours():
    exact = [(at_ms, Interval(at_ms, at_ms)) for at_ms in (1_000, 9_000)]
    (_, _), (at_ms, interval), (_, _) = chained([exact[0], (5, UNKNOWN), exact[1]])
    assert interval == Interval(1_000, 9_000)
    assert at_ms == 1_000
