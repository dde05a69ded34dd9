"""`sealgate-edge doctor`: looks at everything a gate stands on, once, and says what to mend; nothing is changed.

A running agent owns its readers, its lamps and its session with the broker: then these are left alone. A broker may
give every client of a gate one session (`use_username_as_clientid`), so no other name would keep ours apart.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import time
from typing import TYPE_CHECKING

from edge.adapters import key as key_files
from edge.adapters.gps import GpsdLocator
from edge.adapters.nfc import NfcReader
from edge.adapters.picture_check import measure
from edge.app import broker_check, parts
from edge.app.found import Found, Level, mend
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

READER_S = 6.0
FIX_S = 5.0
ROOM_BYTES = 2 * 2**30


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
        yield _lamps(lane, running=running)
    yield await asyncio.to_thread(broker_check.look, settings, running=running)


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
        probe = folder / ".doctor"
        with probe.open("wb") as file:
            file.write(b"doctor")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return mend(
            "disk",
            "儲存空間無法寫入",
            f"{folder}: {error.strerror}",
            "檢查權限、掛載與儲存裝置",
            "Check rights, mount and device",
        )
    told = f"{free / 2**30:.1f} GiB"
    if free < ROOM_BYTES:
        return mend(
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
        return mend("gps", reason.zh, reason.en, reason.what_zh, reason.what_en)
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
        return mend("clock", reason.zh, reason.en, reason.what_zh, reason.what_en)
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
            return mend(
                "manifest",
                "尚無作業清單",
                f"no manifest: {said}",
                "檢查網路及雲端是否已登錄本閘道",
                "Check network and registration",
            )
        issued = in_force.manifest.issued.isoformat(timespec="minutes")
        if lapsed:
            return mend(
                "manifest", f"作業清單已逾期（{issued}）", f"expired, of {issued}", "檢查網路", "Check the network"
            )
        if store.unopened is not None:
            reason = REASONS["SECRETS-UNREAD"]
            return mend("manifest", reason.zh, reason.en, reason.what_zh, reason.what_en)
        count = len(in_force.manifest.expected)
        return Found(part="manifest", level="OK", zh=f"{issued} 起，{count} 筆", en=f"of {issued}, {count} movements")
    return Found(part="manifest", level="NOTE", zh="無金鑰，未檢查", en="not looked at: no key")


async def _camera(lane: Lane) -> Found:
    part = f"camera {lane.id}"
    try:
        camera = parts.camera(lane.camera)
    except SettingsError as error:
        return mend(part, "攝影機密碼檔無法讀取", str(error), "檢查密碼檔", "Check the password file")
    try:
        shot = await camera.take()
        found = findings(await asyncio.to_thread(measure, shot.jpeg), Limits())
    except CameraError as error:
        reason = REASONS[error.code]
        return mend(part, reason.zh, str(error), reason.what_zh, reason.what_en)
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
        return mend(part, reason.zh, f"{lane.reader}: {status.detail}", reason.what_zh, reason.what_en)
    return Found(part=part, level="OK", zh=f"讀取器 {status.detail}", en=status.detail or lane.reader)


def _lamps(lane: Lane, *, running: bool) -> Found:
    part = f"light {lane.id}"
    if lane.light is None:
        return Found(part=part, level="NOTE", zh="未設定燈號", en="no lamps are configured")
    if running:
        return Found(part=part, level="NOTE", zh="由執行中的代理程式使用", en="in use by the running agent")
    broken: list[bool] = []
    lamps = parts.light(lane.light, broken.append)
    try:
        lamps.show(None)
    finally:
        lamps.close()
    if any(broken):
        reason = REASONS["LIGHT-DOWN"]
        return mend(part, reason.zh, reason.en, reason.what_zh, reason.what_en)
    return Found(part=part, level="OK", zh="燈號可控制", en="lamps can be switched")


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1.0):
        return True
    return False
