"""How much of the backlog may be under way without a receipt: much where receipts come at once, little on a slow line.

What happens now travels on the same line: it must never stand in a queue that the backlog has filled.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MESSAGES_MIN = 8  # on a line of 1 Mbit/s these are two seconds
PROMPT_S = 0.5  # a receipt within this means that nothing queues


@dataclass
class Window:
    """A number of messages, at most `messages_max`, that follows how long receipts take."""

    messages_max: int
    messages: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin small."""
        self.reset()

    def reset(self) -> None:
        """Begin anew: the line may be another one."""
        self.messages = min(MESSAGES_MIN, self.messages_max)

    def answered(self, messages: int, waited_s: float) -> None:
        """Note that a receipt came for so many messages, the oldest of which waited so long."""
        if waited_s <= PROMPT_S:
            self.messages = min(self.messages + messages, self.messages_max)
        else:
            self.messages = max(self.messages // 2, min(MESSAGES_MIN, self.messages_max))
