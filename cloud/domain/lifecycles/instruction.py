"""A sealing instruction (加封指示): what customs or an officer asked for one container, until a seal answers it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from cloud.domain.lifecycles.machine import Machine


class State(StrEnum):
    """Where an instruction stands."""

    UNDETERMINED = "UNDETERMINED"  # 待關員認定: an examination, an e-seal or a vehicle-unit seal; an officer's task
    REQUIRED = "REQUIRED"  # 應加封
    FULFILLED = "FULFILLED"  # 已加封
    DISMISSED = "DISMISSED"  # 免加封, an officer's word
    WITHDRAWN = "WITHDRAWN"  # 已撤回, by the message that takes back the last ground, or by an officer


class Step(StrEnum):
    """What moves it; silence never does."""

    CONFIRM = "CONFIRM"  # a message says B, or an officer says so
    DOUBT = "DOUBT"  # what said B does so no longer, and nothing says the contrary
    DISMISS = "DISMISS"
    WITHDRAW = "WITHDRAW"
    FULFIL = "FULFIL"  # a pairing, or a vehicle-unit seal reported by a transport order
    REOPEN = "REOPEN"  # the pairing is cancelled or its seal scrapped


MACHINE = Machine(
    name="加封指示 · Sealing instruction",
    initial=State.UNDETERMINED,
    table=MappingProxyType({
        (State.UNDETERMINED, Step.CONFIRM): State.REQUIRED,
        (State.UNDETERMINED, Step.DISMISS): State.DISMISSED,
        (State.UNDETERMINED, Step.WITHDRAW): State.WITHDRAWN,
        (State.REQUIRED, Step.DOUBT): State.UNDETERMINED,
        (State.REQUIRED, Step.WITHDRAW): State.WITHDRAWN,
        (State.REQUIRED, Step.FULFIL): State.FULFILLED,
        (State.FULFILLED, Step.REOPEN): State.REQUIRED,
        # a later B outweighs an officer's earlier reading of an unclear message
        (State.DISMISSED, Step.CONFIRM): State.REQUIRED,
    }),
)  # fmt: skip
