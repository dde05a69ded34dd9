"""The settings of one gate, read from TOML: every field with its unit and default.

firmware-config/gate.example.toml explains each.
The only reader of the environment. A wrong file is refused whole, with the place and what was expected there.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from schemas.messages import GateId

if TYPE_CHECKING:
    from collections.abc import Callable

Port = Annotated[int, Meta(ge=1, le=65_535)]
Positive = Annotated[float, Meta(gt=0)]
PositiveInt = Annotated[int, Meta(ge=1)]
Pin = Annotated[int, Meta(ge=0, le=27)]
LaneId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,16}$")]
Proven = Literal["SEAL_OUT_E", "SEAL_OUT_P", "ARRIVE", "READ_CONFIRM_OUT", "READ_CONFIRM_IN", "MAKEUP_ARRIVE", "SCRAP"]
LANES_MAX = 16
SETTINGS_BYTES_MAX = 1_000_000


class SettingsError(Exception):
    """The configuration file cannot be used; the text says where and why."""


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: an unknown key is a misspelt one and refused."""


class Cloud(_Table, frozen=True, kw_only=True):
    """Whose word counts: public JWKs of the keys that sign manifests, receipts and commands."""

    pinned_keys: Annotated[tuple[dict[str, str], ...], Meta(min_length=1, max_length=8)]


class Tls(_Table, frozen=True, kw_only=True):
    """TLS towards the broker; with `cert_file` and `key_file` the gate proves itself (mTLS)."""

    ca_file: Path | None = None  # None: the system's roots
    cert_file: Path | None = None
    key_file: Path | None = None


class Mqtt(_Table, frozen=True, kw_only=True):
    """The broker (MQTT 5)."""

    host: str
    port: Port = 8883
    tls: Tls | None = None
    username: str | None = None
    password_file: Path | None = None
    keepalive_s: Annotated[int, Meta(ge=2, le=60)] = 4  # a dead link shows after twice this
    connect_timeout_s: Positive = 2.5  # TCP, TLS and CONNACK together
    retry_delay_max_s: Positive = 1.5
    session_expiry_s: PositiveInt = 7 * 86_400
    will_delay_s: Annotated[int, Meta(ge=0, le=3600)] = 10


class Http(_Table, frozen=True, kw_only=True):
    """Where pictures go."""

    upload_url: str  # without /api/v1
    timeout_s: Positive = 30.0  # of each exchange
    ca_file: Path | None = None
    bytes_per_s_max: Annotated[float, Meta(ge=1024)] | None = None  # what pictures may take of a thin line; None: all


class CameraSettings(_Table, frozen=True, kw_only=True):
    """Either an IP camera with an HTTP snapshot (digest login), or a command that writes one JPEG to its output."""

    url: str | None = None
    command: Annotated[tuple[str, ...], Meta(min_length=1, max_length=64)] | None = None  # program and arguments
    user: str | None = None
    password_file: Path | None = None
    timeout_s: Positive = 3.0

    def __post_init__(self) -> None:
        """Refuse a camera of both kinds or of none; ValueError says which."""
        if (self.url is None) == (self.command is None):
            raise ValueError("a camera has either `url` or `command`")
        if self.command is not None and (self.user is not None or self.password_file is not None):
            raise ValueError("`user` and `password_file` belong to a camera with `url`")


class PictureSettings(_Table, frozen=True, kw_only=True):
    """When a lane's picture is found wanting (edge.domain.picture), and whether a machine reads the number on it."""

    sharpness_min: Annotated[float, Meta(ge=0)] = 30.0  # variance of the Laplacian
    mean_min: Annotated[float, Meta(ge=0, le=255)] = 18.0  # grey value
    flat_max: Annotated[float, Meta(gt=0, le=1)] = 0.7  # share of tiles that hardly vary
    glare_max: Annotated[float, Meta(gt=0, le=1)] = 0.6  # share of pixels that are all but white
    difference_min: Annotated[int, Meta(ge=0, le=255)] = 20  # of grey values, to the vehicle before
    read_number: bool = False  # needs the extra `ocr`


class GpioSettings(_Table, frozen=True, kw_only=True):
    """Lamps on GPIO pins of the board, by their BCM numbers; needs the extra `gpio`."""

    go: Pin
    stop: Pin
    refer: Pin
    buzzer: Pin | None = None
    active_low: bool = False  # a relay board that closes on a low pin

    @property
    def pins(self) -> tuple[int, ...]:
        """Every pin in use."""
        return tuple(pin for pin in (self.go, self.stop, self.refer, self.buzzer) if pin is not None)


class LightSettings(_Table, frozen=True, kw_only=True):
    """Lamps as LED class devices of the kernel (dtoverlay=gpio-led), directories under /sys/class/leds; or `gpio`."""

    go: Path | None = None
    stop: Path | None = None
    refer: Path | None = None
    buzzer: Path | None = None
    gpio: GpioSettings | None = None

    def __post_init__(self) -> None:
        """Refuse lamps of both kinds, or of neither whole; ValueError says which."""
        leds = (self.go, self.stop, self.refer, self.buzzer)
        if self.gpio is not None and any(leds):
            raise ValueError("lamps are either LED devices or `gpio` pins")
        if self.gpio is None and not all(leds[:3]):
            raise ValueError("LED devices are needed for `go`, `stop` and `refer`")

    @property
    def kind(self) -> str:
        """How the lamps are switched."""
        return "led" if self.gpio is None else "gpio"


class Lane(_Table, frozen=True, kw_only=True):
    """One reader with its camera."""

    id: LaneId
    reader: str  # "tty:/dev/ttyAMA0:pn532", "usb:054c:06c3", "udp:127.0.0.1:54321"
    camera: CameraSettings
    direction: Literal["OUT", "IN"] | None = None  # None: both
    light: LightSettings | None = None
    picture: PictureSettings = field(default_factory=PictureSettings)


class Gpsd(_Table, frozen=True, kw_only=True):
    """The satellite receiver's daemon."""

    host: str = "127.0.0.1"
    port: Port = 2947
    age_max_s: Positive = 5.0  # an older fix confirms nothing


Voice = Literal["off", "tones", "speech"]


class Kiosk(_Table, frozen=True, kw_only=True):
    """The pages for a lane's two screens; loopback only."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080  # 0: the system chooses and the log tells
    palette: Literal["auto", "day", "night"] = "auto"  # auto: night from 18 to 6 h in Taipei
    voice: Voice = "tones"  # of the driver's screen at a verdict; speech needs a voice installed for the browser


class Manifest(_Table, frozen=True, kw_only=True):
    """How far the cloud's manifest is relied on."""

    age_max_s: Positive = 345_600.0  # 96 h: renewed daily by the cloud, and 72 h alone


class Session(_Table, frozen=True, kw_only=True):
    """How long a lane waits for people."""

    signed_in_s: Positive = 120.0
    step_s: Positive = 180.0  # each of checks, photo and confirmation
    verdict_s: Positive = 30.0
    location_tag_valid_s: Positive = 600.0
    pin_for: Annotated[tuple[Proven, ...], Meta(max_length=8)] = ("MAKEUP_ARRIVE", "SCRAP")  # acts that ask the PIN


class Outbox(_Table, frozen=True, kw_only=True):
    """Store-and-forward limits."""

    bytes_max: Annotated[int, Meta(ge=1_048_576)] = 512 * 2**20
    received_keep_days: Positive = 14.0  # so that a restored cloud can ask again; freed first when space is needed
    photo_bytes_max: Annotated[int, Meta(ge=1_048_576)] = 4 * 2**30
    photo_keep_h: Positive = 72.0  # of pictures already uploaded
    backlog_messages_max: PositiveInt = 50  # under way without receipt, where receipts come promptly
    live_messages_max: PositiveInt = 4  # in flight, on top: what happens now never waits behind the backlog
    backlog_records_per_s: Positive = 5_000.0
    receipt_wait_s: Positive = 10.0  # then the records are sent again
    receipt_wait_max_s: Positive = 300.0


class Telemetry(_Table, frozen=True, kw_only=True):
    """The heartbeat."""

    every_s: Positive = 10.0


class Simulation(_Table, frozen=True, kw_only=True):
    """Only with this table do the simulator strip and its routes exist."""

    control_url: str


class Settings(_Table, frozen=True, kw_only=True):
    """One gate."""

    gate: GateId
    state_dir: Path
    key_file: Path
    cloud: Cloud
    mqtt: Mqtt
    http: Http
    lanes: Annotated[tuple[Lane, ...], Meta(min_length=1, max_length=LANES_MAX)]
    high_water_file: Path | None = None  # None: beside the key, outside the database's directory
    gpsd: Gpsd = field(default_factory=Gpsd)
    kiosk: Kiosk = field(default_factory=Kiosk)
    manifest: Manifest = field(default_factory=Manifest)
    session: Session = field(default_factory=Session)
    outbox: Outbox = field(default_factory=Outbox)
    telemetry: Telemetry = field(default_factory=Telemetry)
    simulation: Simulation | None = None

    @property
    def high_water(self) -> Path:
        """Where the high-water mark of the chain lies."""
        return self.high_water_file or self.key_file.with_name(f"{self.gate}.high-water")


def load(path: Path) -> Settings:
    """Read a file; relative paths count from it; raises SettingsError."""
    try:
        raw = path.read_bytes()[:SETTINGS_BYTES_MAX]
        settings = msgspec.convert(tomllib.loads(raw.decode()), Settings, dec_hook=_paths_from(path.resolve().parent))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}") from error
    lanes = [lane.id for lane in settings.lanes]
    if len(set(lanes)) != len(lanes):
        raise SettingsError(f"{path}: two lanes have the same id")
    pins = [pin for lane in settings.lanes if lane.light and lane.light.gpio for pin in lane.light.gpio.pins]
    if len(set(pins)) != len(pins):
        raise SettingsError(f"{path}: a GPIO pin is named twice")
    return settings


def _paths_from(folder: Path) -> Callable[[type, Any], Any]:
    def convert(kind: type, value: object) -> object:
        if kind is Path and isinstance(value, str):
            return folder / value
        raise TypeError(f"expected a path as text, got {value!r}")  # msgspec adds where

    return convert


def secret(path: Path | None) -> str | None:
    """Read a password file, without its line end; raises SettingsError."""
    if path is None:
        return None
    try:
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error


def notify_socket() -> str | None:
    """Return the address on which systemd listens for READY and WATCHDOG (sd_notify(3)), if any."""
    return os.environ.get("NOTIFY_SOCKET")  # noqa: TID251 - this is the place for it
