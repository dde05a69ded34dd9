"""An application for sealing (加封申請): filed by an operator or trader, decided by an officer (R-004, R-035)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from cloud.domain.lifecycles.machine import Machine


class State(StrEnum):
    """Where an application stands."""

    FILED = "FILED"  # 已申請
    APPROVED = "APPROVED"  # 核准
    REFUSED = "REFUSED"  # 駁回
    WITHDRAWN = "WITHDRAWN"  # 撤回
    SEALED = "SEALED"  # 已加封


class Step(StrEnum):
    """What moves it."""

    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"  # by who filed it
    SEAL = "SEAL"  # a pairing answers it
    UNSEAL = "UNSEAL"  # that pairing was cancelled


MACHINE = Machine(
    name="加封申請 · Application for sealing",
    initial=State.FILED,
    table=MappingProxyType({
        (State.FILED, Step.APPROVE): State.APPROVED,
        (State.FILED, Step.REFUSE): State.REFUSED,
        (State.FILED, Step.WITHDRAW): State.WITHDRAWN,
        (State.APPROVED, Step.WITHDRAW): State.WITHDRAWN,
        (State.APPROVED, Step.SEAL): State.SEALED,
        (State.SEALED, Step.UNSEAL): State.APPROVED,
    }),
)  # fmt: skip
