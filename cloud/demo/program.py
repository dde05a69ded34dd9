"""Runs the demo: starts every process, enters what a user's systems would, says where to look, stops it all again."""

from __future__ import annotations

import contextlib
import fcntl
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from cloud.adapters.mqtt import Publisher, PublishError
from cloud.app.keys import signing_key
from cloud.app.link import endpoint
from cloud.app.processes import prepare
from cloud.app.supervisor import Child, Supervisor, stop_on_signals
from cloud.clock import monotonic_s, now_ms
from cloud.demo import entries, files, past, visitors
from cloud.demo.files import DemoError
from cloud.demo.town import DESTINATION, LOADS, ORIGIN, YARDS, Yard
from cloud.settings import SettingsError, load, read_secret
from schemas import topics
from schemas.envelope import join_batch

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cloud.demo.files import Layout
    from cloud.settings import Local

    Until = Callable[[str, Callable[[], object]], None]

WAIT_S = 60.0
POLL_S = 0.1
RESEND_S = 3.0
LOOK_S = 0.5
BOOTS = {ORIGIN.past_gate: "0000000000000001", DESTINATION.past_gate: "0000000000000002"}


def run(folder: Path, *, fresh: bool, broker: Local = "auto") -> None:
    """Run the demo in `folder` until Ctrl-C; DemoError says what went wrong."""
    stop = stop_on_signals()
    with _alone(folder):
        files.open_folder(folder, fresh=fresh)
        layout = files.choose_ports(folder)
        files.write_cloud(layout, broker)
        settings = load(layout.cloud_config)
        try:
            prepare(settings)
        except SettingsError as error:  # an earlier version left its database here
            raise DemoError(str(error)) from error
        jwk = signing_key(settings.path(settings.keys.signing_file)).public_jwk
        for yard in YARDS:
            files.write_gate(layout, yard, jwk)
        everything = Supervisor([*_cloud(layout), *_gates(layout)])
        api = entries.Api(layout.board_url, read_secret(settings.path(settings.web.token_file)))
        try:
            _raise_it(layout, everything, api, stop)
            _say_where(layout, visitors.admit(settings, files.password(layout)))
            while not stop.wait(LOOK_S):
                everything.look()
        except _StoppedError:
            pass
        finally:
            api.close()
            _say("停止中 · stopping")
            everything.stop()


class _StoppedError(Exception):
    """Ctrl-C before everything stood."""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: two demos in it would write over each other."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DemoError(f"示範已在 {folder} 執行中 · a demo is running in {folder} already") from error
        yield


def _child(layout: Layout, name: str, rank: int, *command: str) -> Child:
    log_file = str(layout.folder / "log" / f"{name}.log")
    return Child(name=name, command=(sys.executable, "-m", *command), rank=rank, log_file=log_file)


def _cloud(layout: Layout) -> list[Child]:
    config = str(layout.cloud_config)
    ranks = {"broker": 0, "ingest": 1, "work": 1, "web": 1}
    return [_child(layout, name, rank, "cloud", name, "--config", config) for name, rank in ranks.items()]


def _gates(layout: Layout) -> list[Child]:
    children = []
    for yard in YARDS:
        folder = layout.gate_folder(yard)
        name = yard.gate.lower()
        for rank, command, config in ((2, "emulate", "emulator.toml"), (3, "run", "gate.toml")):
            child = _child(layout, f"{name}-{command}", rank, "edge", command, "--config", str(folder / config))
            children.append(child)
    return children


def _raise_it(layout: Layout, everything: Supervisor, api: entries.Api, stop: threading.Event) -> None:
    """Start, enter, tell the past, and wait until both gates are ready."""

    def until(what: str, true: Callable[[], object]) -> None:
        _wait(what, true, everything, stop)

    _say("啟動訊息伺服器、雲端與看板 · starting broker, cloud and board")
    everything.start()
    until("the board answers", lambda: api.up)
    new = not entries.entered(api)
    _say("經 REST 登錄站點、圍籬、人員、封條、運送單 · entering sites, fences, people, seals, orders through REST")
    entries.enter_places(api)
    for yard in YARDS:
        entries.enter_gate(api, yard.gate, yard.code, files.gate_key(layout, yard.gate))
    until("the emulated cameras see", lambda: all(_answers(f"{layout.control_url(yard)}/field") for yard in YARDS))
    if new:
        _say("送入先前的進出站紀錄（已簽章）· sending the signed records of earlier passages over MQTT")
        _tell_the_past(layout, api, until)
    _say("等待兩個閘道就緒 · waiting until both gates are ready")
    until("both kiosks answer", lambda: all(_answers(layout.kiosk_url(yard)) for yard in YARDS))
    until("both gates have their manifests", lambda: all(_ready(api, yard) for yard in YARDS))


def _tell_the_past(layout: Layout, api: entries.Api, until: Until) -> None:
    now = now_ms()
    for one in LOADS:
        entries.enter_load(api, one, now)
    gates = {
        yard.code: past.PastGate(yard=yard, key=files.gate_key(layout, yard.past_gate), boot=BOOTS[yard.past_gate])
        for yard in YARDS
    }
    for gate in gates.values():
        entries.enter_gate(api, gate.yard.past_gate, gate.yard.code, gate.key)
        past.begin(gate, past.ago_ms(now, 24 * 60))
    master = files.seal_master(layout)
    for passage in past.passages(now):
        gate, one = gates[passage.yard.code], passage.load
        scene = {"container": one.container, "plate": one.plate, "seal_no": one.seal_no}
        picture = _picture(layout, passage.yard, scene)
        past.tell(gate, passage, picture, master)
        sha256, signature = gate.upload(picture, passage.at_ms)
        api.put_photo(sha256, picture, signature)
    _send(layout, api, list(gates.values()), until)
    for gate in gates.values():
        api.post(f"/gates/{gate.yard.past_gate}/retire")


def _stored(api: entries.Api) -> bool:
    states = {one.seal_no: api.get(f"/movements/{past.movement_of(one)}")["state"] for one in LOADS}
    return all(
        states[one.seal_no] == ("ARRIVED" if one.arrived_min is not None else "IN_TRANSIT")
        for one in LOADS
        if one.departed_min is not None
    )


def _send(layout: Layout, api: entries.Api, gates: list[past.PastGate], until: Until) -> None:
    """Send the records again and again until the cloud has them, as a gate does: a broker's word is not enough."""
    publisher = Publisher(endpoint(load(layout.cloud_config), "demo-past"))
    publisher.start()
    next_s = 0.0

    def sent_and_stored() -> bool:
        nonlocal next_s
        if _stored(api):
            return True
        if monotonic_s() >= next_s:
            next_s = monotonic_s() + RESEND_S
            with contextlib.suppress(PublishError):
                for gate in gates:
                    publisher.publish(topics.scan(gate.yard.past_gate), join_batch(gate.records))
        return False

    try:
        until("the records are stored", sent_and_stored)
    finally:
        publisher.stop()


def _picture(layout: Layout, yard: Yard, scene: dict[str, str]) -> bytes:
    """Have the yard's camera take the picture that was taken then."""
    camera = f"http://{files.LOOPBACK}:{layout.gates[yard.gate].camera}/lanes/L1/snapshot.jpg"
    with httpx.Client(trust_env=False, timeout=entries.TIMEOUT_S) as http:
        http.post(f"{layout.control_url(yard)}/scene", json=scene).raise_for_status()
        answer = http.get(camera, auth=httpx.DigestAuth("gate", "demo-camera")).raise_for_status()
        http.post(f"{layout.control_url(yard)}/scene", json={}).raise_for_status()
    return answer.content


def _answers(url: str) -> bool:
    try:
        answer = httpx.get(url, trust_env=False, follow_redirects=True, timeout=entries.TIMEOUT_S)
        return answer.status_code == entries.OK
    except httpx.HTTPError:
        return False


def _ready(api: entries.Api, yard: Yard) -> bool:
    gate = api.get(f"/gates/{yard.gate}")
    return gate is not None and gate["state"] == "ONLINE" and (gate["manifest"] or 0) >= 1


def _wait(what: str, true: Callable[[], object], everything: Supervisor, stop: threading.Event) -> None:
    """Wait for something, keeping the processes up; DemoError names it, and the log that may say more."""
    deadline_s = monotonic_s() + WAIT_S
    while not true():
        if stop.wait(POLL_S):
            raise _StoppedError
        everything.look()
        if monotonic_s() > deadline_s:
            restarted = [child for child in everything.children if child.starts > 1]
            hint = "；".join(f"{child.name} → {child.log_file}" for child in restarted) or "log/"
            raise DemoError(f"逾時 · not within {WAIT_S:.0f} s: {what}\n請看紀錄 · see: {hint}")


def _say(text: str) -> None:
    sys.stdout.write(f"  · {text}\n")
    sys.stdout.flush()


def _say_where(layout: Layout, admitted: visitors.Admitted) -> None:
    link = f"{layout.board_url}{admitted.link}"
    layout.write_addresses(link)
    sys.stdout.write(
        f"""
  SealGate 示範已就緒 · the demo is ready

  監控看板 · monitoring board        {link}
                                     此連結免輸入登入一次，之後以帳號登入 · signs you in once; later by account
  帳號 · accounts                    {", ".join(admitted.names)}   密碼 · password: {admitted.password}
  起運站資訊站 · kiosk at the origin  {layout.kiosk_url(ORIGIN)}/   {ORIGIN.name_zh}
  運往站資訊站 · kiosk at the other   {layout.kiosk_url(DESTINATION)}/   {DESTINATION.name_zh}

  試試 · try: 在起運站出示識別證與封條一，回答、確認（相片自動拍攝），再到運往站做一次；看板隨即更新。
  Present the badge and seal 1 at the origin, answer, confirm (the picture takes itself); then at the other yard.
  封條四是複製品：閘道當場攔下，兩站隨即顯示留置。 Seal 4 is a copy: the gate stops it, and both yards show a hold.
  在模擬列拔掉網路線，閘道照常放行，接回後補送。 Pull the network cable: the gate goes on and catches up.

  資料 · files: {layout.folder.resolve()}   停止 · stop: Ctrl-C   重來 · start over: make demo ARGS=--fresh
"""
    )
    sys.stdout.flush()
