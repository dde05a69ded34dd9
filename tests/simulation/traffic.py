"""Trucks and officers of the simulated world: they depart, arrive, dawdle, answer no, walk away, present odd cards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from edge.domain.view import Act, Refused, Step
from schemas.messages import SealPosition
from tests import town

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from edge.domain.view import LaneView
    from tests.simulation.gate_side import GateSide
    from tests.simulation.world import World

BETWEEN_TAPS_MEAN_S = 15.0
TRIP_MEAN_S = 20 * 60.0  # some take longer than the route's limit
PERSON_MEAN_S = 2.0
PATIENCE_S = 15.0
STRAY_FROM = 800_000
FORGED_KEY = bytes(16)


class WalkedAwayError(Exception):
    """The person gave up: the screen does not change, or the kiosk is dark."""


async def serve(world: World, gate: GateSide) -> None:
    """One truck after another at one gate."""
    while True:
        await asyncio.sleep(world.chance.expovariate(1 / BETWEEN_TAPS_MEAN_S))
        try:
            await _truck(world, gate)
        except WalkedAwayError:
            world.trace.note(f"{gate.id} somebody walked away")


async def _truck(world: World, gate: GateSide) -> None:
    chance = world.chance
    what = chance.random()
    seal = world.seal_for(gate)
    if what < 0.15 or seal is None:
        stray = town.Seal(number=STRAY_FROM + chance.randrange(1000))
        await _tap(world, gate, stray.uid_hex, stray.ndef(world.count(stray)))
    elif what < 0.2:
        gate.reader.tear(seal.uid_hex)
    elif what < 0.25:
        await _tap(world, gate, seal.uid_hex, seal.ndef(world.count(seal), key=FORGED_KEY))
    elif what < 0.3:
        await _tap(world, gate, seal.uid_hex, seal.ndef(world.count(seal)))  # wrong order: no badge first
    else:
        await pass_through(world, gate, seal)


async def pass_through(world: World, gate: GateSide, seal: town.Seal) -> None:
    """Badge, seal, answers, picture, confirmation; at each step people may do something else."""
    chance = world.chance
    await _tap(world, gate, town.OFFICER.badge_uid, None)
    await _until(gate, lambda view: view.step is Step.SIGNED_IN)
    await _tap(world, gate, seal.uid_hex, seal.ndef(world.count(seal)))
    await _until(gate, lambda view: view.step in (Step.CHECKS, Step.VERDICT))
    while (view := gate.view()) is not None and view.step is Step.CHECKS:
        await _think(world)
        if chance.random() < 0.01:
            await _press(gate, Act(act="cancel"))
            return
        await _press(gate, Act(act="answer", check=view.check, **_said(chance, view)))
    for step, act in ((Step.PHOTO, "photo"), (Step.CONFIRM, "confirm")):
        if (view := gate.view()) is not None and view.step is step:
            await _think(world)
            await _press(gate, Act(act=act))
    view = await _until(gate, lambda view: view.step is Step.VERDICT)
    if view.verdict == "GO":
        world.passed(gate, seal)
    await _think(world)
    await _press(gate, Act(act="acknowledge"))


def _said(chance: random.Random, view: LaneView) -> dict[str, Any]:
    """Mostly yes, and at the seal where it sits, if that is asked (R-043)."""
    ok = chance.random() > 0.01
    places = [place for place in view.choices if place in set(SealPosition)]
    return {"ok": ok, "choice": next(iter(places), None) if ok else "TAMPERED"}


async def _tap(world: World, gate: GateSide, uid: str, ndef: bytes | None) -> None:
    await _think(world)
    world.trace.note(f"{gate.id} card {uid}")
    gate.reader.hold(uid, ndef)
    await asyncio.sleep(0.5)


async def _press(gate: GateSide, act: Act) -> None:
    lane = gate.lane
    if lane is None:
        raise WalkedAwayError
    try:
        async with asyncio.timeout(PATIENCE_S):
            await gate.inside(lane.act(act))
    except (Refused, TimeoutError) as error:
        raise WalkedAwayError from error


async def _until(gate: GateSide, is_so: Callable[[LaneView], bool]) -> LaneView:
    waited_s = 0.0
    while waited_s < PATIENCE_S:
        view = gate.view()
        if view is not None and is_so(view):
            return view
        await asyncio.sleep(0.25)
        waited_s += 0.25
    raise WalkedAwayError


async def _think(world: World) -> None:
    await asyncio.sleep(world.chance.expovariate(1 / PERSON_MEAN_S))
