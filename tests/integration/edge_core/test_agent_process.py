"""The agent as a process: it starts, shows a page, keeps within its memory, ends in order, never half-dead."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import sys
from pathlib import Path

import pytest

from edge.adapters.key import create
from edge.settings import load
from tests.edge_gate import CLOUD_KEY, GATE, GATE_KEY
from tests.processes import Process, free_port, listens
from tests.waiting import wait_for

START_S = 40.0
STOP_S = 15.0
MEMORY_MAX_KB = 120 * 1024
MISSING = ("LINK-DOWN", "READER-DOWN", "CAM-DOWN", "GPS-DOWN", "NO-PAPERS")


def settings_file(tmp_path, kiosk_port, reader="udp:127.0.0.1:{udp}"):
    """A gate with nothing around it: no broker, no gpsd, no camera, no card."""
    reader = reader.format(udp=free_port(socket.SOCK_DGRAM))
    path = tmp_path / "gate.toml"
    path.write_text(
        f"""
gate = "{GATE}"
state_dir = "state"
key_file = "gate.key"
[cloud]
pinned_keys = [{{kty = "OKP", crv = "Ed25519", x = "{CLOUD_KEY.public_jwk["x"]}"}}]
[mqtt]
host = "127.0.0.1"
port = {free_port()}
[http]
upload_url = "http://127.0.0.1:{free_port()}"
[kiosk]
port = {kiosk_port}
[gpsd]
port = {free_port()}
[[lanes]]
id = "1"
reader = "{reader}"
camera = {{url = "http://127.0.0.1:{free_port()}/snap.jpg", timeout_s = 1}}
[[lanes]]
id = "2"
reader = "tty:/dev/pts/9999:pn532"
camera = {{command = ["/no/such/camera"], timeout_s = 1}}
"""
    )
    return path


def agent(tmp_path, settings):
    command = (sys.executable, "-m", "edge", "run", "--config", str(settings))
    return Process(name="agent", command=command, folder=tmp_path).spawn()


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def view(port, lane):
    """The first state that the lane's stream tells."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", f"/events?lane={lane}")
    for line in connection.getresponse():
        if line.startswith(b"data:"):
            connection.close()
            return json.loads(line[5:])
    raise AssertionError("the stream ended")


def memory_kb(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.mark.req("R-050")
def test_with_everything_missing_it_serves_its_page_says_what_is_missing_and_ends_in_order(tmp_path):
    port = free_port()
    create(tmp_path / "gate.key", GATE_KEY)
    process = agent(tmp_path, settings_file(tmp_path, port))
    screen = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        wait_for(lambda: listens(port) or not process.running, START_S, what="the page is served")

        status, refused = ask(port, "POST", "/lanes/2/act", {"act": "confirm"})
        assert (status, json.loads(refused)["code"]) == (409, "NOT-NOW")
        wait_for(lambda: set(MISSING) <= set(view(port, "2")["faults"]), START_S, what="lane 2 says what is missing")
        assert memory_kb(process.pid) < MEMORY_MAX_KB
        screen.request("GET", "/events?lane=2")  # a page that is open at the stop
        assert screen.getresponse().readline()
        process.signal(signal.SIGTERM)
        assert process.child.wait(STOP_S) == 0
    finally:
        screen.close()
        process.kill()
    assert b"Traceback" not in process.log.read_bytes()


def test_a_part_that_cannot_go_on_ends_the_agent_at_once(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        create(tmp_path / "gate.key", GATE_KEY)
        process = agent(tmp_path, settings_file(tmp_path, taken.getsockname()[1]))
        try:
            assert process.child.wait(START_S) == 3
        finally:
            process.kill()
    assert b"the kiosk page cannot be served" in process.log.read_bytes()


def test_what_is_wrong_with_settings_or_key_is_said_in_a_sentence(tmp_path):
    settings = settings_file(tmp_path, free_port())
    without_key = agent(tmp_path, settings)
    assert without_key.child.wait(START_S) == 2
    said = without_key.log.read_text()
    assert "sealgate-edge enrol" in said
    assert "Traceback" not in said
    assert load(settings).gate == GATE
