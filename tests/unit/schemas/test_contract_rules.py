"""Topics, lifecycle and reasons: small tables that both sides rely on."""

import pytest

from schemas import lifecycle, topics
from schemas.envelope import Rejected
from schemas.lifecycle import MovementState
from schemas.messages import Operation, SealKind
from schemas.reasons import GROUPS, REASONS, Group, group_of


def test_a_topic_says_who_and_what():
    assert topics.parse(topics.scan("KEL-01")) == (topics.shard_of("KEL-01"), "KEL-01", "scan")
    assert topics.shard_of("KEL-01") == "10"  # CRC-32 0x2B8188CA ends in 0xA


@pytest.mark.parametrize(
    "topic",
    ["", "a/b", "sealgate/v1/99/KEL-01/scan/x", "sealgate/v1/xx/KEL-01/scan", "sealgate/v1/10/kel/scan", "\x00"],
)
def test_a_foreign_topic_is_refused(topic):
    with pytest.raises(Rejected) as caught:
        topics.parse(topic)
    assert caught.value.code == "TOPIC"


def test_a_gate_in_another_gates_shard_is_refused():
    with pytest.raises(Rejected) as caught:
        topics.parse(f"sealgate/v1/{(int(topics.shard_of('KEL-01')) + 1) % 16:02d}/KEL-01/scan")
    assert caught.value.code == "SHARD"


def test_a_worker_subscribes_to_its_shards_only():
    assert topics.upward_filters([3]) == [
        f"sealgate/v1/03/+/{leaf}" for leaf in ("scan", "telemetry", "state", "reply")
    ]
    assert topics.upward_filters()[0] == "sealgate/v1/+/+/scan"


@pytest.mark.req("R-057")
@pytest.mark.req("R-065")
def test_departure_and_arrival_move_a_movement_and_nothing_else_does():
    assert lifecycle.next_state(MovementState.PAIRED, Operation.SEAL_OUT_E) is MovementState.IN_TRANSIT
    assert lifecycle.next_state(MovementState.IN_TRANSIT, Operation.ARRIVE) is MovementState.ARRIVED
    assert lifecycle.next_state(MovementState.PAIRED, Operation.ARRIVE) is None
    for state in lifecycle.FINAL:
        assert not any(lifecycle.next_state(state, operation) for operation in Operation)


@pytest.mark.req("R-059")
def test_read_confirm_leaves_the_state_unchanged():
    assert lifecycle.next_state(MovementState.PAIRED, Operation.READ_CONFIRM_OUT) is MovementState.PAIRED
    assert lifecycle.next_state(MovementState.IN_TRANSIT, Operation.READ_CONFIRM_IN) is MovementState.IN_TRANSIT


@pytest.mark.req("R-051")
def test_the_two_kinds_depart_by_different_operations():
    assert lifecycle.DEPARTURE == {SealKind.E: Operation.SEAL_OUT_E, SealKind.PA: Operation.SEAL_OUT_P}


@pytest.mark.req("R-115")
def test_every_reason_is_written_in_both_languages_and_stands_once():
    assert len(REASONS) == sum(len(group) for group in GROUPS.values())
    for reason in REASONS.values():
        assert reason.zh, reason.code
        assert reason.en, reason.code
        assert bool(reason.what_zh) == bool(reason.what_en), reason.code
        assert bool(reason.driver_zh) == bool(reason.driver_en), reason.code
    for fault in GROUPS[Group.FAULT]:
        assert fault.what_zh, f"{fault.code} does not say what to do"
    assert group_of("S7") is Group.ANOMALY
