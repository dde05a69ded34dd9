"""A pairing (配櫃(封)) as people change it; departure and arrival are the movement's, which the gates' reads fold."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from cloud.domain.lifecycles.machine import Machine


class State(StrEnum):
    """Where a pairing stands."""

    PAIRED = "PAIRED"  # 已配櫃(封)
    OPENED = "OPENED"  # 已拆封查核(驗)
    REPLACED = "REPLACED"  # 封條報廢, 已另配
    CANCELLED = "CANCELLED"  # 已取消


class Step(StrEnum):
    """What moves it."""

    OPEN = "OPEN"  # customs or another agency opens the seal
    REPLACE = "REPLACE"  # the seal was scrapped, another takes its place
    CANCEL = "CANCEL"  # before departure only


MACHINE = Machine(
    name="配櫃(封) · Pairing",
    initial=State.PAIRED,
    table=MappingProxyType({
        (State.PAIRED, Step.OPEN): State.OPENED,
        (State.PAIRED, Step.REPLACE): State.REPLACED,
        (State.PAIRED, Step.CANCEL): State.CANCELLED,
    }),
)  # fmt: skip
