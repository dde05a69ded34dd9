"""The servers that the other tests rely on really run, and really end."""

from __future__ import annotations

import functools
import operator
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import paho.mqtt.client as mqtt
import psycopg
import pytest

from cloud.adapters.broker import local_broker
from schemas.envelope import MANIFEST_BYTES_MAX
from tests.processes import Server, installed, listens
from tests.waiting import eventually, wait_for

BODY = "GPGGA,092750.000,2509.120,N,12144.880,E,1,8,1.03,61.7,M,55.2,M,,"
NMEA = f"${BODY}*{functools.reduce(operator.xor, BODY.encode()):02X}\r\n"


def publish_and_receive(port: int, payload: bytes = b"hello") -> bytes:
    received: list[bytes] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="probe", protocol=mqtt.MQTTv5)
    client.on_connect = lambda *_: client.subscribe("probe/#", qos=1)
    client.on_subscribe = lambda *_: client.publish("probe/a", payload, qos=1)
    client.on_message = lambda _client, _userdata, message: received.append(message.payload)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        wait_for(lambda: received, what="a message through the broker")
    finally:
        client.disconnect()
        client.loop_stop()
    return received[0]


def test_mosquitto_speaks_mqtt_5_and_comes_back_after_a_kill(mosquitto):
    assert publish_and_receive(mosquitto.port) == b"hello"
    mosquitto.kill()
    assert not listens(mosquitto.port)
    mosquitto.start()
    assert publish_and_receive(mosquitto.port) == b"hello"


def test_the_embedded_broker_speaks_mqtt_5_and_comes_back_after_a_kill(embedded_broker):
    assert publish_and_receive(embedded_broker.port) == b"hello"
    embedded_broker.kill()
    embedded_broker.start()
    assert publish_and_receive(embedded_broker.port) == b"hello"
    largest = b"x" * MANIFEST_BYTES_MAX
    assert publish_and_receive(embedded_broker.port, largest) == largest


@pytest.mark.req("R-111")
def test_the_mosquitto_that_the_cloud_starts_takes_the_largest_manifest(tmp_path):
    installed("mosquitto", "mosquitto")
    local = local_broker(tmp_path, embedded=False)
    server = Server(name="local-mosquitto", command=local.command, folder=tmp_path, port=local.port)
    largest = b"x" * MANIFEST_BYTES_MAX
    try:
        server.start()
        assert publish_and_receive(server.port, largest) == largest
    finally:
        server.kill()


def test_postgres_gives_each_test_a_database_that_survives_power_loss(postgres_url):
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        fsync = connection.execute("show fsync").fetchone()
    assert tables == (0,)
    assert fsync == ("on",)


def test_gpsd_takes_what_it_is_fed(gpsd):

    with socket.create_connection(("127.0.0.1", gpsd.port)) as client:
        client.settimeout(0.2)
        client.sendall(b'?WATCH={"enable":true,"nmea":true};\n')
        heard = b""

        def hears() -> bool:
            nonlocal heard
            gpsd.feed(NMEA)
            try:
                heard += client.recv(65536)
            except TimeoutError:
                return False
            return b"GPGGA" in heard

        wait_for(hears, what="the sentence comes out of gpsd")


def test_victoria_metrics_takes_influx_writes(victoria_metrics):
    request = urllib.request.Request(
        f"{victoria_metrics.url}/api/v2/write?bucket=b&org=o&precision=ms",
        data=b"scan,gate=G1 count=3 1767225600000",
        method="POST",
    )
    urllib.request.urlopen(request, timeout=5).close()
    (line,) = wait_for(lambda: victoria_metrics.export('{__name__=~"scan_.*"}'), what="the point comes back")
    assert '"values":[3]' in line


def test_the_browser_shows_a_page(browser):
    page = browser.new_page()
    page.set_content("<h1>封條</h1>")
    assert page.inner_text("h1") == "封條"


async def test_an_async_test_runs_after_the_browser():
    assert await eventually(lambda: True)


def test_a_server_dies_with_the_run_that_started_it(tmp_path: Path):
    program = (
        "import pathlib, sys, os, signal\n"
        "from tests.servers import Mosquitto\n"
        "server = Mosquitto.create(pathlib.Path(sys.argv[1])).start()\n"
        "print(server.port, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    port = int(done.stdout)
    wait_for(lambda: not listens(port), what="Mosquitto has died with its parent")


@pytest.mark.parametrize("what", ["a thing that never happens"])
def test_waiting_in_vain_says_for_what(what):
    with pytest.raises(AssertionError, match=what):
        wait_for(lambda: False, 0.05, what=what)
    assert os.getpid()
