"""The lamp stack and buzzer of a lane, as LED devices of the kernel (dtoverlay=gpio-led), or none at all.

A lamp that cannot be switched stops nobody: the screen says the same, and the log says what is broken.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from schemas.messages import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

log = logging.getLogger("sealgate.light")


class LedLight:
    """Implements `edge.ports.Light` by the `brightness` files of LED class devices."""

    def __init__(self, lamps: Mapping[Verdict, Path], buzzer: Path | None = None) -> None:
        self._lamps = {verdict: folder / "brightness" for verdict, folder in lamps.items()}
        self._buzzer = buzzer / "brightness" if buzzer is not None else None
        self._shown: Verdict | None = None

    def show(self, verdict: Verdict | None) -> None:
        """Show a verdict; None is dark. The one lamp goes out before the other goes on."""
        for other, lamp in self._lamps.items():
            if other is not verdict:
                _switch(lamp, on=False)
        if verdict is not None and verdict in self._lamps:
            _switch(self._lamps[verdict], on=True)
        if self._buzzer is not None:
            _switch(self._buzzer, on=verdict is Verdict.STOP)
        self._shown = verdict


class NoLight:
    """A lane without lamps: its screen is its light."""

    def show(self, verdict: Verdict | None) -> None:
        """Do nothing."""


def _switch(file: Path, *, on: bool) -> None:
    try:
        file.write_text("1" if on else "0")
    except OSError as error:
        log.error("lamp %s cannot be switched: %s", file, error.strerror)  # noqa: TRY400 - the cause is the text
