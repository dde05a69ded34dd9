"""Joins what looks at the lanes' pictures: the measuring of each lane, and one recogniser for all of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from edge.adapters.ocr import ContainerReader, installed
from edge.adapters.picture_check import PictureCheck
from edge.domain.picture import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.settings import PictureSettings

log = logging.getLogger("sealgate.agent")


class Eyes:
    """What looks at pictures; `close` ends the recogniser's process."""

    def __init__(self, on_read: Callable[[], None]) -> None:
        self._on_read = on_read
        self._reader = ContainerReader() if installed() else None
        self._checks: list[PictureCheck] = []

    def of_lane(self, settings: PictureSettings) -> PictureCheck:
        """Return the eye of one lane."""
        if settings.read_number and self._reader is None:
            log.warning("no container number is read from pictures: the extra `ocr` is not installed")
        check = PictureCheck(
            Limits(
                sharpness_min=settings.sharpness_min,
                mean_min=settings.mean_min,
                flat_max=settings.flat_max,
                glare_max=settings.glare_max,
                difference_min=settings.difference_min,
            ),
            read_number=self._reader.read if self._reader is not None and settings.read_number else None,
            on_read=self._on_read,
        )
        self._checks.append(check)
        return check

    async def close(self) -> None:
        """Stop reading."""
        for check in self._checks:
            await check.close()
        if self._reader is not None:
            await self._reader.close()
