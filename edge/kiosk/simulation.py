"""The simulator strip: a way to the emulator's control API, and the next thing a visitor may want to do.

Exists only where the settings name a control address; the agent itself knows nothing of simulated hardware.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import httpx

if TYPE_CHECKING:
    from collections.abc import Collection

    from edge.domain.view import LaneView

ACTIONS = frozenset({"present", "remove", "cable", "reader", "camera", "gps", "tamper"})
CONTROL_TIMEOUT_S = 5.0
TAP_MS = 4000  # how long a card pressed on the strip lies in the field
TORN_FRAMES = 4  # a card taken away after so many frames was noticed, but not read
DEVICES = ("cable", "reader", "camera", "gps")

CardSort = Literal["badge", "seal", "tag"]


class EmulatorDownError(Exception):
    """The emulator does not answer."""


class Emulator:
    """Client of one emulator's control API."""

    def __init__(self, control_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=control_url, timeout=CONTROL_TIMEOUT_S, trust_env=False)

    async def field(self) -> dict[str, Any]:
        """Return cards and states of the emulated hardware; raises EmulatorDownError."""
        return (await self._ask("GET", "/field"))[1]

    async def act(self, action: str, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Pass one order on; returns status and body of the answer; raises EmulatorDownError."""
        return await self._ask("POST", f"/{action}", order)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, order: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        try:
            answer = await self._client.request(method, path, json=order)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise EmulatorDownError(str(error)) from error
        return answer.status_code, body if isinstance(body, dict) else {"answer": body}


@dataclass(frozen=True, kw_only=True)
class CardOnOffer:
    """One card of the strip."""

    id: str
    sort: CardSort
    zh: str
    en: str
    number: str  # seal number, where it is a seal
    container: str
    here: bool  # lies in this lane's field
    opened: bool  # its tamper loop is or was open


@dataclass(frozen=True, kw_only=True)
class StripState:
    """What the strip shows for one lane."""

    cards: tuple[CardOnOffer, ...]
    states: dict[str, str]  # of each device that is emulated
    lying: CardOnOffer | None
    next: Literal["card", "remove", "reader", "screen"]  # where the visitor's hand goes
    card: CardOnOffer | None  # the one to take, if it is a card


def strip_state(view: LaneView, field: dict[str, Any], done: Collection[str] = ()) -> StripState:
    """Read the emulator's field for one lane and say what is useful next; `done`: seal numbers already let through."""
    cards = tuple(_card(card, view.lane) for card in field.get("cards", ()))
    lying = next((card for card in cards if card.here), None)
    states = _states(field, view.lane)
    card = _wanted(view, cards, done)
    if states.get("reader", "plugged") != "plugged":
        return StripState(cards=cards, states=states, lying=lying, next="reader", card=None)
    if card is None:
        return StripState(cards=cards, states=states, lying=lying, next="screen", card=None)
    if lying == card:
        return StripState(cards=cards, states=states, lying=lying, next="remove", card=None)
    return StripState(cards=cards, states=states, lying=lying, next="card", card=card)


def _card(card: dict[str, Any], lane: str) -> CardOnOffer:
    seal = card["kind"] == "ntag424" or card.get("seal_no")
    sort: CardSort = "badge" if card["kind"] == "uid" else "seal" if seal else "tag"
    return CardOnOffer(
        id=card["id"],
        sort=sort,
        zh=card["label_zh"],
        en=card["label_en"],
        number=card.get("seal_no", ""),
        container=card.get("container", ""),
        here=card.get("lane") == lane,
        opened=card.get("tamper", "CC") != "CC",
    )


def _states(field: dict[str, Any], lane: str) -> dict[str, str]:
    states = {name: field[name] for name in ("camera", "gps") if field.get(name)}
    cables = set(field.get("cable", {}).values())
    if cables:
        states["cable"] = "up" if cables == {"up"} else min(cables - {"up"})
    for row in field.get("lanes", ()):
        if row["lane"] == lane:
            states["reader"] = row["reader"]
    return {name: states[name] for name in DEVICES if name in states}


def _wanted(view: LaneView, cards: tuple[CardOnOffer, ...], done: Collection[str]) -> CardOnOffer | None:
    """Return the card that moves the session on; None where the screen asks for a press."""
    offered = {sort: [card for card in cards if card.sort == sort] for sort in ("badge", "seal", "tag")}
    if view.step == "IDLE":
        return next(iter(offered["badge"]), None)
    if view.step != "SIGNED_IN":
        return None
    if view.location == "UNCONFIRMED" and offered["tag"]:
        return offered["tag"][0]
    settled = {*done, *(hold.seal_no for hold in view.holds)}
    return next((card for card in offered["seal"] if card.number not in settled), next(iter(offered["seal"]), None))
