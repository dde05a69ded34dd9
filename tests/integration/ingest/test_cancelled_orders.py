"""An order that was cancelled while its departure still waited in a gate without a link: on both databases."""

import pytest

from cloud.registry import orders
from cloud.store import board, movements, schema
from cloud.store.engine import reading, writing
from schemas import messages
from schemas.messages import Verdict
from tests import town
from tests.desks import system_at
from tests.integration.ingest.test_process_batch import HOUR_MS, MOVEMENT, OUT_MS, SEAL, Story
from tests.townsfolk import MINUTE_MS

NOW_MS = OUT_MS + HOUR_MS


@pytest.fixture
def cancelled(engine):
    story = Story(engine)
    with writing(engine) as connection:
        orders.cancel(system_at(connection, OUT_MS - MINUTE_MS), SEAL.order)
    return story


def seen(story):
    """Whether the destination's manifest and the board show the movement."""
    with reading(story.engine) as connection:
        expected = [row.id for row in movements.expected_at(connection, town.DESTINATION.code, NOW_MS)]
        return MOVEMENT in expected, board.counts(connection, NOW_MS, OUT_MS).held == 1


@pytest.mark.req("R-114", "R-117")
def test_a_truck_that_left_on_a_cancelled_order_is_held_and_seen_at_both_ends(cancelled):
    asked = {row.gate: row.asked for row in cancelled.rows(schema.dispatch)}
    cancelled.send(cancelled.depart(), now_ms=NOW_MS)
    case = cancelled.cases["X-TO-ALTERED", MOVEMENT]
    assert (case.status, case.occurred_ms) == ("CONFIRMED", OUT_MS)
    assert (cancelled.movement.state, cancelled.movement.hold_reason) == ("CANCELLED", "X-TO-ALTERED")
    assert all(row.asked > asked[row.gate] for row in cancelled.rows(schema.dispatch))
    assert seen(cancelled) == (True, True)


@pytest.mark.req("R-117")
def test_once_an_officer_has_lifted_the_hold_it_is_over(cancelled):
    cancelled.send(cancelled.depart(), now_ms=NOW_MS)
    with writing(cancelled.engine) as connection:
        connection.execute(schema.movement.update().values(hold_reason=None, hold_since_ms=None))
    cancelled.send(cancelled.arrive(NOW_MS), now_ms=NOW_MS)
    assert (cancelled.movement.hold_reason, seen(cancelled)) == (None, (False, False))


@pytest.mark.req("R-117")
def test_a_tap_that_was_stopped_is_no_departure(cancelled):
    stop = messages.Decision(
        verdict=Verdict.STOP, reasons=("CANCELLED",), proof=messages.SealProof.NOT_VERIFIED, manifest=1
    )
    cancelled.send(cancelled.depart(decision=stop), now_ms=NOW_MS)
    assert cancelled.cases == {}
    assert seen(cancelled) == (False, False)
