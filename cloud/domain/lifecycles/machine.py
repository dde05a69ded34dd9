"""A state machine as a table: what is not in it is forbidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

State = TypeVar("State", bound="StrEnum")
Step = TypeVar("Step", bound="StrEnum")


@dataclass(frozen=True)
class Machine(Generic[State, Step]):
    """`initial` and the table of steps; `name` titles its diagram."""

    name: str
    initial: State
    table: Mapping[tuple[State, Step], State]

    def next(self, state: State, step: Step) -> State | None:
        """Return the state after `step`, or None where it is forbidden."""
        return self.table.get((state, step))
