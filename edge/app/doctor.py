"""`sealgate-edge doctor`: looks at everything a gate stands on, once, and says what to mend; nothing is changed.

A running agent owns its readers: then they are left alone and the agent is asked instead. The broker is asked under a
name of its own, so that the agent's session stays what it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge.adapters import key as key_files
from edge.adapters.gps import GpsdLocator
from edge.adapters.nfc import NfcReader
from edge.adapters.picture_check import measure
from edge.app import parts
from edge.clock import SystemClock, clock_fault
from edge.domain.picture import Limits, findings
from edge.ports import CameraError, ReaderStatus
from edge.settings import SettingsError
from edge.store.papers import PaperStore
from schemas.messages import Quality
from schemas.reasons import REASONS
from schemas.sealed import OpeningKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from edge.settings import Lane, Settings

Level = Literal["OK", "NOTE", "MEND"]
READER_S = 6.0
FIX_S = 5.0
BROKER_S = 5.0
ROOM_BYTES = 2 * 2**30


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one look found; `mend_*` says what to do, empty where all is well."""

    part: str
    level: Level
    zh: str
    en: str
    mend_zh: str = ""
    mend_en: str = ""


async def examine(settings: Settings) -> AsyncIterator[Found]:
    """Look at one part after the other: key, disk, clock, papers, receiver, cameras, readers, lamps, broker."""
    clock = SystemClock()
    yield _key(settings)
    yield await asyncio.to_thread(_disk, settings)
    locator = GpsdLocator(settings.gpsd.host, settings.gpsd.port, monotonic_s=clock.monotonic_s)
    clock.fix = locator.fix
    locator.start()
    try:
        yield await _receiver(locator)
        yield _clock(clock)
    finally:
        await locator.stop()
    yield _papers(settings, clock)
    running = await asyncio.to_thread(_answers, settings.kiosk.host, settings.kiosk.port)
    for lane in settings.lanes:
        yield await _camera(lane)
        yield await _reader(lane, clock, running=running)
        yield _lamps(lane)
    yield await asyncio.to_thread(_broker, settings)


def _key(settings: Settings) -> Found:
    try:
        key = key_files.load(settings.key_file)
    except key_files.KeyFileError as error:
        return Found(
            part="key",
            level="MEND",
            zh="閘道金鑰無法使用",
            en=str(error),
            mend_zh="依訊息修正，或以 sealgate-edge enrol 產生後向雲端登錄",
            mend_en="Mend it as said, or make one by `sealgate-edge enrol` and register it with the cloud",
        )
    return Found(part="key", level="OK", zh=f"閘道 {settings.gate} 金鑰 {key.kid}", en=f"key of {settings.gate}")


def _disk(settings: Settings) -> Found:
    """Write and flush a file where the records lie, and compare the room with what the outbox may need."""
    folder = settings.state_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        with probe.open("wb") as file:
            file.write(b"doctor")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return _mend(
            "disk",
            "儲存空間無法寫入",
            f"{folder}: {error.strerror}",
            "檢查權限、掛載與儲存裝置",
            "Check rights, mount and device",
        )
    told = f"{free / 2**30:.1f} GiB"
    if free < ROOM_BYTES:
        return _mend(
            "disk",
            f"可用空間僅 {told}",
            f"only {told} free",
            "恢復網路以便上傳，或換用較大裝置",
            "Let uploads go, or fit a larger device",
        )
    return Found(part="disk", level="OK", zh=f"可寫入，可用 {told}", en=f"can be written, {told} free")


async def _receiver(locator: GpsdLocator) -> Found:
    ends_s = time.monotonic() + FIX_S
    while (fix := locator.fix()).mode < 2 and time.monotonic() < ends_s:  # noqa: ASYNC110, PLR2004 - it is asked, it does not call; 2: 2D
        await asyncio.sleep(0.1)
    if fix.mode < 2:  # noqa: PLR2004
        reason = REASONS.get(fix.why) or REASONS["GPS-NO-FIX"]
        return _mend("gps", reason.zh, reason.en, reason.what_zh, reason.what_en)
    return Found(
        part="gps",
        level="OK",
        zh=f"已定位，衛星 {fix.satellites_used}/{fix.satellites_seen}",
        en=f"fix, satellites {fix.satellites_used} of {fix.satellites_seen}",
    )


def _clock(clock: SystemClock) -> Found:
    now = clock.now()
    code = clock_fault(now, clock.gps_offset_s())
    if code is not None:
        reason = REASONS[code]
        return _mend("clock", reason.zh, reason.en, reason.what_zh, reason.what_en)
    level: Level = "OK" if now.quality in {Quality.GNSS, Quality.NTP} else "NOTE"
    return Found(part="clock", level=level, zh=f"時鐘來源 {now.quality}", en=f"time by {now.quality}")


def _papers(settings: Settings, clock: SystemClock) -> Found:
    with contextlib.suppress(key_files.KeyFileError):
        opening = OpeningKey.of_signer(key_files.load(settings.key_file).seed)
        store = PaperStore(settings.state_dir / "papers", settings.gate, parts.pinned(settings), opening)
        refusal = store.load()
        in_force, lapsed = store.current(clock.now())
        if in_force is None:
            said = refusal or "none"
            return _mend(
                "manifest",
                "尚無作業清單",
                f"no manifest: {said}",
                "檢查網路及雲端是否已登錄本閘道",
                "Check network and registration",
            )
        issued = in_force.manifest.issued.isoformat(timespec="minutes")
        if lapsed:
            return _mend(
                "manifest", f"作業清單已逾期（{issued}）", f"expired, of {issued}", "檢查網路", "Check the network"
            )
        if store.unopened is not None:
            reason = REASONS["SECRETS-UNREAD"]
            return _mend("manifest", reason.zh, reason.en, reason.what_zh, reason.what_en)
        count = len(in_force.manifest.expected)
        return Found(part="manifest", level="OK", zh=f"{issued} 起，{count} 筆", en=f"of {issued}, {count} movements")
    return Found(part="manifest", level="NOTE", zh="無金鑰，未檢查", en="not looked at: no key")


async def _camera(lane: Lane) -> Found:
    part = f"camera {lane.id}"
    try:
        camera = parts.camera(lane.camera)
    except SettingsError as error:
        return _mend(part, "攝影機密碼檔無法讀取", str(error), "檢查密碼檔", "Check the password file")
    try:
        shot = await camera.take()
        found = findings(await asyncio.to_thread(measure, shot.jpeg), Limits())
    except CameraError as error:
        reason = REASONS[error.code]
        return _mend(part, reason.zh, str(error), reason.what_zh, reason.what_en)
    finally:
        await camera.close()
    if found:
        reason = REASONS[found[0]]
        return Found(
            part=part, level="NOTE", zh=reason.zh, en=reason.en, mend_zh=reason.what_zh, mend_en=reason.what_en
        )
    size = f"{shot.width_px} x {shot.height_px}"
    return Found(part=part, level="OK", zh=f"影像 {size}", en=f"a picture of {size}")


async def _reader(lane: Lane, clock: SystemClock, *, running: bool) -> Found:
    part = f"reader {lane.id}"
    if running:
        return Found(
            part=part,
            level="NOTE",
            zh="由執行中的代理程式使用，見車道畫面",
            en="in use by the running agent: see its page",
        )
    came: asyncio.Queue[ReaderStatus] = asyncio.Queue()
    reader = NfcReader(lane.reader, monotonic_s=clock.monotonic_s)
    reader.start(lambda event: came.put_nowait(event) if isinstance(event, ReaderStatus) else None)
    try:
        async with asyncio.timeout(READER_S):
            status = await came.get()
    except TimeoutError:
        status = ReaderStatus(up=False, detail="no answer")
    finally:
        await reader.stop()
    if not status.up:
        reason = REASONS["READER-DOWN"]
        return _mend(part, reason.zh, f"{lane.reader}: {status.detail}", reason.what_zh, reason.what_en)
    return Found(part=part, level="OK", zh=f"讀取器 {status.detail}", en=status.detail or lane.reader)


def _lamps(lane: Lane) -> Found:
    part = f"light {lane.id}"
    if lane.light is None:
        return Found(part=part, level="NOTE", zh="未設定燈號", en="no lamps are configured")
    broken: list[bool] = []
    lamps = parts.light(lane.light, broken.append)
    try:
        lamps.show(None)
    finally:
        lamps.close()
    if any(broken):
        reason = REASONS["LIGHT-DOWN"]
        return _mend(part, reason.zh, reason.en, reason.what_zh, reason.what_en)
    return Found(part=part, level="OK", zh="燈號可控制", en="lamps can be switched")


def _broker(settings: Settings) -> Found:
    """Connect under a name of our own; the agent's session and its will are not touched."""
    mqtt, said = settings.mqtt, list[str]()
    try:
        target = parts.target(settings, lambda: ("", b""))
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"{settings.gate}-doctor", protocol=paho.MQTTv5)
        if target.tls is not None:
            client.tls_set_context(target.tls)
        if target.username is not None:
            client.username_pw_set(target.username, target.password)
        client.on_connect = lambda _client, _data, _flags, reason, _properties: said.append(str(reason))
        client.connect_timeout = BROKER_S
        client.connect(mqtt.host, mqtt.port, keepalive=10)
        ends_s = time.monotonic() + BROKER_S
        while not said and time.monotonic() < ends_s:
            client.loop(0.1)
        client.disconnect()
    except ssl.SSLError as error:
        return _mend(
            "broker", "TLS 憑證不符", str(error), "檢查 CA 與閘道憑證及時鐘", "Check authority, certificate and clock"
        )
    except (OSError, SettingsError, ValueError) as error:
        place = f"{mqtt.host}:{mqtt.port}"
        return _mend(
            "broker",
            f"無法連線 {place}",
            f"{place}: {error}",
            "檢查網路、位址與防火牆",
            "Check network, address and firewall",
        )
    if said[:1] != ["Success"]:
        refused = said[0] if said else "no answer"
        return _mend(
            "broker",
            f"伺服器拒絕：{refused}",
            f"refused: {refused}",
            "檢查帳號、密碼與權限",
            "Check user, password and rights",
        )
    return Found(part="broker", level="OK", zh="可連線登入", en="connected and signed in")


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1.0):
        return True
    return False


def _mend(part: str, zh: str, en: str, mend_zh: str, mend_en: str) -> Found:
    return Found(part=part, level="MEND", zh=zh, en=en, mend_zh=mend_zh, mend_en=mend_en)
