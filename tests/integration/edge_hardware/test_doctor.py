"""The doctor against real drivers, a real receiver daemon and a real broker: all well, and each part in turn broken."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from typer.testing import CliRunner

from edge.__main__ import cli
from edge.adapters import key as key_files
from edge.app.doctor import Found, examine
from edge.settings import load
from tests.edge_gate import CLOUD_KEY, GATE, GATE_KEY, manifest, sealed_to, signed
from tests.processes import free_port
from tests.system.settings_files import toml
from tests.town import ORIGIN

if TYPE_CHECKING:
    from pathlib import Path

    from edge.emulate.process import Emulator
    from tests.servers import Mosquitto

PASSWORD = "s3cret"
PARTS = ["key", "disk", "gps", "clock", "manifest", "camera 1", "reader 1", "light 1", "broker"]


@pytest.fixture
async def kiosk(emulate, mosquitto: Mosquitto, tmp_path: Path) -> tuple[Emulator, dict[str, Any], Path]:
    """A kiosk with everything in order: its settings, to be written by the test."""
    emulator = await emulate(gps={"lat": ORIGIN.lat, "lon": ORIGIN.lon}, camera={"password": PASSWORD})
    there = emulator.whereabouts()
    key_files.create(tmp_path / "gate.key", GATE_KEY)
    (tmp_path / "camera.password").write_text(PASSWORD)
    papers = tmp_path / "gate" / "papers"
    papers.mkdir(parents=True)
    (papers / "manifest.jws").write_bytes(signed(manifest(expires="2099-01-01T00:00:00Z", sealed=sealed_to())))
    camera = {"url": there["cameras"]["1"], "user": "gate", "password_file": str(tmp_path / "camera.password")}
    settings = {
        "gate": GATE,
        "state_dir": str(tmp_path / "gate"),
        "key_file": str(tmp_path / "gate.key"),
        "cloud": {"pinned_keys": [CLOUD_KEY.public_jwk]},
        "mqtt": {"host": "127.0.0.1", "port": mosquitto.port},
        "http": {"upload_url": "http://127.0.0.1:9"},
        "lanes": [{"id": "1", "reader": there["readers"]["1"], "camera": camera}],
        "gpsd": {"host": "127.0.0.1", "port": there["gpsd"]["port"]},
        "kiosk": {"port": free_port()},
    }
    return emulator, settings, tmp_path / "gate.toml"


def written(settings: dict[str, Any], file: Path) -> Path:
    file.write_text(toml(settings))
    return file


async def seen(settings: dict[str, Any], file: Path) -> dict[str, Found]:
    return {found.part: found async for found in examine(load(written(settings, file)))}


@pytest.mark.req("R-050", "R-112", "R-115")
async def test_a_kiosk_in_order_has_nothing_to_mend(kiosk) -> None:
    _, settings, file = kiosk
    found = await seen(settings, file)
    assert list(found) == PARTS
    assert [one for one in found.values() if one.level == "MEND"] == []
    assert {part for part, one in found.items() if one.level == "OK"} >= {"key", "disk", "gps", "manifest", "reader 1"}


@pytest.mark.req("R-050", "R-112", "R-115")
async def test_whatever_is_broken_is_named_with_what_to_mend(kiosk, tmp_path: Path) -> None:
    emulator, settings, file = kiosk
    settings["gpsd"]["port"] = free_port()
    emulator.camera.state = "down"
    (tmp_path / "gate.key").chmod(0o644)
    settings["mqtt"]["port"] = free_port()
    settings["lanes"][0]["reader"] = "tty:no-such-device:pn532"
    found = await seen(settings, file)
    broken = {part for part, one in found.items() if one.level == "MEND"}
    assert broken >= {"key", "gps", "camera 1", "reader 1", "broker"}
    assert all(one.mend_zh and one.mend_en for one in found.values() if one.level == "MEND")


@pytest.mark.req("R-050", "R-115")
async def test_a_running_agent_keeps_its_session_its_lamps_and_its_readers(kiosk, tmp_path: Path) -> None:
    _, settings, file = kiosk
    lamps = {name: tmp_path / "leds" / name for name in ("go", "stop", "refer")}
    for folder in lamps.values():
        folder.mkdir(parents=True)
        (folder / "brightness").write_text("1")
    settings["lanes"][0]["light"] = {name: str(folder) for name, folder in lamps.items()}
    ended: list[object] = []
    agent = paho.Client(CallbackAPIVersion.VERSION2, client_id=GATE, protocol=paho.MQTTv5)
    agent.on_disconnect = lambda *told: ended.append(told)
    agent.connect("127.0.0.1", settings["mqtt"]["port"])
    agent.loop_start()
    with socket.create_server(("127.0.0.1", settings["kiosk"]["port"])):  # as the agent's page listens
        found = await seen(settings, file)
    assert {part for part, one in found.items() if one.level == "NOTE"} >= {"reader 1", "light 1", "broker"}
    assert [(folder / "brightness").read_text() for folder in lamps.values()] == ["1"] * 3
    assert (agent.is_connected(), ended) == (True, [])
    agent.loop_stop()
    agent.disconnect()


def test_the_command_says_it_in_both_languages_and_by_its_exit_code(tmp_path: Path) -> None:
    settings = {
        "gate": GATE,
        "state_dir": str(tmp_path / "gate"),
        "key_file": str(tmp_path / "missing.key"),
        "cloud": {"pinned_keys": [CLOUD_KEY.public_jwk]},
        "mqtt": {"host": "127.0.0.1", "port": free_port()},
        "http": {"upload_url": "http://127.0.0.1:9"},
        "lanes": [{"id": "1", "reader": "tty:no-such-device:pn532", "camera": {"command": ["false"]}}],
        "gpsd": {"host": "127.0.0.1", "port": free_port()},
    }
    file = written(settings, tmp_path / "gate.toml")
    done = CliRunner().invoke(cli, ["doctor", "--config", str(file)])
    assert done.exit_code == 1
    assert "✗ key: 閘道金鑰無法使用" in done.output
    lines = CliRunner().invoke(cli, ["doctor", "--config", str(file), "--json"]).output.splitlines()
    assert [json.loads(line)["part"] for line in lines] == PARTS
    assert CliRunner().invoke(cli, ["doctor", "--config", str(tmp_path / "none.toml")]).exit_code == 2
