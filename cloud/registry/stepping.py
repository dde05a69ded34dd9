"""One step of a state machine as the registry takes it: what the table forbids is an answer, 409 STATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cloud.registry.refusals import Refusal

if TYPE_CHECKING:
    from enum import StrEnum

    from cloud.domain.lifecycles.machine import Machine

State = TypeVar("State", bound="StrEnum")
Step = TypeVar("Step", bound="StrEnum")


def following(machine: Machine[State, Step], state: State, step: Step, subject: str) -> State:
    """Return the state after `step`.

    Raises:
        Refusal: STATE where the table has no such step; it names subject, state and step.
    """
    after = machine.next(state, step)
    if after is None:
        raise Refusal("STATE", f"{subject}: {state}, {step}")
    return after
