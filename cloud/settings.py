"""Everything an operator may set, read from one TOML file; each error names the key and says what it should be.

deploy/cloud.example.toml shows every key. Secrets stand in files of their own, named here.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Port = Annotated[int, Meta(ge=0, le=65_535)]
Hours = Annotated[float, Meta(gt=0, le=24 * 366)]

Local = Literal["auto", "mosquitto", "embedded"]

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
SECRET_BYTES_MAX = 4096
SECRET_CHARS_MIN = 16


class SettingsError(Exception):
    """The settings cannot be used; the text is for the operator."""


class Mqtt(Struct, frozen=True, forbid_unknown_fields=True):
    """The broker; without a host the cloud starts one of its own on `port` (0: any free one), on loopback."""

    host: str = ""
    port: Port = 1883
    local: Local = "auto"  # which one to start: mosquitto where it is installed, else the embedded one
    username: str = ""
    password_file: str = ""
    ca_file: str = ""  # set: TLS, and only a broker certified by this authority
    cert_file: str = ""
    key_file: str = ""
    client_id: str = "sealgate-cloud"  # the processes add their own ending; one installation, one id


class Web(Struct, frozen=True, forbid_unknown_fields=True):
    """Where pages and REST API are served; put a TLS proxy in front for anything but loopback."""

    host: str = "127.0.0.1"
    port: Port = 8080
    hosts: tuple[str, ...] = ()  # names people and systems call us by, beside loopback and `host`; without a port
    token_file: str = "token"  # noqa: S105 -- bearer token of the REST API; made at the first start if it is missing
    body_max_bytes: Annotated[int, Meta(ge=1024)] = 1_048_576  # of a REST request; photos have their own limit

    @property
    def host_names(self) -> frozenset[str]:
        """Every name a request may be addressed to, as a Host header has it: an IPv6 address in brackets."""
        own = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset({*LOOPBACK_NAMES, own, *self.hosts})


class Keys(Struct, frozen=True, forbid_unknown_fields=True):
    """Key files, readable by the cloud's user only."""

    signing_file: str = "cloud.key"  # 32-byte seed, base64url; made at the first start if it is missing
    vault_file: str = "vault.key"  # opens personal data at rest; made at the first start, kept apart from backups
    papers_file: str = "papers.key"  # opens drivers' papers; made at the first start, kept apart from backups
    seal_file: str = "seals.key"  # sealed file of the seals' master keys; `sealgate-cloud seal-keys` writes it


class Photos(Struct, frozen=True, forbid_unknown_fields=True):
    """Where pictures go and how many may wait for the event that names them."""

    dir: str = "photos"
    size_max_bytes: Annotated[int, Meta(ge=1, le=24 * 2**20)] = 24 * 2**20  # a driver's paper is larger by a third
    unclaimed_max: Annotated[int, Meta(ge=1)] = 200  # per gate
    unclaimed_keep_days: Annotated[float, Meta(ge=4)] = 30.0  # a gate may be cut off for 72 h and catch up


class Documents(Struct, frozen=True, forbid_unknown_fields=True):
    """Where documents go, and how long personal ones stay when their purpose is over (D5)."""

    dir: str = "documents"
    size_max_bytes: Annotated[int, Meta(ge=1, le=32 * 2**20)] = 16 * 2**20
    personal_keep_days: Annotated[float, Meta(ge=1)] = 180.0  # after a hold is closed
    unclaimed_keep_days: Annotated[float, Meta(ge=1)] = 7.0  # one that nothing came to rest on


class Identity(Struct, frozen=True, forbid_unknown_fields=True):
    """The single window (單一窗口) that says who logged in by which certificate (R-013)."""

    window_key_file: str = ""  # its public key, 32 bytes base64url; empty: no specialist can be enrolled


class Manifests(Struct, frozen=True, forbid_unknown_fields=True):
    """How long a gate may rest on its last manifest; well above the 72 h it must work alone (R-111)."""

    lifetime_h: Hours = 168.0


class Accounts(Struct, frozen=True, forbid_unknown_fields=True):
    """How long a person stays signed in."""

    idle_min: Annotated[float, Meta(ge=1, le=24 * 60)] = 30.0  # without a request; a watched board counts as one
    longest_h: Annotated[float, Meta(gt=0, le=72)] = 12.0  # however busy
    secure_cookie: bool = False  # True behind a TLS proxy: the browser sends the session over TLS only


class Inbox(Struct, frozen=True, forbid_unknown_fields=True):
    """Messages of customs and files of orders: how large one may be, and a folder that is watched for them."""

    dir: str = ""  # empty: none is watched; writers put files there under another name and rename them
    sender: str = "customs"  # who writes there: no message says so itself
    message_max_bytes: Annotated[int, Meta(ge=1024, le=64 * 2**20)] = 8 * 2**20


class TimeSeries(Struct, frozen=True, forbid_unknown_fields=True):
    """An InfluxDB 2 server that gets the series as well; without `url` none does."""

    url: str = ""
    org: str = "sealgate"
    bucket: str = "sealgate"
    token_file: str = ""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; relative paths are taken from `state_dir`."""

    state_dir: str
    database: str = ""  # sqlite:///… or postgresql://…; empty: SQLite in state_dir
    mqtt: Mqtt = Mqtt()
    web: Web = Web()
    keys: Keys = Keys()
    accounts: Accounts = Accounts()
    photos: Photos = Photos()
    documents: Documents = Documents()
    identity: Identity = Identity()
    manifests: Manifests = Manifests()
    inbox: Inbox = Inbox()
    timeseries: TimeSeries = TimeSeries()

    def path(self, name: str) -> Path:
        """Resolve a path of the file."""
        return Path(self.state_dir) / name

    @property
    def database_url(self) -> str:
        """The database, with the default filled in."""
        return self.database or f"sqlite:///{self.path('cloud.db').resolve()}"


def load(path: Path) -> Settings:
    """Read the file; SettingsError says which key is wrong and why."""
    try:
        text = path.read_text(encoding="utf-8")
        settings = msgspec.convert(tomllib.loads(text), Settings)
    except FileNotFoundError as error:
        raise SettingsError(f"no settings file at {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}") from error
    if not Path(settings.state_dir).is_absolute():
        settings = msgspec.structs.replace(settings, state_dir=str((path.parent / settings.state_dir).resolve()))
    return settings


def read_secret(path: Path) -> str:
    """Read a one-line secret; SettingsError where it is missing, too short, or readable by everybody."""
    try:
        if path.stat().st_mode & 0o007:
            raise SettingsError(f"{path} is open to every user: chmod o-rwx it")
        secret = path.read_text(encoding="ascii")[:SECRET_BYTES_MAX].strip()
    except FileNotFoundError as error:
        raise SettingsError(f"no secret at {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    if len(secret) < SECRET_CHARS_MIN:
        raise SettingsError(f"{path} holds fewer than {SECRET_CHARS_MIN} characters")
    return secret
