"""X-SEAL-DEAD at its boundaries (R-063): the read that uses a seal up is none, what comes after it is."""

import pytest

from cloud.domain.finding import Status
from cloud.domain.history import Death, Journey, Read, fold
from cloud.domain.intervals import UNKNOWN, Interval
from cloud.domain.rules import x_seal_dead
from schemas.lifecycle import MovementState
from schemas.messages import Location, Operation, SealKind, Verdict

DEAD_MS = 1_795_000_000_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
SEQ = 1_000_000_000
ORIGIN, DESTINATION, ELSEWHERE = "A", "B", "C"


def read(site, at_ms, operation=Operation.INSPECT, *, interval=None, **changed):
    where = interval or Interval(at_ms, at_ms)
    said = (operation, Verdict.STOP, Location.CONFIRMED, "NOT_VERIFIED")
    seq = SEQ + at_ms - DEAD_MS  # a gate's chain keeps its order
    return Read(f"G-{site}", 1, seq, site, at_ms, where, *said)._replace(**changed)


def scrapped(at_ms=DEAD_MS, why="SCRAPPED", site=ORIGIN):
    return Death(why, at_ms, site)


def of_loose(*reads, deaths=None):
    return x_seal_dead.check(fold(None, reads, deaths=(scrapped(),) if deaths is None else deaths), DEAD_MS)


def travelled(*reads, deaths=(), settled=None, arrived=None):
    """The story of a seal that left at -2 h and arrived at DEAD_MS, with these further reads."""
    own = {"verdict": Verdict.GO, "movement": "M1"}
    departure = read(ORIGIN, DEAD_MS - 2 * HOUR, Operation.SEAL_OUT_E, **own)
    arrival = arrived or read(DESTINATION, DEAD_MS, Operation.ARRIVE, **own)
    journey = Journey("M1", SealKind.E, ORIGIN, DESTINATION, settled)
    return x_seal_dead.check(fold(journey, [departure, arrival, *reads], deaths=deaths), DEAD_MS)


# given a seal scrapped at DEAD_MS, when it is read then, it is late so often
SCRAP_TABLE = [
    ("never read", [], 0),
    ("before", [-1], 0),
    ("in the same moment", [0], 0),
    ("within what clocks may differ", [5 * SECOND], 0),
    ("after", [5 * SECOND + 1], 1),
    ("before and after, uploaded in any order", [HOUR, -HOUR, 2 * HOUR], 2),
]


@pytest.mark.req("R-063")
@pytest.mark.parametrize(("times", "count"), [row[1:] for row in SCRAP_TABLE], ids=[row[0] for row in SCRAP_TABLE])
def test_a_read_after_the_scrap_and_only_that_one_fires(times, count):
    found = of_loose(*[read(ORIGIN, DEAD_MS + at) for at in times])
    assert [(one.code, one.status, one.count) for one in found] == [("X-SEAL-DEAD", Status.CONFIRMED, count)][:count]


@pytest.mark.req("R-063", "R-117")
def test_the_finding_says_why_since_when_and_which_reads():
    (found,) = of_loose(read(ELSEWHERE, DEAD_MS + HOUR))
    assert (found.occurred_ms, found.version, found.holds) == (DEAD_MS + HOUR, x_seal_dead.VERSION, False)
    assert {name: found.inputs[name] for name in ("why", "dead_ms", "dead_site", "certain")} == {
        "why": "SCRAPPED",
        "dead_ms": DEAD_MS,
        "dead_site": ORIGIN,
        "certain": True,
    }
    assert found.inputs["reads"] == [["G-C", 1, SEQ + HOUR, "C"]]
    assert set(found.limits) == {"reread_ms", "by_hand_ms", "clock_ms"}


@pytest.mark.req("R-063")
def test_a_living_seal_is_read_as_often_as_one_likes():
    assert of_loose(read(ORIGIN, DEAD_MS + HOUR), deaths=()) == ()
    assert travelled(settled=MovementState.CANCELLED) == ()


# given a seal used up at DEAD_MS at its destination, when it is read there or elsewhere, then it fires
USED_TABLE = [
    ("the arrival itself", [], None),
    ("again at the same gate", [(DESTINATION, MINUTE)], None),
    ("the next day at the destination", [(DESTINATION, 24 * HOUR)], None),
    ("later than a day at the destination", [(DESTINATION, 24 * HOUR + 1)], Status.CONFIRMED),
    ("back at the origin", [(ORIGIN, HOUR)], Status.CONFIRMED),
    ("at a third place", [(ELSEWHERE, HOUR)], Status.CONFIRMED),
    ("on its way, uploaded late", [(ELSEWHERE, -HOUR)], None),
]


@pytest.mark.req("R-063")
@pytest.mark.parametrize(("told", "status"), [row[1:] for row in USED_TABLE], ids=[row[0] for row in USED_TABLE])
def test_an_arrival_uses_the_seal_up(told, status):
    found = travelled(*[read(site, DEAD_MS + at, movement="M1") for site, at in told])
    assert [(one.status, one.inputs["why"], one.inputs["dead_site"]) for one in found] == (
        [(status, "USED", DESTINATION)] if status else []
    )


@pytest.mark.req("R-063")
def test_an_arrival_by_hand_and_an_opening_end_a_seal_too():
    manual = scrapped(why="ARRIVED_MANUAL", site=DESTINATION)
    gone = {"settled": MovementState.ARRIVED_MANUAL, "deaths": (manual,)}
    assert travelled(read(DESTINATION, DEAD_MS + HOUR), **gone) == ()
    assert [one.inputs["why"] for one in travelled(read(ORIGIN, DEAD_MS + HOUR), **gone)] == ["ARRIVED_MANUAL"]
    opened = {"deaths": (scrapped(why="OPENED", site=DESTINATION),)}
    assert travelled(read(DESTINATION, DEAD_MS + 15 * MINUTE), **opened) == ()
    assert [one.inputs["why"] for one in travelled(read(DESTINATION, DEAD_MS + HOUR), **opened)] == ["OPENED"]


@pytest.mark.req("R-063", "R-117")
def test_where_clocks_leave_the_order_open_it_is_provisional():
    wide = Interval(DEAD_MS - HOUR, DEAD_MS + HOUR)
    (found,) = of_loose(read(ORIGIN, DEAD_MS + MINUTE, interval=wide))
    assert (found.status, found.inputs["certain"]) == (Status.PROVISIONAL, False)
    both = [read(ORIGIN, DEAD_MS + MINUTE, interval=wide), read(ELSEWHERE, DEAD_MS + HOUR)]
    (found,) = of_loose(*both)
    assert (found.status, found.count) == (Status.CONFIRMED, 2)
    own = {"verdict": Verdict.GO, "movement": "M1"}
    arrival = read(DESTINATION, DEAD_MS, Operation.ARRIVE, interval=UNKNOWN, **own)
    (found,) = travelled(read(ORIGIN, DEAD_MS + HOUR, movement="M1"), arrived=arrival)
    assert found.status is Status.PROVISIONAL
