"""The recogniser of container numbers, in its own process, with the models of its package (optional extra `ocr`)."""

from __future__ import annotations

import sys

import pytest

from edge.adapters.ocr import ContainerReader, installed
from edge.app.eyes import Eyes
from edge.domain.view import Act
from edge.settings import PictureSettings
from tests.doors import door
from tests.edge_gate import Booth
from tests.integration.edge_core.booth import running, to_confirm
from tests.waiting import eventually


@pytest.mark.req("R-056")
async def test_a_lane_hints_at_a_number_that_is_not_the_pairings_and_records_what_was_read(tmp_path) -> None:
    booth = Booth(folder=tmp_path)
    eyes = Eyes(lambda: booth.lane.changed.ring())  # noqa: PLW0108 -- the lane is made later
    booth.examiner = eyes.of_lane(PictureSettings(read_number=True, flat_max=1.0))
    booth.camera.jpeg = door("CSQU3054383")
    await booth.open()
    async with running(booth):
        await to_confirm(booth)
        assert booth.lane.view().hint is None  # nobody waits for it
        await eventually(lambda: booth.lane.view().hint == "CSQU3054383", 60.0)
        view = await booth.lane.act(Act(act="confirm"))
        assert view.verdict == "GO"  # a hint is no verdict
        assert (await booth.records())[-1].photos[0].reads == "CSQU3054383"
    await booth.close()
    await eyes.close()


@pytest.mark.req("R-056")
async def test_the_number_on_a_door_is_read_by_day_and_by_night() -> None:
    assert installed(), "the development set-up brings the extra `ocr`"
    reader = ContainerReader()
    try:
        assert await reader.read(door("CSQU3054383")) == "CSQU3054383"
        assert await reader.read(b"\xff\xd8 no picture \xff\xd9") is None
        assert await reader.read(door("TASU1170000", night=True)) == "TASU1170000"
    finally:
        await reader.close()


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('no JSON', flush=True); input()"])
async def test_a_recogniser_that_dies_or_talks_nonsense_only_gives_no_hint(program) -> None:
    reader = ContainerReader((sys.executable, "-c", program))
    try:
        assert await reader.read(door()) is None
        assert await reader.read(door()) is None  # started anew, no better
    finally:
        await reader.close()
