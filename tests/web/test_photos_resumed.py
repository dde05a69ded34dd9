"""A gate's picture over a line that breaks: the gate's own client, a cable that is cut, the cloud's own server."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from cloud.settings import Settings
from edge.adapters.photos import PIECE_BYTES, HttpPut
from edge.emulate.cable import Cable
from edge.emulate.settings import CableSettings
from edge.uploads import UploadError
from tests.web.api_client import client, registered
from tests.web.test_api_photos import files, name_of, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["client", "registered"]

LARGE = random.Random(7).randbytes(3 * PIECE_BYTES + 1000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=str(tmp_path))


class Line:
    """A cable to the server, and how many pieces have gone through it."""

    def __init__(self, cable: Cable, cut_after: int | None = None) -> None:
        self.cable, self.cut_after, self.pieces = cable, cut_after, 0

    async def before_a_piece(self) -> None:
        if self.pieces == self.cut_after:
            self.cable.set_state("cut")
        else:
            self.pieces += 1


@pytest.fixture
async def cable(registered) -> AsyncIterator[Cable]:
    url = registered.base_url
    way = Cable(CableSettings(name="http", port=0, to_host=url.host, to_port=url.port))
    await way.start()
    yield way
    await way.stop()


@pytest.mark.req("R-111")
@pytest.mark.req("R-056")
async def test_after_a_break_only_what_is_missing_goes_over_the_line_also_for_a_new_agent(cable, settings) -> None:
    line, put = Line(cable, cut_after=2), HttpPut(f"http://127.0.0.1:{cable.port}", 5.0)
    put.stand_back = line.before_a_piece
    with pytest.raises(UploadError):
        await put(name_of(LARGE), LARGE, signed(LARGE).encode())
    await put.close()
    cable.set_state("up")
    line, put = Line(cable), HttpPut(f"http://127.0.0.1:{cable.port}", 5.0)  # the agent has started anew
    put.stand_back = line.before_a_piece
    answer = await put(name_of(LARGE), LARGE, signed(LARGE).encode())
    assert (answer.status, line.pieces) == (201, 2)
    assert len(files(settings)) == 1
    assert (await put(name_of(LARGE), LARGE, signed(LARGE).encode())).status == 200  # and once more changes nothing
    await put.close()


async def test_a_limit_on_the_line_makes_pieces_of_a_small_picture(cable, settings) -> None:
    line = Line(cable)
    put = HttpPut(f"http://127.0.0.1:{cable.port}", 5.0, bytes_per_s_max=1_000_000)
    put.stand_back = line.before_a_piece
    small = LARGE[:5000]
    assert (await put(name_of(small), small, signed(small).encode())).status == 201
    assert line.pieces == 1
    await put.close()
