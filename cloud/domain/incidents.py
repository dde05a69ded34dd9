"""What went wrong with the bytes of one gate in one batch: the input of the rules about gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cloud.domain.chain import Break


class Refusal(NamedTuple):
    """Quarantined bytes: their hash and the code of the reason."""

    hash: str
    reason: str


class Incidents(NamedTuple):
    """Everything of one gate; its topic names it, since nothing in refused bytes can be trusted."""

    gate: str
    refusals: tuple[Refusal, ...] = ()
    breaks: tuple[Break, ...] = ()
