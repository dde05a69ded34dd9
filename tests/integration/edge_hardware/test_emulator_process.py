"""The emulator as its own process, driven over its HTTP control as demo and kiosk drive it."""

import asyncio
import json
import sys
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from edge.adapters.camera import HttpCamera
from edge.adapters.nfc import NfcReader
from tests.integration.edge_hardware.conftest import Events
from tests.processes import Process
from tests.waiting import eventually, wait_for

START_S = 60.0
REPOSITORY = Path(__file__).parents[3]
CONFIG = """
state_dir = "{folder}/{name}"
card_dir = "{folder}/cards"

[[readers]]
lane = "A"
[[readers]]
lane = "B"
kind = "udp"

[gps]
lat = 25.152
lon = 121.748
source = "own"

[camera]
width_px = 640
height_px = 360

[[cables]]
name = "mqtt"
to_port = 1

[[cards]]
id = "seal-1"
kind = "ntag424"
uid = "04E1A2B3C4D580"
label_zh = "電子封條"
label_en = "Electronic seal"
container = "TGHU1234567"
seal_no = "KE26A0000123"
plate = "HAA-5678"

[[cards]]
id = "badge-1"
kind = "uid"
uid = "DEADBEEF"
label_zh = "關員識別證"
label_en = "Officer's badge"
"""


class Running(Process):
    """One emulator process and its control."""

    @property
    def where(self):
        return json.loads((self.folder / self.name / "state.json").read_text())

    async def post(self, action, **body):
        async with httpx.AsyncClient(base_url=self.where["control_url"], trust_env=False) as client:
            return await client.post(f"/{action}", json=body)

    async def field(self):
        async with httpx.AsyncClient(base_url=self.where["control_url"], trust_env=False) as client:
            return (await client.get("/field")).json()


def started(folder, name):
    config = folder / f"{name}.toml"
    config.write_text(CONFIG.format(folder=folder, name=name), encoding="utf-8")
    code = f"from edge.emulate.process import run; run({str(config)!r})"
    command = (sys.executable, "-c", code)
    process = Running(name=name, command=command, folder=folder, env={"PYTHONPATH": str(REPOSITORY)}).spawn()
    state = folder / name / "state.json"
    wait_for(lambda: state.exists() or not process.running, START_S, what="the emulator is ready")
    assert process.running, process.tail()
    return process


@pytest.fixture
def run(tmp_path):
    """Start emulators of this test's own."""
    processes = []

    def start(name="gate"):
        processes.append(started(tmp_path, name))
        return processes[-1]

    yield start
    for process in processes:
        process.stop()


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    """One emulator for the tests that leave it as they found it."""
    process = started(tmp_path_factory.mktemp("emulator"), "gate")
    yield process
    process.stop()


async def read_at(path, action):
    """Start a reader, let `action` happen, return the first tap."""
    events, reader = Events(), NfcReader(path, monotonic_s=time.monotonic)
    reader.start(events.queue.put_nowait)
    try:
        await events.status(up=True)
        await action
        return await events.read()
    finally:
        await reader.stop()


async def test_a_card_held_to_each_reader_through_the_control(run):
    gate = run()
    for lane, counter in (("A", b"&c=000001&"), ("B", b"&c=000002&")):
        tap = await read_at(gate.where["readers"][lane], gate.post("present", card="seal-1", lane=lane))
        assert counter in tap.ndef
    field = await gate.field()
    assert [lane["card"] for lane in field["lanes"]] == [None, "seal-1"]
    assert {card["id"]: card["lane"] for card in field["cards"]} == {"seal-1": "B", "badge-1": None}
    assert (await gate.post("remove", lane="B")).json()["lanes"][1]["card"] is None


async def test_the_same_seal_travels_to_another_gate_and_goes_on_counting(run):
    origin, destination = run("origin"), run("destination")
    first = await read_at(origin.where["readers"]["A"], origin.post("present", card="seal-1"))
    await origin.post("remove")
    await origin.post("tamper", card="seal-1", tamper="OC")
    second = await read_at(destination.where["readers"]["A"], destination.post("present", card="seal-1"))
    assert b"&c=000001&t=CC&" in first.ndef
    assert b"&c=000002&t=OC&" in second.ndef


async def test_a_card_leaves_by_itself_after_the_time_told(gate):
    await gate.post("present", card="badge-1", hold_ms=50)

    async def gone():
        return (await gate.field())["lanes"][0]["card"] is None

    await eventually(gone, what="the card is taken away")


@pytest.mark.req("R-056")
async def test_the_camera_shows_the_container_of_the_seal_presented(run):
    gate = run()
    camera = HttpCamera(gate.where["cameras"]["A"], user="gate", password="s3cret")
    empty = await camera.take()
    await gate.post("present", card="seal-1")
    loaded = await camera.take()
    await gate.post("present", card="badge-1")
    after_badge = await camera.take()
    await camera.close()
    assert len(loaded.jpeg) > 1.5 * len(empty.jpeg)
    assert len(after_badge.jpeg) > 1.5 * len(empty.jpeg)  # the truck still stands there


async def test_every_part_can_be_broken_and_healed(gate):
    orders = [
        ("cable", "cut"), ("cable", "blackhole"), ("cable", "up"), ("camera", "html"), ("camera", "ok"),
        ("gps", "outside"), ("gps", "inside"),
    ]  # fmt: skip
    for part, state in orders:
        told = (await gate.post(part, state=state)).json()[part]
        assert told == ({"mqtt": state} if part == "cable" else state)
    for state in ("unplugged", "hung", "plugged"):
        assert (await gate.post("reader", state=state)).json()["lanes"][0]["reader"] == state


@pytest.mark.parametrize(
    ("action", "body", "status", "told"),
    [
        ("present", {"card": "nobody"}, 404, "seal-1"),
        ("present", {"card": "seal-1", "lane": "Z"}, 404, "no lane"),
        ("present", {"card": "seal-1", "hold_ms": 0}, 422, "hold_ms"),
        ("present", {"crad": "seal-1"}, 422, "crad"),
        ("cable", {"state": "bitten"}, 422, "bitten"),
        ("cable", {"state": "up", "name": "sea"}, 404, "sea"),
        ("fly", {}, 404, "POST /present"),
    ],
)
async def test_a_wrong_order_is_refused_in_words(gate, action, body, status, told):
    answer = await gate.post(action, **body)
    assert answer.status_code == status
    assert told in answer.json()["error"]


async def test_web_pages_may_not_drive_it(gate):
    async with httpx.AsyncClient(base_url=gate.where["control_url"], trust_env=False) as client:
        answer = await client.post("/cable", json={"state": "cut"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert (await gate.field())["cable"] == {"mqtt": "up"}


@pytest.mark.parametrize(
    "noise",
    [
        b"\r\n\r\n",
        b"\xff\xfe\x00\r\n\r\n",
        b"POST /present HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /present HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /present HTTP/1.1\r\nContent-Length: 2\r\n\r\n\xff\xff",
        b"POST /present HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
async def test_noise_is_answered_and_does_no_harm(gate, noise):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gate.where["control_url"].rpartition(":")[2]))
    writer.write(noise)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 5.0)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 422"))
    writer.close()
    assert (await gate.field())["cable"] == {"mqtt": "up"}


async def test_it_ends_in_order_and_takes_its_links_away(run, tmp_path):
    gate = run()
    link = tmp_path / "gate" / "reader-A"
    assert link.is_symlink()
    gate.stop()
    assert not link.is_symlink()
    assert not (tmp_path / "gate" / "state.json").exists()


async def test_a_wrong_configuration_is_said_in_a_sentence(tmp_path):
    config = tmp_path / "emulator.toml"
    config.write_text('state_dir = "x"\nreaders = []\n')
    code = f"from edge.emulate.process import run; run({str(config)!r})"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(REPOSITORY)}
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert said.decode().count("\n") == 1
    assert "readers" in said.decode()


def test_the_settings_model_is_closed():
    from edge.emulate.settings import EmulatorSettings  # noqa: PLC0415 - only this test looks at it

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"state_dir": "x", "readers": [{"lane": "1", "speed": 3}]}, EmulatorSettings)
