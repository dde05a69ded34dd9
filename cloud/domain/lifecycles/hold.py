"""The life of a hold that a person placed (留置, R-068…R-071): what the rules hold has no steps, it is only lifted."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from cloud.domain.lifecycles.machine import Machine


class State(StrEnum):
    """Where a hold stands; the goods stay while it is HELD or REPORTED."""

    HELD = "HELD"  # 已留置
    REPORTED = "REPORTED"  # 已通報監管關員
    LIFTED = "LIFTED"  # 關員解除留置，文件可能尚缺
    COMPLETED = "COMPLETED"  # 文件齊備結案
    ANNULLED = "ANNULLED"  # 誤置註銷：no papers are asked of a driver for nothing


class Step(StrEnum):
    """What is done about a hold."""

    REPORT = "REPORT"  # at once, whatever else is missing (自主管理辦法 §11)
    STATEMENT = "STATEMENT"  # 司機書面說明
    ID_COPY = "ID_COPY"  # 身分證明影本
    LIFT = "LIFT"  # by an officer only
    COMPLETE = "COMPLETE"  # refused without the papers
    ANNUL = "ANNUL"  # by an officer, placed in error


HOLDING = (State.HELD, State.REPORTED)
OPEN = (*HOLDING, State.LIFTED)  # papers may still come

MACHINE = Machine(
    name="留置 · Hold",
    initial=State.HELD,
    table=MappingProxyType(
        {
            (State.HELD, Step.REPORT): State.REPORTED,
            **{(state, paper): state for state in OPEN for paper in (Step.STATEMENT, Step.ID_COPY)},
            (State.REPORTED, Step.REPORT): State.REPORTED,  # to another officer
            (State.REPORTED, Step.LIFT): State.LIFTED,
            (State.LIFTED, Step.COMPLETE): State.COMPLETED,
            (State.HELD, Step.ANNUL): State.ANNULLED,
            (State.REPORTED, Step.ANNUL): State.ANNULLED,
        }
    ),
)
