"""The recogniser of container numbers, in its own process, with the models of its package (optional extra `ocr`)."""

from __future__ import annotations

import sys

import pytest

from edge.adapters.ocr import ContainerReader, installed
from tests.doors import door


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
