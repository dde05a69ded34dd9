"""`sealgate-cloud all`: one command, one box, no server installed; whatever is killed comes back."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from schemas import envelope, messages, topics
from schemas.envelope import SigningKey, Typ
from tests.processes import free_port
from tests.waiting import wait_for

HOME = Path(__file__).parents[2]
START_S = 60.0
RING = [[121.66, 25.07], [121.67, 25.07], [121.67, 25.08], [121.66, 25.08], [121.66, 25.07]]


class Cloud:
    """The whole cloud under its supervisor."""

    def __init__(self, folder: Path, database: str = "", broker: str = "auto") -> None:
        self.port, self.broker_port = free_port(), free_port()
        self.config = folder / "cloud.toml"
        self.config.write_text(
            f'state_dir = "state"\ndatabase = "{database}"\n'
            f'[mqtt]\nport = {self.broker_port}\nlocal = "{broker}"\n'
            f"[web]\nport = {self.port}\n"
        )
        self.state = folder / "state"
        self.log = folder / "cloud.log"

    @contextmanager
    def running(self):
        command = (sys.executable, "-m", "cloud", "all", "--config", str(self.config))
        with self.log.open("ab") as log, subprocess.Popen(command, cwd=HOME, stdout=log, stderr=log) as process:
            self.process = process
            try:
                wait_for(self.answers, START_S, what="the REST API answers")
                yield self
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)

    @property
    def api(self) -> httpx.Client:
        token = (self.state / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api/v1", headers=headers, timeout=10)

    def answers(self) -> bool:
        try:
            with self.api as api:
                return api.get("/sites").status_code == 200
        except (OSError, httpx.HTTPError):
            return False

    def children(self) -> dict[str, int]:
        """Name and process id of what the supervisor started."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except (OSError, ValueError):
                continue
            if parent == self.process.pid and b"cloud" in words:
                found[words[words.index(b"cloud") + 1].decode()] = int(folder.name)
        return found


@contextmanager
def listening(port: int, topic: str):
    """Messages on a topic, as a gate gets them."""
    arrived: queue.Queue[bytes] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener", protocol=paho.MQTTv5)
    client.on_connect = lambda *_: client.subscribe(topic, qos=1)
    client.on_message = lambda _client, _userdata, message: arrived.put(message.payload)
    client.connect_async("127.0.0.1", port, keepalive=5)
    client.loop_start()
    try:
        yield arrived
    finally:
        client.disconnect()
        client.loop_stop()


def enrol(cloud: Cloud, gate: str, seed: int) -> None:
    key = SigningKey.from_seed(bytes([seed]) * 32)
    with cloud.api as api:
        site = {"name_zh": "站", "name_en": "yard", "ring": RING, "fictional": True}
        assert api.put("/sites/A1", json=site).status_code in {200, 201}
        body = {"site": "A1", "lanes": ["L1"], "jwk": key.public_jwk}
        assert api.put(f"/gates/{gate}", json=body).status_code == 201


def manifest(cloud: Cloud, arrived: queue.Queue[bytes]) -> messages.Manifest:
    seed = envelope.unb64url((cloud.state / "cloud.key").read_bytes().strip())
    key = SigningKey.from_seed(seed)
    jws = arrived.get(timeout=START_S)
    return envelope.decode(envelope.verify(jws, Typ.MANIFEST, lambda _kid: key.verifying_key), messages.Manifest)


@pytest.mark.req("R-111", "R-114")
def test_a_gate_gets_its_manifest_and_everything_that_is_killed_comes_back(tmp_path) -> None:
    cloud = Cloud(tmp_path, broker="embedded")
    with cloud.running(), listening(cloud.broker_port, topics.manifest("AAA-1")) as arrived:
        enrol(cloud, "AAA-1", 1)
        first = manifest(cloud, arrived)
        assert (first.gate, first.version, first.site.code) == ("AAA-1", 1, "A1")
        before = wait_for(lambda: len(found := cloud.children()) == 4 and found, what="four children")
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: cloud.children().keys() == before.keys() and cloud.answers(), START_S, what="all came back")
        with cloud.api as api:
            assert api.put("/staff/S1", json=staff()).status_code == 201
        # the broker forgot, or did not: the gate hears of the change either way
        wait_for(lambda: [one.staff for one in manifest(cloud, arrived).staff] == ["S1"], START_S)
        last = cloud.children()
    assert not any(Path(f"/proc/{pid}").exists() for pid in (*before.values(), *last.values()))
    assert cloud.process.returncode == 0


def staff() -> dict[str, object]:
    return {"badge_uid": "04AABBCC", "role": "OFFICER", "may": ["ARRIVE"], "sites": ["A1"]}


def test_a_supervisor_that_is_killed_takes_its_children_along(tmp_path) -> None:
    cloud = Cloud(tmp_path)
    with cloud.running():
        children = wait_for(lambda: len(found := cloud.children()) == 4 and found, what="four children")
        cloud.process.kill()
        wait_for(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in children.values()), 30, what="the children leave"
        )


def test_it_runs_on_postgresql_as_well(tmp_path, postgres_url) -> None:
    cloud = Cloud(tmp_path, postgres_url)
    with cloud.running(), listening(cloud.broker_port, topics.manifest("AAA-2")) as arrived:
        enrol(cloud, "AAA-2", 2)
        assert manifest(cloud, arrived).gate == "AAA-2"
    assert not (cloud.state / "cloud.db").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [('state_dir = "s"\n[web]\nprot = 1', "prot"), ('state_dir = "s"\n[web]\nport = {busy}', "cannot listen")],
)
def test_what_hinders_the_start_is_said_in_a_sentence(tmp_path, text, says) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = tmp_path / "cloud.toml"
        config.write_text(text.format(busy=taken.getsockname()[1]) if "{busy}" in text else text)
        command = (sys.executable, "-m", "cloud", "all", "--config", str(config))
        ended = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
