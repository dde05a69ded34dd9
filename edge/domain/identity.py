"""Who signs: one gate, in one run of its agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas import envelope

if TYPE_CHECKING:
    from schemas.envelope import SigningKey, Typ
    from schemas.messages import Message


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The gate's id, its key, and the id of this run."""

    gate: str
    boot: str  # drawn anew at each start of the agent
    key: SigningKey

    def sign(self, typ: Typ, message: Message) -> bytes:
        """Return the signed bytes of a message."""
        return self.key.sign(typ, envelope.encode(message))
