"""What a rule says of a history, with everything needed to say it again (R-117)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "int | str | bool | list[Json] | dict[str, Json] | None"
EVIDENCE_MAX = 10  # reads named in the inputs of one finding; the count tells how many there were


class Status(StrEnum):
    """How sure a case is (B0): PROVISIONAL is shown and not notified."""

    PROVISIONAL = "PROVISIONAL"
    CONFIRMED = "CONFIRMED"
    AUTO_REFUTED = "AUTO_REFUTED"  # later evidence shows it was not so
    SUPERSEDED = "SUPERSEDED"  # another case took it over


OPEN = frozenset({Status.PROVISIONAL, Status.CONFIRMED})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule's word on one subject; the last two states only speak of a case that is open already."""

    code: str
    status: Status
    occurred_ms: int  # event time (A9-5)
    version: int
    inputs: dict[str, Json]
    limits: dict[str, Json] = field(default_factory=dict)
    count: int = 1
    holds: bool = False  # the container is kept until an officer lifts it
