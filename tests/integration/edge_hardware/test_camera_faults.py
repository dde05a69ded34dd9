"""Cameras that answer, and cameras that fail in the ways real ones do."""

import hashlib
import sys

import pytest

from edge.adapters.camera import JPEG_BYTES_MAX, CommandCamera, HttpCamera
from edge.app import parts
from edge.emulate.http import head, port_of, serve
from edge.ports import CameraError
from edge.settings import CameraSettings
from tests.processes import free_port
from tests.waiting import eventually

HANG_S = 3.0
PATIENCE_S = 30.0  # where the time-out is not what is shown
SMALL = {"width_px": 640, "height_px": 360, "password": "pw"}


@pytest.fixture
async def camera(emulate, request):
    """The emulated camera and the adapter that asks it."""
    emulator = await emulate(camera={**SMALL, **getattr(request, "param", {})})
    emulator.scenes.place("1", container="TGHU1234567", plate="HAA-5678", seal_no="KE26A0000123")
    adapter = HttpCamera(emulator.camera.url("1"), user="gate", password="pw", timeout_s=PATIENCE_S)
    await adapter.take()  # the picture is drawn
    yield emulator.camera, adapter
    await adapter.close()


async def fails_with(adapter, code):
    with pytest.raises(CameraError) as failed:
        await adapter.take()
    assert failed.value.code == code
    return failed.value.detail


@pytest.mark.parametrize("camera", [{"algorithm": "MD5"}, {"algorithm": "SHA-256"}], indirect=True)
@pytest.mark.req("R-056")
async def test_pictures_are_taken_with_one_login(camera):
    emulated, adapter = camera
    for _ in range(5):
        shot = await adapter.take()
        assert (shot.width_px, shot.height_px) == (640, 360)
        assert shot.jpeg.startswith(b"\xff\xd8")
    assert emulated.refused == 1  # the first challenge only: the login is kept


@pytest.mark.req("R-056")
async def test_the_bytes_are_those_the_camera_sent(emulate):
    emulator = await emulate(camera=SMALL)
    sent = []
    picture = emulator.camera._picture

    async def keep(lane):
        sent.append(await picture(lane))
        return sent[-1]

    emulator.camera._picture = keep
    adapter = HttpCamera(emulator.camera.url("1"), user="gate", password="pw", timeout_s=PATIENCE_S)
    shot = await adapter.take()
    await adapter.close()
    assert hashlib.sha256(shot.jpeg).digest() == hashlib.sha256(sent[0]).digest()


@pytest.mark.parametrize(
    ("state", "code", "told"),
    [
        ("down", "CAM-DOWN", "disconnected"),
        ("html", "CAM-PICTURE", "text/html"),
        ("truncated", "CAM-PICTURE", "broke off"),
        ("large", "CAM-PICTURE", str(JPEG_BYTES_MAX)),
        ("garbage", "CAM-PICTURE", "decoded"),
        ("401", "CAM-AUTH", "401"),
    ],
)
@pytest.mark.req("R-056")
async def test_a_fault_has_its_code_and_the_next_picture_is_good(camera, state, code, told):
    emulated, adapter = camera
    emulated.state = state
    assert told in await fails_with(adapter, code)
    emulated.state = "ok"
    assert (await adapter.take()).width_px == 640


@pytest.mark.parametrize("state", ["slow", "hang"])
@pytest.mark.req("R-056")
async def test_one_limit_holds_for_the_whole_picture(camera, state):
    emulated, _ = camera
    adapter = HttpCamera(emulated.url("1"), user="gate", password="pw", timeout_s=1.0)
    emulated.state = state
    await fails_with(adapter, "CAM-TIMEOUT")
    await adapter.close()


async def test_a_wrong_password_is_told_as_such(camera):
    emulated, _ = camera
    adapter = HttpCamera(emulated.url("1"), user="gate", password="wrong", timeout_s=PATIENCE_S)
    await fails_with(adapter, "CAM-AUTH")
    await adapter.close()


async def test_nobody_at_the_address_is_down():
    adapter = HttpCamera(f"http://127.0.0.1:{free_port()}/snapshot.jpg")
    await fails_with(adapter, "CAM-DOWN")
    await adapter.close()


async def test_an_unknown_path_and_an_unusable_address_are_down(camera):
    emulated, _ = camera
    for url in (emulated.url("1").replace("snapshot", "nothing"), "not an address"):
        adapter = HttpCamera(url, user="gate", password="pw", timeout_s=PATIENCE_S)
        await fails_with(adapter, "CAM-DOWN")
        await adapter.close()


async def test_a_connection_closed_while_idle_is_opened_again():
    """Some cameras say keep-alive and close with the answer."""
    answered = []

    async def once(_request, writer):
        if writer in answered:
            writer.transport.abort()
            return False
        answered.append(writer)
        writer.write(head(200, {"Content-Type": "image/jpeg", "Content-Length": 4}) + b"\xff\xd8\xff\xd9")
        return True

    server = await serve(0, once)
    adapter = HttpCamera(f"http://127.0.0.1:{port_of(server)}/s.jpg", timeout_s=PATIENCE_S)
    for _ in range(2):
        await fails_with(adapter, "CAM-PICTURE")  # an empty JPEG, but it did arrive
    assert len(answered) == 2
    await adapter.close()
    server.close()


def python(code):
    return [sys.executable, "-c", code]


GOOD = """
import io, sys; from PIL import Image
Image.new("RGB", (320, 240), "navy").save(sys.stdout.buffer, "JPEG")
"""


@pytest.mark.req("R-056")
async def test_a_command_that_writes_a_jpeg_is_a_camera():
    shot = await CommandCamera(python(GOOD), timeout_s=PATIENCE_S).take()
    assert (shot.width_px, shot.height_px) == (320, 240)


@pytest.mark.req("R-056")
async def test_a_lane_set_to_a_command_takes_its_pictures_by_it(tmp_path):
    adapter = parts.camera(CameraSettings(command=tuple(python(GOOD)), timeout_s=PATIENCE_S))
    assert isinstance(adapter, CommandCamera)
    assert (await adapter.take()).width_px == 320
    (tmp_path / "password").write_text("pw\n")
    other = parts.camera(
        CameraSettings(url="http://127.0.0.1:1/s.jpg", user="gate", password_file=tmp_path / "password")
    )
    assert isinstance(other, HttpCamera)
    await other.close()


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (["/no/such/program"], "CAM-DOWN", "No such file"),
        (python("import sys; sys.stderr.write('no camera found'); sys.exit(3)"), "CAM-DOWN", "no camera found"),
        (python("print('hello')"), "CAM-PICTURE", "no whole JPEG"),
        (python("import sys; [sys.stdout.buffer.write(bytes(2**20)) for _ in range(64)]"), "CAM-PICTURE", "more than"),
    ],
)
async def test_a_command_that_fails_has_its_code(argv, code, told):
    assert told in await fails_with(CommandCamera(argv, timeout_s=PATIENCE_S), code)


async def test_a_command_that_hangs_is_ended_with_its_children(tmp_path):
    marker = tmp_path / "alive"
    child = (
        f"import pathlib, threading\nwhile not threading.Event().wait(0.02):\n    pathlib.Path({str(marker)!r}).touch()"
    )
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(CameraError) as failed:
        await CommandCamera(python(code), timeout_s=HANG_S).take()
    assert failed.value.code == "CAM-TIMEOUT"
    marker.unlink(missing_ok=True)
    with pytest.raises(AssertionError):
        await eventually(marker.exists, 0.5)
