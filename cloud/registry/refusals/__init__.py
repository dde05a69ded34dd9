"""Why a request is refused: one module of texts a room of the registry, joined here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.registry.refusals import access, custody, customs, people, places, sealing, stock

if TYPE_CHECKING:
    from cloud.registry.refusals.model import Text

TEXTS = {text.code: text for room in (access, people, places, stock, sealing, customs, custody) for text in room.TEXTS}


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a fault
    """A request that is answered with a reason; `detail` names the field or the value."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.text: Text = TEXTS[code]
        self.detail = detail

    @property
    def code(self) -> str:
        """The stable code."""
        return self.text.code
