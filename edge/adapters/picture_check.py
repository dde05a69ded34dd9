"""Measures a lane's pictures and remembers the last ones, so that a dark, covered or frozen camera shows at once.

The judgement is `edge.domain.picture`'s; the container number comes from the recogniser when it is ready, if ever.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import deque
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter, ImageStat

from edge.domain.picture import SMALL, Figures, Limits, findings
from schemas.envelope import b64url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

COPY = (480, 270)
TILE_PX = 30
FLAT_DEVIATION = 4.0  # a tile of painted steel varies more than a thumb before the lens
WHITE = 250
HASHES_KEPT = 64
READS_KEPT = 64
_LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


class PictureCheck:
    """The eye on one lane's camera; implements `edge.ports.Examiner`."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        read_number: Callable[[bytes], Awaitable[str | None]] | None = None,
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        self._limits = limits or Limits()
        self._read_number = read_number
        self._on_read = on_read
        self._hashes: deque[str] = deque(maxlen=HASHES_KEPT)
        self._of_this: list[bytes] = []
        self._of_last: tuple[bytes, ...] = ()
        self._numbers: dict[str, str] = {}
        self._reading: asyncio.Task[None] | None = None

    def next_vehicle(self) -> None:
        """Say that the pictures to come are of another vehicle than those before."""
        if self._of_this:
            self._of_last = tuple(self._of_this)
            self._of_this.clear()

    async def examine(self, jpeg: bytes) -> tuple[str, ...]:
        """Return what is wrong with a whole JPEG; the number on it is read meanwhile and never waited for."""
        figures = await asyncio.to_thread(measure, jpeg)
        found = findings(figures, self._limits, earlier=self._of_last, hashes=tuple(self._hashes))
        self._hashes.append(figures.sha256)
        self._of_this.append(figures.small)
        if self._read_number is not None:
            if self._reading is not None:
                self._reading.cancel()  # only the last picture is worth the time
            self._reading = asyncio.create_task(self._read(figures.sha256, jpeg))
        return found

    def number_on(self, sha256: str) -> str | None:
        """Return the container number a machine has read from a picture so far."""
        return self._numbers.get(sha256)

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _read(self, sha256: str, jpeg: bytes) -> None:
        assert self._read_number is not None, "started only with one"  # noqa: S101 - our own order
        number = await self._read_number(jpeg)
        if number is None:
            return
        while len(self._numbers) >= READS_KEPT:
            self._numbers.pop(next(iter(self._numbers)))
        self._numbers[sha256] = number
        self._on_read()


def measure(jpeg: bytes) -> Figures:
    """Measure a JPEG that can be decoded: 9 ms for 1920 x 1080 on the development machine, less by `draft`."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        picture.draft("L", COPY)
        grey = picture.convert("L").resize(COPY, Image.Resampling.BOX)
    width, height = COPY
    # Pillow leaves a border of one pixel unfiltered: it alone would make a covered lens look sharp.
    edges = grey.filter(_LAPLACE).crop((1, 1, width - 1, height - 1))
    histogram = grey.histogram()
    tiles = [(x, y, x + TILE_PX, y + TILE_PX) for y in range(0, height, TILE_PX) for x in range(0, width, TILE_PX)]
    flat = sum(ImageStat.Stat(grey.crop(tile)).stddev[0] < FLAT_DEVIATION for tile in tiles)
    return Figures(
        sharpness=ImageStat.Stat(edges).var[0],
        mean=ImageStat.Stat(grey).mean[0],
        flat=flat / len(tiles),
        glare=sum(histogram[WHITE:]) / (width * height),
        small=grey.resize(SMALL, Image.Resampling.BOX).tobytes(),
        sha256=b64url(hashlib.sha256(jpeg).digest()),
    )
