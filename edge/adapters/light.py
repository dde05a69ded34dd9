"""The lamp stack and buzzer of a lane: LED devices of the kernel (dtoverlay=gpio-led), or GPIO pins, or none at all.

A lamp that cannot be switched stops nobody: the screen says the same, and a fault says what is broken.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from schemas.messages import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

log = logging.getLogger("sealgate.light")
BUZZER = "buzzer"
# seconds on, off, on …: told apart by ear, and short: a lane that cries for ever is soon not heard any more
BUZZES = {Verdict.GO: (0.12,), Verdict.REFER: (0.25, 0.15, 0.25), Verdict.STOP: (0.5, 0.2, 0.5, 0.2, 0.5)}
TRY_BLINKS, TRY_BLINK_S = 3, 0.15  # a lamp that is tried blinks: a steady one means what it says


class LampError(Exception):
    """A lamp could not be switched; the text says why."""


class LedSwitch:
    """One LED class device by its `brightness` file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "brightness"

    def __call__(self, *, on: bool) -> None:
        """Switch; raises LampError."""
        try:
            self._file.write_text("1" if on else "0")
        except OSError as error:
            raise LampError(f"{self._file}: {error.strerror}") from error

    def close(self) -> None:
        """Nothing stays open."""


class GpioSwitch:
    """One GPIO pin (BCM number) by gpiozero; opened when first switched, and again after a failure."""

    def __init__(self, pin: int, pins: Callable[[], Any], *, active_low: bool = False) -> None:
        self._pin = pin
        self._pins = pins
        self._active_high = not active_low
        self._device: Any = None

    def __call__(self, *, on: bool) -> None:
        """Switch; raises LampError."""
        try:
            if self._device is None:
                from gpiozero import DigitalOutputDevice  # noqa: PLC0415 - an extra: gates with other lamps lack it

                self._device = DigitalOutputDevice(
                    self._pin, active_high=self._active_high, initial_value=False, pin_factory=self._pins()
                )
            (self._device.on if on else self._device.off)()
        except Exception as error:  # gpiozero's, lgpio's and the system's own have no ancestor in common
            self.close()
            raise LampError(f"GPIO {self._pin}: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Let go of the pin."""
        if self._device is not None:
            try:
                self._device.close()
            except Exception as error:  # noqa: BLE001 - see above; a pin that is gone cannot be closed
                log.debug("GPIO %d: %r", self._pin, error)
            self._device = None


def board_pins() -> Any:
    """Return gpiozero's way to this board's pins through lgpio; raises what these raise where there are none."""
    global _board_pins  # noqa: PLW0603 - the board has one set of pins, whichever lane asks
    if _board_pins is None:
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - an extra, and it opens the chip when built

        _board_pins = LGPIOFactory()
    return _board_pins


_board_pins: Any = None
Switch = LedSwitch | GpioSwitch


class LampStack:
    """Implements `edge.ports.Light`: the lamp of the verdict steady, its sound once; `broken` hears of what fails."""

    def __init__(
        self,
        lamps: Mapping[Verdict, Switch],
        buzzer: Switch | None = None,
        broken: Callable[[bool], None] = lambda _broken: None,
    ) -> None:
        self._switches: dict[str, Switch] = dict(lamps) | ({BUZZER: buzzer} if buzzer is not None else {})
        self._lamps = tuple(lamps)
        self._broken_heard = broken
        self._broken: dict[str, str] = {}  # why, by switch
        self._shown: Verdict | None = None
        self._next: asyncio.TimerHandle | None = None  # of the sound or the trial that runs

    def show(self, verdict: Verdict | None) -> None:
        """Show a verdict; None is dark. The one lamp goes out before the other goes on."""
        new = verdict is not self._shown
        if new or self._next is None:
            self._stop()
            self._steady(verdict)
        self._shown = verdict
        if new and verdict is not None:
            self._sound(verdict)

    def try_lamps(self) -> bool:
        """Let each lamp blink in turn; a verdict ends it at once. True: there are lamps here."""
        self._stop()
        steps = [(lamp, on) for lamp in self._lamps for _ in range(TRY_BLINKS) for on in (True, False)]
        self._play([(lamp, on, TRY_BLINK_S) for lamp, on in steps])
        return True

    def try_buzzer(self) -> bool:
        """Sound once; a verdict ends it at once. True: there is a buzzer here."""
        self._stop()
        self._sound(Verdict.REFER)
        return BUZZER in self._switches

    def close(self) -> None:
        """Go dark and let go of the pins."""
        self._stop()
        self._steady(None)
        for switch in self._switches.values():
            switch.close()

    def _steady(self, verdict: Verdict | None) -> None:
        for lamp in self._lamps:
            if lamp is not verdict:
                self._switch(lamp, on=False)
        if verdict in self._switches:
            self._switch(verdict, on=True)
        elif BUZZER in self._switches:
            self._switch(BUZZER, on=False)  # dark is silent as well, whatever an earlier run left on

    def _sound(self, verdict: Verdict) -> None:
        if BUZZER in self._switches:
            self._play([(BUZZER, number % 2 == 0, length) for number, length in enumerate(BUZZES[verdict])])

    def _play(self, steps: Iterable[tuple[str, bool, float]]) -> None:
        """Switch step by step, each for its seconds; whatever was tried is off in the end."""
        left = iter(steps)

        def step() -> None:
            following = next(left, None)
            if following is None:
                self._stop()
                return
            switch, on, length_s = following
            self._switch(switch, on=on)
            self._next = asyncio.get_running_loop().call_later(length_s, step)

        step()

    def _stop(self) -> None:
        """End sound or trial: the buzzer is silent, the lamps show what they showed."""
        if self._next is None:
            return
        self._next.cancel()
        self._next = None
        if BUZZER in self._switches:
            self._switch(BUZZER, on=False)
        self._steady(self._shown)

    def _switch(self, name: str, *, on: bool) -> None:
        try:
            self._switches[name](on=on)
        except LampError as error:
            if name not in self._broken:  # said once: it is tried again with every verdict
                log.error("a lamp cannot be switched: %s", error)  # noqa: TRY400 - the cause is the text
            self._broken[name] = str(error)
        else:
            self._broken.pop(name, None)
        self._broken_heard(bool(self._broken))


class NoLight:
    """A lane without lamps: its screen is its light."""

    def show(self, verdict: Verdict | None) -> None:
        """Do nothing."""

    def try_lamps(self) -> bool:
        """Say that there are none."""
        return False

    def try_buzzer(self) -> bool:
        """Say that there is none."""
        return False

    def close(self) -> None:
        """Do nothing."""
