"""Whatever happens at a lane, in whatever order: green is shown only for what is stored, whole and confirmed."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.domain.view import Act, Check, Refused, Step
from edge.ports import ReaderStatus
from schemas.messages import Answers, EpochEvent, Location, Operation, Verdict
from tests.edge_gate import LOCATION_TAG, TORN, Booth, card, expected, hold, manifest, signed, tap
from tests.town import Seal

ACTS = [
    *(Act(act=name) for name in ("photo", "confirm", "undo", "cancel", "sign_out", "acknowledge")),
    *(Act(act="answer", check=check, ok=ok) for check in Check for ok in (True, True, True, False)),
    Act(act="answer"),
]
HAPPENINGS = st.one_of(
    st.sampled_from(["badge", "seal", "seal", "other seal", "location tag", "stranger", "torn", "reader gone"]),
    st.sampled_from(["yes", "yes", "yes", "yes", "photo", "confirm"]),
    st.sampled_from(ACTS),
    st.sampled_from(["outside", "inside", "no fix", "camera fails", "camera works", "held", "free", "later"]),
)
STORY = ["badge", "seal", *["yes"] * 5, "confirm"]


ALL_GOOD = Answers(container=True, seal=True, plate=True, load=True, locked=True, intact=True)


class Story:
    """One lane to which things happen, taken one by one by its procedure."""

    def __init__(self, folder):
        self.booth = Booth(folder=folder)
        self.counter = 0
        self.version = 1

    async def happen(self, what):
        booth, lane = self.booth, self.booth.lane
        if isinstance(what, Act):
            await self.press(what)
        elif what == "yes":
            check = lane.view().check
            await self.press(Act(act="answer", check=check, ok=True))
        elif what in {"photo", "confirm"}:
            await self.press(Act(act=what))
        elif what in {"held", "free"}:
            self.version += 1
            papers = manifest(expected(hold=hold() if what == "held" else None), version=self.version)
            await booth.papers.accept(signed(papers), booth.clock.now())
        elif what == "later":
            booth.clock.forward(100)
        elif what in {"outside", "inside", "no fix"}:
            booth.receiver.mode = 0 if what == "no fix" else 3
            booth.receiver.accuracy_m = 8.0 if what != "outside" else 7.0
            booth.receiver.lat = booth.receiver.lat - 0.1 if what == "outside" else 25.152
        elif what in {"camera fails", "camera works"}:
            booth.camera.fault = "CAM-DOWN" if what == "camera fails" else None
        else:
            await lane._handle(self.shown(what))
        await lane._handle(None)
        while lane._inbox:
            await lane._handle(lane._inbox.popleft())

    def shown(self, what):
        self.counter += 1
        return {
            "badge": card(),
            "seal": tap(counter=self.counter),
            "other seal": tap(Seal(number=8), counter=self.counter),
            "location tag": card(LOCATION_TAG),
            "stranger": card("08112233"),
            "torn": TORN,
            "reader gone": ReaderStatus(up=False, detail="unplugged"),
        }[what]

    async def press(self, act):
        with contextlib.suppress(Refused):
            await self.booth.lane._presses.press(act)

    async def check(self):
        view = self.booth.lane.view()
        events = [record for record in await self.booth.records() if not isinstance(record, EpochEvent)]
        assert (view.step is Step.VERDICT) == (view.verdict is not None)
        assert self.booth.lamp.shown[-1:] in ([], [None], [view.verdict])
        if view.step is Step.VERDICT:
            assert f"{events[-1].link.epoch}/{events[-1].link.seq}" == view.record
            assert (view.verdict, view.reasons) == (events[-1].decision.verdict, events[-1].decision.reasons)
        for event in events:
            if event.decision.verdict is Verdict.GO:
                assert event.answers == ALL_GOOD
                assert event.photos
                assert event.actor is not None
                assert event.position.location is Location.CONFIRMED
                assert event.operation is Operation.SEAL_OUT_E
                assert event.movement == "M7"
        assert sum(event.decision.verdict is Verdict.GO for event in events) <= 1  # a seal departs once


async def tell(happenings, folder):
    story = Story(Path(folder))
    await story.booth.open()
    try:
        for what in happenings:
            await story.happen(what)
            await story.check()
    finally:
        await story.booth.close()


@pytest.mark.req("R-054")
@pytest.mark.req("R-056")
@pytest.mark.req("R-057")
@pytest.mark.req("R-111")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(HAPPENINGS, max_size=12),
    st.lists(HAPPENINGS, max_size=6),
    st.integers(0, len(STORY)),
    st.lists(HAPPENINGS, max_size=12),
)
def test_green_is_shown_only_for_what_is_stored_whole_and_confirmed(before, between, cut, after):
    happenings = [*before, "badge", *STORY[:cut], *between, *STORY[cut:], *after]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tell(happenings, folder))


def test_the_plain_story_ends_green():
    async def plain(folder):
        story = Story(Path(folder))
        await story.booth.open()
        for what in STORY:
            await story.happen(what)
        assert story.booth.lane.view().verdict is Verdict.GO
        await story.booth.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(plain(folder))
