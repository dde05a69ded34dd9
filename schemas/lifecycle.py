"""The life of a sealed movement as one table; the diagram in docs/lifecycle.md is drawn from it (R-001, R-057, R-065).

Gate and cloud read the same table: the gate to refuse a step, the cloud to fold the events.
"""

from __future__ import annotations

from enum import StrEnum

from schemas.messages import Operation, SealKind


class MovementState(StrEnum):
    """Where a sealed movement stands between pairing and receipt."""

    PAIRED = "PAIRED"  # 已配櫃(封)
    IN_TRANSIT = "IN_TRANSIT"  # 在途
    ARRIVED = "ARRIVED"  # 已到站
    ARRIVED_MANUAL = "ARRIVED_MANUAL"  # 收櫃異常處理
    OPENED = "OPENED"  # 封條於途中拆封查核(驗): another seal carries on
    CANCELLED = "CANCELLED"  # 運送單取消


TRANSITIONS: dict[tuple[MovementState, Operation], MovementState] = {
    (MovementState.PAIRED, Operation.SEAL_OUT_E): MovementState.IN_TRANSIT,
    (MovementState.PAIRED, Operation.SEAL_OUT_P): MovementState.IN_TRANSIT,
    (MovementState.IN_TRANSIT, Operation.ARRIVE): MovementState.ARRIVED,
    (MovementState.IN_TRANSIT, Operation.MAKEUP_ARRIVE): MovementState.ARRIVED,
    # 讀取確認 leaves a record and moves nothing
    (MovementState.PAIRED, Operation.READ_CONFIRM_OUT): MovementState.PAIRED,
    (MovementState.IN_TRANSIT, Operation.READ_CONFIRM_IN): MovementState.IN_TRANSIT,
    # 報廢 waits for another seal, 留置 for an officer: neither is a step of the way
    (MovementState.PAIRED, Operation.SCRAP): MovementState.PAIRED,
    (MovementState.IN_TRANSIT, Operation.ABNORMAL_IN): MovementState.IN_TRANSIT,
}

DEPARTURE: dict[SealKind, Operation] = {SealKind.E: Operation.SEAL_OUT_E, SealKind.PA: Operation.SEAL_OUT_P}
DEPARTURES = frozenset(DEPARTURE.values())
ARRIVALS = frozenset({Operation.ARRIVE, Operation.MAKEUP_ARRIVE})
FINAL = frozenset({MovementState.ARRIVED, MovementState.ARRIVED_MANUAL, MovementState.OPENED, MovementState.CANCELLED})


def next_state(state: MovementState, operation: Operation) -> MovementState | None:
    """Return the state after an operation, or None where the table has no such step."""
    return TRANSITIONS.get((state, operation))
