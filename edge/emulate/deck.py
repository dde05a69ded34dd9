"""The cards that a visitor can hold to a reader, and which one lies in which field.

A card keeps its counter and tamper status in a file, since the same seal travels from one gate to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, Protocol

from edge.emulate.isodep import Ntag424, OddAts
from edge.emulate.sun import PICC_RANDOM_BYTES, SunChip
from edge.emulate.tags import Card, Ntag213, UidOnly, text_record, uri_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.emulate.settings import CardSettings, Tamper

ENCRYPTED_FILE_BYTES = 16


class UnknownNameError(LookupError):
    """Nothing here has this name."""


class FrontEnd(Protocol):
    """A chip that a card can be held to: PN532 on a pty, or nfcpy's UDP driver."""

    hung: bool

    @property
    def plugged(self) -> bool:
        """Whether the agent can reach the chip."""

    @property
    def path(self) -> str:
        """The reader's path for the agent's settings."""

    def plug(self) -> None:
        """Connect the chip."""

    def unplug(self) -> None:
        """Pull the chip."""

    def close(self) -> None:
        """Give port or pty back."""

    def present(self, card: Card | None, *, frames_max: int | None = None) -> None:
        """Put a card into the field, or take it away."""


class OfferedCard:
    """One card with what it remembers; `file` is its memory outside any field (None: only in this process)."""

    def __init__(self, settings: CardSettings, file: Path | None, draw: Callable[[int], bytes]) -> None:
        self.settings = settings
        self._file = file
        self._draw = draw
        self.counter = settings.counter
        self.tamper: Tamper = settings.tamper
        self.load()

    def load(self) -> None:
        """Recall counter and tamper status: another gate may have read the card meanwhile."""
        if self._file is not None and self._file.exists():
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self.counter, self.tamper = max(self.counter, kept["counter"]), kept["tamper"]

    def keep(self) -> None:
        """Remember counter and tamper status."""
        if self._file is not None:
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps({"counter": self.counter, "tamper": self.tamper}), encoding="utf-8")
            fresh.replace(self._file)

    def make(self) -> Card:
        """Return the card model, ready to be put into a field."""
        uid = bytes.fromhex(self.settings.uid)
        match self.settings.kind:
            case "uid":
                return UidOnly(uid)
            case "odd":
                return OddAts(uid)
            case "ntag213":
                text = self.settings.text
                return Ntag213(
                    uid, text_record(text) if text else uri_record(f"{self.settings.url}?l={uid.hex().upper()}")
                )
            case "ntag424":
                self.load()
                return Ntag424(uid, self._mirror(uid), self.counter, self._counted)

    def _mirror(self, uid: bytes) -> Callable[[int], str]:
        card = self.settings
        chip = SunChip(
            prefix=card.url, uid=uid, file_key=bytes.fromhex(card.key), meta_key=bytes.fromhex(card.meta_key)
        )
        if card.mirror == "plain":
            return lambda counter: chip.plain_url(counter, self.tamper)
        return lambda counter: chip.encrypted_url(counter, self._content(), self._draw(PICC_RANDOM_BYTES))

    def _content(self) -> bytes:
        return f"{self.tamper}{self.settings.seal_no}".encode()[:ENCRYPTED_FILE_BYTES].ljust(ENCRYPTED_FILE_BYTES, b"x")

    def _counted(self, counter: int) -> None:
        self.counter = counter
        self.keep()


class Deck:
    """All cards and all readers of one emulator."""

    def __init__(self, cards: dict[str, OfferedCard], readers: dict[str, FrontEnd]) -> None:
        self.cards = cards
        self.readers = readers
        self.lying: dict[str, str | None] = dict.fromkeys(readers)
        self._removals: dict[str, asyncio.TimerHandle] = {}

    def add_reader(self, lane: str, reader: FrontEnd) -> None:
        """Take in the reader of a lane."""
        self.readers[lane] = reader
        self.lying[lane] = None

    def reader(self, lane: str | None) -> tuple[str, FrontEnd]:
        """Return the reader of `lane`, the first one where no lane is named; raises UnknownNameError."""
        name = lane or next(iter(self.readers))
        if name not in self.readers:
            raise UnknownNameError(f"no lane {name!r}; there are: {', '.join(self.readers)}")
        return name, self.readers[name]

    def card(self, card_id: str) -> OfferedCard:
        """Return one card; raises UnknownNameError."""
        if card_id not in self.cards:
            raise UnknownNameError(f"no card {card_id!r}; there are: {', '.join(self.cards)}")
        return self.cards[card_id]

    def present(self, card_id: str, lane: str | None, *, hold_s: float | None, frames_max: int | None) -> None:
        """Hold a card to a reader, in place of what lay there; it leaves after `hold_s` or `frames_max` frames."""
        card, (name, reader) = self.card(card_id), self.reader(lane)
        self.remove(name)
        for other in [each for each, lying in self.lying.items() if lying == card_id]:
            self.remove(other)  # one card is in one place
        self.lying[name] = card_id
        reader.present(card.make(), frames_max=frames_max)
        if hold_s is not None:
            self._removals[name] = asyncio.get_running_loop().call_later(hold_s, self.remove, name)

    def remove(self, lane: str | None = None) -> None:
        """Take away whatever lies in the field of a lane."""
        name, reader = self.reader(lane)
        if (timer := self._removals.pop(name, None)) is not None:
            timer.cancel()
        self.lying[name] = None
        reader.present(None)

    def set_tamper(self, card_id: str, tamper: Tamper) -> None:
        """Open or close the tamper loop of a seal; the next reading tells it."""
        card = self.card(card_id)
        card.load()
        card.tamper = tamper
        card.keep()

    def describe(self) -> dict[str, Any]:
        """Return cards and readers for the control page."""
        places = {card: lane for lane, card in self.lying.items() if card}
        for card in self.cards.values():
            with contextlib.suppress(OSError, ValueError):
                card.load()
        return {
            "cards": [
                {
                    **{name: getattr(card.settings, name) for name in _SHOWN},
                    "counter": card.counter,
                    "tamper": card.tamper,
                    "lane": places.get(card_id),
                }
                for card_id, card in self.cards.items()
            ],
            "lanes": [
                {"lane": lane, "path": reader.path, "reader": reader_state(reader), "card": self.lying[lane]}
                for lane, reader in self.readers.items()
            ],
        }


_SHOWN = ("id", "kind", "uid", "label_zh", "label_en", "container", "seal_no", "plate")


def reader_state(reader: FrontEnd) -> str:
    """Return "plugged", "unplugged" or "hung"."""
    if not reader.plugged:
        return "unplugged"
    return "hung" if reader.hung else "plugged"


def set_reader(reader: FrontEnd, state: str) -> None:
    """Plug, unplug or hang a reader."""
    reader.hung = state == "hung"
    if state == "unplugged":
        reader.unplug()
    else:
        reader.plug()
