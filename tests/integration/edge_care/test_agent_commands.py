"""The shipped agent on a real broker: it takes a test picture, tells how it is, and restarts when told to, once."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from PIL import Image

from tests.edge_gate import GATE_KEY
from tests.system.gate import CAMERA_PASSWORD, START_S
from tests.waiting import wait_for

STOP_S = 20.0


def order(now, number, **facts):
    return {"id": f"{number:032x}", "issued": now.at, "expires": now.at + timedelta(minutes=5), **facts}


@pytest.mark.req("R-111")
@pytest.mark.req("R-114")
def test_the_centre_looks_after_a_gate_from_afar(gate, centre):
    born = centre.until("state")
    telemetry = centre.until("telemetry")
    assert (born.state, born.boot) == ("ONLINE", telemetry.boot)
    ready = lambda: (last := centre.all("telemetry")[-1]).lanes[0].reader_up and (last.gps_mode or 0) >= 2 and last  # noqa: E731
    last = wait_for(ready, START_S, what="reader and receiver are up in telemetry")
    assert last.uptime_s > 0
    assert last.disk_free_mb > 0

    centre.command(**order(last.time, 1, name="TEST_PHOTO", lane="1"))
    reply = centre.until("reply", 1)
    assert reply.outcome == "DONE", reply.note
    picture = centre.upload(reply.sha256)
    assert (picture.told.kind, picture.content_type) == ("TEST", "image/jpeg")
    assert Image.open(io.BytesIO(picture.body)).size == (320, 180)

    centre.command(**order(last.time, 2, name="DIAGNOSTICS"))
    reply = centre.until("reply", 2)
    assert reply.outcome == "DONE", reply.note
    bundle = centre.upload(reply.sha256)
    assert bundle.told.kind == "DIAGNOSTICS"
    look_at(bundle.body, gate)

    centre.command(**order(last.time, 3, name="RESTART"))
    assert centre.until("reply", 3).note == "restarting"
    assert gate.agent.child.wait(STOP_S) == 0, "systemd starts what ended in order as well (Restart=always)"
    assert centre.until("state", 2).state == "OFFLINE"
    gate.agent.start(START_S)
    again = centre.until("state", 3)
    assert (again.state, again.boot != born.boot) == ("ONLINE", True)
    centre.command(**order(last.time, 3, name="RESTART"))
    assert centre.until("reply", 4).note == "repeated: restarting"
    assert gate.agent.running


def look_at(packed, gate):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        state, log = (archive.read(name).decode() for name in ("state.json", "log.txt"))
    told = json.loads(state)
    lane = told["status"]["lanes"][0]
    assert (lane["camera_error"], lane["picture_size"]) == ("", "320x180")
    assert lane["reader"].endswith(":pn532")
    assert told["status"]["gps"]["mode"] >= 2
    assert told["settings"]["gate"] == gate.id
    assert "sealgate.mqtt: connected to" in log
    for secret in (CAMERA_PASSWORD, gate.key.seed.hex(), (gate.folder / "gate.key").read_text().strip()):
        assert secret not in state + log
    assert GATE_KEY.kid in state
