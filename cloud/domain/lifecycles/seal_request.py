"""A batch request for e-seals (批次請領, R-031)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from cloud.domain.lifecycles.machine import Machine


class State(StrEnum):
    """Where a request stands."""

    REQUESTED = "REQUESTED"  # 已請領
    ISSUED = "ISSUED"  # 已核發
    REFUSED = "REFUSED"  # 已駁回
    WITHDRAWN = "WITHDRAWN"  # 已撤回


class Step(StrEnum):
    """What moves it."""

    ISSUE = "ISSUE"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"  # by who requested


MACHINE = Machine(
    name="批次請領 · Request for seals",
    initial=State.REQUESTED,
    table=MappingProxyType({
        (State.REQUESTED, Step.ISSUE): State.ISSUED,
        (State.REQUESTED, Step.REFUSE): State.REFUSED,
        (State.REQUESTED, Step.WITHDRAW): State.WITHDRAWN,
    }),
)  # fmt: skip
