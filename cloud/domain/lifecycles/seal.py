"""A seal in the stock and the registers; which unit it closes, and whether it travelled, is its pairing's to say."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from cloud.domain.lifecycles.machine import Machine


class State(StrEnum):
    """Where a seal stands. From SCRAPPED on it is dead and never returns to use (R-063)."""

    STOCK = "STOCK"  # 庫存: known with its chip, not issued
    ISSUED = "ISSUED"  # 已領用
    SCRAPPED = "SCRAPPED"  # 已報廢登錄
    SENT = "SENT"  # 已送監控中心查明故障原因 (E, R-061)
    DIAGNOSED = "DIAGNOSED"  # 已查明故障原因 (E, R-061)
    STORED = "STORED"  # 已集中存放 (Pa, R-062)


class Step(StrEnum):
    """What moves it."""

    ISSUE = "ISSUE"
    WITHDRAW = "WITHDRAW"  # a corrected issue no longer covers it
    SCRAP = "SCRAP"
    SEND = "SEND"
    DIAGNOSE = "DIAGNOSE"
    STORE = "STORE"


ALIVE = frozenset({State.STOCK, State.ISSUED})

MACHINE = Machine(
    name="封條 · Seal",
    initial=State.STOCK,
    table=MappingProxyType({
        (State.STOCK, Step.ISSUE): State.ISSUED,
        (State.ISSUED, Step.WITHDRAW): State.STOCK,
        (State.STOCK, Step.SCRAP): State.SCRAPPED,
        (State.ISSUED, Step.SCRAP): State.SCRAPPED,
        (State.SCRAPPED, Step.SEND): State.SENT,
        (State.SENT, Step.DIAGNOSE): State.DIAGNOSED,
        (State.SCRAPPED, Step.STORE): State.STORED,
    }),
)  # fmt: skip
