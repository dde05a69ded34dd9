"""Whatever people and hardware do to a lane, in any order: no green without its record, and it always comes to rest."""

from __future__ import annotations

import contextlib
from random import Random

import pytest

from edge.domain.view import Act, Refused, Step
from edge.ports import ReaderStatus
from schemas.messages import Function, Operation, Outage, PaperKind, ScanEvent, Verdict, Written
from schemas.sealed import OpeningKey
from tests.edge_gate import LOCATION_TAG, NOW, SEAL, TORN, Booth, card, expected, hold, manifest, signed, tap
from tests.integration.edge_core.booth import nudge, running
from tests.town import DESTINATION, ORIGIN, Seal
from tests.waiting import eventually

ACTIONS = 120
NEVER_IDLE = ("answer", "confirm", "keep", "paper", "pin", "next")
OTHER, UNKNOWN = Seal(number=8), Seal(number=55)
KEY = OpeningKey(b"p" * 32).public
WRITTEN = (
    Written(),
    Written(container=SEAL.container),
    Written(seal_no=OTHER.seal_no),
    Written(container="ABCU1234567", seal_no="TW9"),
)


class Anybody:
    """Presses what the page offers and what it does not, holds any card, breaks and mends the hardware."""

    def __init__(self, booth: Booth, chance: Random) -> None:
        self.booth = booth
        self.chance = chance
        self.counter = 0
        self.lights: dict[str, Verdict] = {}

    async def do_something(self) -> None:
        kind = self.chance.random()
        if kind < 0.3:
            await self._hold_a_card()
        elif kind < 0.38:
            await self._break_or_mend()
        else:
            await self._press()
        view = self.booth.lane.view()
        if view.verdict is Verdict.GO:
            assert view.record is not None, "green, and nothing is stored"
        if view.verdict is not None and view.record is not None:
            self.lights[view.record] = view.verdict
        assert bool(view.busy) is False

    async def _hold_a_card(self) -> None:
        self.counter += 1
        seals = [tap(seal, self.counter) for seal in (SEAL, SEAL, OTHER, UNKNOWN)]
        taps = self.booth.lane.health().taps
        self.booth.hand.hold(self.chance.choice([*seals, card(), card(), card(LOCATION_TAG), card("08112233"), TORN]))
        await eventually(lambda: self.booth.lane.health().taps > taps)
        await nudge(self.booth)

    async def _break_or_mend(self) -> None:
        booth, chance = self.booth, self.chance
        match chance.randrange(4):
            case 0:
                booth.camera.fault = chance.choice([None, None, "CAM-DOWN", "CAM-TIMEOUT"])
            case 1:
                booth.receiver.mode = chance.choice([3, 3, 0])
            case 2:
                booth.receiver.lat = booth.place.lat + chance.choice([0, 0, 0.1])
            case 3:
                booth.hand.hold(ReaderStatus(up=chance.random() < 0.5, detail="…"))
            case 4:
                booth.clock.forward(chance.choice([10, 200]))
            case _:
                await self._other_papers()
        await nudge(booth)

    async def _other_papers(self) -> None:
        booth, chance = self.booth, self.chance
        state = "PAIRED" if booth.place is ORIGIN else "IN_TRANSIT"
        movements = [expected(seal, state=state, hold=chance.choice([None, None, hold()])) for seal in (SEAL, OTHER)]
        outage = Outage(notice="115-001", since=NOW, functions=(Function.PAIRING,))
        more = {"outages": (outage,) if chance.random() < 0.5 else (), "papers_key": chance.choice([KEY, None])}
        version = booth.papers.in_force.manifest.version + 1
        text = signed(manifest(*movements, place=booth.place, version=version, issued=booth.clock.at, **more))
        await booth.papers.accept(text, booth.clock.now())

    async def _press(self) -> None:
        view, chance = self.booth.lane.view(), self.chance
        names = view.acts if view.acts and chance.random() < 0.9 else NEVER_IDLE
        codes = (*view.choices, *view.operations, "OVERRIDE-OTHER", "NOT-LOCKED")
        act = Act(
            act=chance.choice(names),
            check=view.check,
            ok=chance.random() < 0.9,
            choice=chance.choice(codes),
            text=chance.choice(["4711", "", None]),
            paper=chance.choice([None, *PaperKind]),
            written=chance.choice([*WRITTEN, None]),
        )
        with contextlib.suppress(Refused):
            after = await self.booth.lane.act(act)
            assert act.act in view.acts, f"{act.act} was carried out and not offered at {view.step}"
            assert after.step in set(Step)


def assert_sound(event: ScanEvent) -> None:
    """No green light rests on a failed check."""
    if event.decision.verdict is not Verdict.GO:
        return
    assert event.operation in {Operation.SEAL_OUT_E, Operation.ARRIVE, Operation.MAKEUP_ARRIVE}
    assert event.photos
    answers = event.answers
    assert (answers.locked, answers.intact) == (True, True)
    if event.outage is None or event.movement is not None:
        assert (answers.container, answers.seal, answers.plate, answers.load) == (True,) * 4
        assert event.position.location == "CONFIRMED"
    assert event.tag is not None
    assert event.actor is not None


@pytest.mark.req("R-052", "R-054", "R-055", "R-056", "R-057", "R-065")
@pytest.mark.parametrize("place", [ORIGIN, DESTINATION], ids=["origin", "destination"])
@pytest.mark.parametrize("seed", range(4))
async def test_anything_in_any_order(tmp_path, place, seed):
    state = "PAIRED" if place is ORIGIN else "IN_TRANSIT"
    movements = tuple(expected(seal, state=state) for seal in (SEAL, OTHER))
    booth = await Booth(folder=tmp_path, movements=movements, place=place).open()
    anybody = Anybody(booth, Random(seed))
    async with running(booth):
        for _ in range(ACTIONS):
            await anybody.do_something()
        for _ in range(3):  # a session, its verdict, and whoever is still signed in
            booth.clock.forward(200)
            await nudge(booth)
        assert booth.lane.view().step is Step.IDLE
    stored = [event for event in await booth.records() if isinstance(event, ScanEvent)]
    verdicts = {f"{event.link.epoch}/{event.link.seq}": event.decision.verdict for event in stored}
    assert anybody.lights.items() <= verdicts.items()
    for event in stored:
        assert_sound(event)
    await booth.close()
