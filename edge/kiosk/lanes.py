"""What the kiosk needs of a lane and of the picture shelf: `edge.lane` and the photo adapter provide it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from edge.domain.view import Act, LaneView

# The captioned copy of a picture by the hash of its original; None where this gate has none.
Pictures: TypeAlias = Callable[[str], Awaitable[bytes | None]]


class Bell(Protocol):
    """Rings whenever the view of its lane has changed."""

    async def wait(self) -> object:
        """Return at the next ring."""


class Lane(Protocol):
    """One lane as page and stream see it."""

    @property
    def changed(self) -> Bell:
        """The bell of this lane."""

    def view(self) -> LaneView:
        """Return the whole state now."""

    async def act(self, act: Act) -> object:
        """Carry out one press; raises edge.domain.view.Refused."""
