"""What an emulator is made of: the tables of `emulator.toml`, checked when read.

Ports that are 0 are chosen by the system and told in `state.json` (see `process`).
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct

if TYPE_CHECKING:
    from pathlib import Path

Port = Annotated[int, Meta(ge=0, le=65535)]
Hex = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2})*$")]
CardId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$")]
LaneId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,16}$")]
Tamper = Literal["CC", "OO", "OC", "II", "NT"]  # TTPermStatus and TTCurrStatus as NTAG 424 DNA TT mirrors them
SEAL_URL = "https://seal.sealgate.example/s"


class ConfigError(ValueError):
    """The file cannot be used; the text says which setting is wrong."""


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class ReaderSettings(Table, frozen=True, kw_only=True):
    """One NFC reader: a PN532 on a pty (link `reader-<lane>` in the state directory) or nfcpy's UDP driver."""

    lane: LaneId
    kind: Literal["pn532", "udp"] = "pn532"
    port: Port = 0  # udp only


class CardSettings(Table, frozen=True, kw_only=True):
    """One card that can be held to a reader; of a `seal` also what it is fixed to, for the camera's picture."""

    id: CardId
    kind: Literal["ntag424", "ntag213", "uid", "odd"]
    uid: Hex
    label_zh: str
    label_en: str
    key: Hex = "00" * 16  # ntag424: the chip's own SDM file key (already diversified)
    meta_key: Hex = "00" * 16  # ntag424, encrypted mirror: SDM meta read key
    mirror: Literal["plain", "encrypted"] = "plain"
    url: str = SEAL_URL
    counter: Annotated[int, Meta(ge=0, le=2**24 - 1)] = 0
    tamper: Tamper = "CC"
    text: str = ""  # ntag213: NDEF text; empty gives a URI record with the UID
    container: str = ""
    seal_no: str = ""
    plate: str = ""


class GpsSettings(Table, frozen=True, kw_only=True):
    """The satellite receiver and the gpsd that reads it; `source` "own" speaks gpsd's protocol without gpsd."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    outside_lat: Annotated[float, Meta(ge=-90, le=90)] | None = None  # default: 0.02 degrees north of the yard
    outside_lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    source: Literal["auto", "gpsd", "own"] = "auto"
    port: Port = 0
    interval_s: Annotated[float, Meta(gt=0, le=10)] = 1.0
    state: Literal["inside", "outside", "nofix", "silent"] = "inside"


class CameraSettings(Table, frozen=True, kw_only=True):
    """The IP camera of every lane (`/lanes/<lane>/snapshot.jpg`) behind an HTTP digest login."""

    port: Port = 0
    user: str = "gate"
    password: str = "s3cret"  # noqa: S105 - of a camera that does not exist
    algorithm: Literal["MD5", "SHA-256"] = "SHA-256"
    width_px: Annotated[int, Meta(ge=320, le=3840)] = 1280
    height_px: Annotated[int, Meta(ge=180, le=2160)] = 720
    light: Literal["auto", "day", "night"] = "auto"  # auto: by the hour in Taipei
    place_zh: str = ""
    place_en: str = ""


class CableSettings(Table, frozen=True, kw_only=True):
    """One TCP way out of the gate: what connects to `port` here reaches `to_host`:`to_port` while the cable is up."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,20}$")]
    to_host: str = "127.0.0.1"
    to_port: Annotated[int, Meta(ge=1, le=65535)]
    port: Port = 0


class EmulatorSettings(Table, frozen=True, kw_only=True):
    """The whole file; everything listens on loopback only."""

    state_dir: str
    card_dir: str = ""  # where cards keep counter and tamper state; shared by emulators that a card travels between
    control_port: Port = 0
    readers: Annotated[tuple[ReaderSettings, ...], Meta(min_length=1, max_length=16)]
    cards: Annotated[tuple[CardSettings, ...], Meta(max_length=10_000)] = ()
    gps: GpsSettings | None = None
    camera: CameraSettings | None = None
    cables: Annotated[tuple[CableSettings, ...], Meta(max_length=16)] = ()


def read_settings(path: Path) -> EmulatorSettings:
    """Read `emulator.toml`; raises ConfigError with a sentence that names the place."""
    try:
        settings = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), EmulatorSettings)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error
    for kind, names in (
        ("lane", [reader.lane for reader in settings.readers]),
        ("card", [card.id for card in settings.cards]),
        ("cable", [cable.name for cable in settings.cables]),
    ):
        if len(set(names)) != len(names):
            raise ConfigError(f"{path}: two {kind}s have the same name: {', '.join(sorted(names))}")
    return settings
