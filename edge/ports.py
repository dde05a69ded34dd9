"""What the edge flows need from hardware and network: values, and interfaces with a real and a simulated side.

Nothing here imports a driver; `edge.adapters` implements these, `edge.app` joins them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from schemas.messages import EventTime, Verdict


NDEF_BYTES_MAX = 1024  # as the contract carries it; a seal of ours has at most 258


@dataclass(frozen=True, kw_only=True)
class Tap:
    """One presentation of a card. `torn`: the card left or the link broke; never to be read as "no seal" (R-060)."""

    uid: str  # upper-case hex; empty if torn before the UID was known
    chip: Literal["NTAG424", "NTAG213", "OTHER"]
    outcome: Literal["READ", "UID_ONLY", "TORN"]
    ndef: bytes | None  # exact bytes of the NDEF message, the first NDEF_BYTES_MAX of them; None unless READ
    seen_mono_s: float  # monotonic clock at detection
    read_s: float  # what the driver needed


@dataclass(frozen=True, kw_only=True)
class ReaderStatus:
    """The reader came up or went away; `detail` is for the log and the technician, not for the driver."""

    up: bool
    detail: str


@dataclass(frozen=True, kw_only=True)
class Fix:
    """Last word of the receiver; unknown accuracy is None, never 0."""

    mode: int  # 0/1 no fix, 2 2D, 3 3D
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None  # radius of the 95 % circle
    gps_time: datetime | None = None
    fresh_mono_s: float = 0.0  # monotonic clock when gps_time last advanced
    why: str = ""  # why there is no fix: a fault code of schemas.reasons
    satellites_seen: int | None = None  # None: the receiver does not tell
    satellites_used: int | None = None


@dataclass(frozen=True, kw_only=True)
class Board:
    """What the computer tells of itself; None where this board does not tell."""

    temperature_c: float | None = None
    under_voltage: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture as the camera sent it."""

    jpeg: bytes
    width_px: int
    height_px: int


class CameraError(Exception):
    """No usable picture; `code` is a fault code of schemas.reasons (CAM-…), the text is for the technician."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Reader(Protocol):
    """An NFC reader that owns its device, survives unplugging and never stops on an odd card."""

    def start(self, on_event: Callable[[Tap | ReaderStatus], None]) -> None:
        """Begin to sense; events arrive on the caller's asyncio loop."""

    async def stop(self) -> None:
        """Close the device and end the thread."""


class Locator(Protocol):
    """A satellite receiver; asking never blocks."""

    def fix(self) -> Fix:
        """Return the last fix known."""


class Camera(Protocol):
    """A lane camera."""

    async def take(self) -> Shot:
        """Return one picture, or raise CameraError within the configured time."""


class Examiner(Protocol):
    """An eye on a lane's pictures; what it finds is a hint, never a verdict."""

    async def examine(self, jpeg: bytes) -> tuple[str, ...]:
        """Return what is wrong with a picture, as PICTURE-… codes, worst first."""

    def next_vehicle(self) -> None:
        """Say that the pictures to come are of another vehicle."""

    def number_on(self, sha256: str) -> str | None:
        """Return the container number read from a picture by now, None where there is none."""


class Light(Protocol):
    """Lamp stack and buzzer of a lane."""

    def show(self, verdict: Verdict | None) -> None:
        """Show a verdict; None is dark."""

    def try_lamps(self) -> bool:
        """Let each lamp blink, for the technician, until a verdict is shown; False: there is none."""

    def try_buzzer(self) -> bool:
        """Let the buzzer sound once; False: there is none."""

    def close(self) -> None:
        """Go dark and let go of the devices."""


class Clock(Protocol):
    """The only source of time (real or virtual)."""

    def now(self) -> EventTime:
        """Wall-clock time with its quality and error bound."""

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One downward message."""

    topic: str
    payload: bytes
    retained: bool = False


class LinkDownError(Exception):
    """The link is not up, was lost, or refused the message; `code` is a fault code of schemas.reasons (LINK-…)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(kw_only=True)
class LinkEvents:
    """Callbacks of a Link, all on the agent's loop."""

    on_up: Callable[[], None] = field(default=lambda: None)
    on_down: Callable[[str], None] = field(default=lambda _code: None)
    on_delivery: Callable[[Delivery], None] = field(default=lambda _delivery: None)


class Link(Protocol):
    """The way to the broker (MQTT 5, persistent session). Real: paho. Simulated: a lossy broker in virtual time."""

    @property
    def up(self) -> bool:
        """Whether a session stands."""

    def start(self, events: LinkEvents) -> None:
        """Connect and stay connected, with jittered back-off."""

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Return once the broker has it (PUBACK without error); raise LinkDownError otherwise."""

    async def stop(self) -> None:
        """Say good-bye and close."""
