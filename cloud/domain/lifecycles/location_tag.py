"""A location tag (位置標籤): where satellites are not seen, a chip on the wall says where one stands (R-018…R-022)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from cloud.domain.lifecycles.machine import Machine


class State(StrEnum):
    """Where a tag stands; it proves a place only while it is ACTIVE (R-022)."""

    APPLIED = "APPLIED"  # 已申請
    MOUNTED = "MOUNTED"  # 已黏貼，待審核
    ACTIVE = "ACTIVE"  # 已啟用
    REJECTED = "REJECTED"  # 審核退回
    RETIRED = "RETIRED"  # 已停用


class Step(StrEnum):
    """What moves it."""

    MOUNT = "MOUNT"  # 監管關員, with photo and record
    ACTIVATE = "ACTIVATE"  # 監控中心
    REJECT = "REJECT"  # 監控中心, with the reason: the officer mounts it anew or it is retired
    RETIRE = "RETIRE"  # for good: the next one is a new application


MACHINE = Machine(
    name="位置標籤 · Location tag",
    initial=State.APPLIED,
    table=MappingProxyType({
        (State.APPLIED, Step.MOUNT): State.MOUNTED,
        (State.MOUNTED, Step.ACTIVATE): State.ACTIVE,
        (State.MOUNTED, Step.REJECT): State.REJECTED,
        (State.REJECTED, Step.MOUNT): State.MOUNTED,
        (State.APPLIED, Step.RETIRE): State.RETIRED,
        (State.MOUNTED, Step.RETIRE): State.RETIRED,
        (State.ACTIVE, Step.RETIRE): State.RETIRED,
        (State.REJECTED, Step.RETIRE): State.RETIRED,
    }),
)  # fmt: skip
