"""Makes from settings what the agent is built of: stores on disk, the broker's address, trust, lamps."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from edge.adapters.camera import CommandCamera, HttpCamera
from edge.adapters.light import GpioSwitch, LampStack, LedSwitch, NoLight, board_pins
from edge.adapters.mqtt import Target
from edge.settings import secret
from edge.store.commands import CommandStore
from edge.store.opening import open_records
from edge.store.papers import PaperStore
from edge.store.photos import PhotoStore
from schemas import topics
from schemas.envelope import VerifyingKey
from schemas.messages import Verdict
from schemas.sealed import OpeningKey

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from edge.domain.identity import Identity
    from edge.ports import Clock, Light
    from edge.settings import CameraSettings, LightSettings, Mqtt, Settings
    from edge.store.opening import Opened


@dataclass(kw_only=True)
class Stores:
    """What stands on the gate's disk."""

    opened: Opened
    papers: PaperStore
    photos: PhotoStore
    commands: CommandStore


async def open_stores(settings: Settings, identity: Identity, clock: Clock, chance: random.Random) -> Stores:
    """Open what stands on disk; raises NotStoredError where the disk refuses."""
    state, limits = settings.state_dir, settings.outbox
    opened = await open_records(
        state / "outbox" / "outbox.db", settings.high_water, identity, clock.now, limits.bytes_max, chance=chance
    )
    key, age_max_s = OpeningKey.of_signer(identity.key.seed), settings.manifest.age_max_s
    papers = PaperStore(state / "papers", settings.gate, pinned(settings), key, age_max_s)
    refusal = papers.load()
    if refusal is not None:
        opened.faults.append("PAPERS-REFUSED")
    photos = PhotoStore(state / "photos", opened.database, limits.photo_bytes_max, clock.now)
    await photos.load(sweep="STORE-DAMAGED" not in opened.faults)
    return Stores(opened=opened, papers=papers, photos=photos, commands=CommandStore(opened.database))


def pinned(settings: Settings) -> Callable[[str], VerifyingKey | None]:
    """Return the finder of the cloud's keys; ValueError for a key that is none."""
    keys = {key.kid: key for key in map(VerifyingKey.from_jwk, settings.cloud.pinned_keys)}
    return keys.get


def target(settings: Settings, will: Callable[[], tuple[str, bytes]]) -> Target:
    """Return where the link connects, as whom, and what it listens to."""
    mqtt, gate = settings.mqtt, settings.gate
    return Target(
        host=mqtt.host,
        port=mqtt.port,
        client_id=gate,
        subscriptions=(topics.receipt(gate), topics.manifest(gate), topics.command(gate)),
        will=will,
        keepalive_s=mqtt.keepalive_s,
        session_expiry_s=mqtt.session_expiry_s,
        will_delay_s=mqtt.will_delay_s,
        tls=_mutual_trust(mqtt),
        username=mqtt.username,
        password=secret(mqtt.password_file),
    )


def _mutual_trust(mqtt: Mqtt) -> ssl.SSLContext | None:
    if mqtt.tls is None:
        return None
    context = ssl.create_default_context(cafile=mqtt.tls.ca_file)
    if mqtt.tls.cert_file is not None:
        context.load_cert_chain(mqtt.tls.cert_file, mqtt.tls.key_file)
    return context


def trust(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return the trust in a private authority; None for the system's roots."""
    return ssl.create_default_context(cafile=ca_file) if ca_file is not None else None


def light(settings: LightSettings | None, broken: Callable[[bool], None] = lambda _broken: None) -> Light:
    """Return a lane's lamps, where it has some; `broken` hears whether one of them cannot be switched."""
    if settings is None:
        return NoLight()
    if settings.gpio is not None:
        gpio = settings.gpio
        pin = partial(GpioSwitch, pins=board_pins, active_low=gpio.active_low)
        on_pins = {Verdict.GO: pin(gpio.go), Verdict.STOP: pin(gpio.stop), Verdict.REFER: pin(gpio.refer)}
        return LampStack(on_pins, pin(gpio.buzzer) if gpio.buzzer is not None else None, broken)
    folders = {Verdict.GO: settings.go, Verdict.STOP: settings.stop, Verdict.REFER: settings.refer}
    lamps = {verdict: LedSwitch(folder) for verdict, folder in folders.items() if folder is not None}
    return LampStack(lamps, LedSwitch(settings.buzzer) if settings.buzzer is not None else None, broken)


def camera(settings: CameraSettings) -> HttpCamera | CommandCamera:
    """Return a lane's camera: of the network, or of this machine; raises SettingsError for a password unread."""
    if settings.command is not None:
        return CommandCamera(settings.command, timeout_s=settings.timeout_s)
    assert settings.url is not None, "a camera has one or the other"  # noqa: S101 - held by the settings
    password = secret(settings.password_file) or ""
    return HttpCamera(settings.url, user=settings.user, password=password, timeout_s=settings.timeout_s)
