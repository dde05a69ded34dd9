"""The simulator strip: a way to the emulator's control API, and the next thing a visitor may want to do.

Exists only where the settings name a control address; the agent itself knows nothing of simulated hardware.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import httpx

if TYPE_CHECKING:
    from edge.domain.view import LaneView

ACTIONS = frozenset({"present", "remove", "cable", "reader", "camera", "gps", "tamper"})
CONTROL_TIMEOUT_S = 5.0
TAP_MS = 4000  # how long a card pressed on the strip lies in the field
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


@dataclass(frozen=True, kw_only=True)
class StripState:
    """What the strip shows for one lane."""

    cards: tuple[CardOnOffer, ...]
    states: dict[str, str]  # of each device that is emulated
    lying: CardOnOffer | None
    next: str  # "card:<id>", "remove", "cable", "reader" or "screen": where the visitor's hand goes


def strip_state(view: LaneView, field: dict[str, Any]) -> StripState:
    """Read the emulator's field for one lane and say what is useful next."""
    cards = tuple(_card(card, view.lane) for card in field.get("cards", ()))
    lying = next((card for card in cards if card.here), None)
    states = _states(field, view.lane)
    return StripState(cards=cards, states=states, lying=lying, next=_next(view, cards, lying, states))


def _card(card: dict[str, Any], lane: str) -> CardOnOffer:
    sort: CardSort = "badge" if card["kind"] == "uid" else "seal" if card.get("seal_no") else "tag"
    return CardOnOffer(
        id=card["id"],
        sort=sort,
        zh=card["label_zh"],
        en=card["label_en"],
        number=card.get("seal_no", ""),
        container=card.get("container", ""),
        here=card.get("lane") == lane,
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


def _next(view: LaneView, cards: tuple[CardOnOffer, ...], lying: CardOnOffer | None, states: dict[str, str]) -> str:
    if states.get("reader", "plugged") != "plugged":
        return "reader"
    wanted: dict[str, CardSort] = {"IDLE": "badge", "SIGNED_IN": "seal"}
    sort = wanted.get(view.step)
    if sort is None:
        return "screen"
    if view.step == "SIGNED_IN" and view.location == "UNCONFIRMED":
        sort = "tag" if any(card.sort == "tag" for card in cards) else sort
    if lying is not None and lying.sort == sort:
        return "remove"
    held = {hold.seal_no for hold in view.holds}
    fitting = sorted((card for card in cards if card.sort == sort), key=lambda card: card.number in held)
    return f"card:{fitting[0].id}" if fitting else "screen"
