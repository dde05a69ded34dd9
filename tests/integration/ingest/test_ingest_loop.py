"""The ingest loop against real brokers: nothing is acknowledged before it is stored, whatever breaks."""

import signal
import sys
import threading
from functools import partial

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from cloud.adapters.broker import local_broker
from cloud.adapters.keystore import create_keystore
from cloud.adapters.mqtt import Endpoint, IngestLoop, Publisher, PublishError
from cloud.adapters.verifier import Verifier
from cloud.flows.ingest import begin, process_batch
from cloud.flows.receipts import sign
from cloud.store import schema
from cloud.store.engine import open_engine, reading, upgrade
from schemas import envelope, messages, topics
from schemas.envelope import SigningKey, Typ
from schemas.messages import Operation
from tests import town
from tests.processes import Process, Server
from tests.townsfolk import START_MS, TownKeys, enter_town, gate_of, pair
from tests.waiting import wait_for

CLOUD_KEY = SigningKey.from_seed(b"C" * 32)
SEALS = [town.Seal(number=number) for number in range(1, 6)]


@pytest.fixture(params=[False, True], ids=["mosquitto", "embedded"])
def broker(request, tmp_path):
    local = local_broker(tmp_path / "broker", embedded=request.param)
    server = Server(name=local.kind, command=local.command, folder=tmp_path, port=local.port)
    with server.start():
        yield server


@pytest.fixture
def gate():
    return gate_of("ORIGIN-01", town.ORIGIN)


@pytest.fixture
def town_engine(tmp_path, gate):
    engine = open_engine(f"sqlite:///{tmp_path}/cloud.db")
    upgrade(engine)
    enter_town(engine, [gate])
    pair(engine, SEALS)
    yield engine
    engine.dispose()


class GateClient:
    """The gate's side of the broker: publishes at QoS 1 and keeps the receipts it gets."""

    def __init__(self, broker, gate):
        self.receipts = []
        self.gate = gate
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=gate.gate, protocol=paho.MQTTv5)
        self.client.on_connect = lambda *_: self.client.subscribe(topics.receipt(gate.gate), qos=1)
        self.client.on_message = lambda _client, _userdata, message: self.receipts.append(bytes(message.payload))
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        wait_for(self.client.is_connected)

    def publish(self, *payloads, topic=None):
        sent = [self.client.publish(topic or self.gate.topic, payload, qos=1) for payload in payloads]
        wait_for(lambda: all(one.is_published() for one in sent), 30)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def sender(broker, gate):
    client = GateClient(broker, gate)
    yield client
    client.close()


class Running:
    """An ingest loop in a thread; `fail` makes the next batches raise as a database would."""

    def __init__(self, broker, engine):
        self.engine, self.fail, self.failed, self.sizes = engine, 0, 0, []
        self.verifier = Verifier()
        endpoint = Endpoint(host=broker.host, port=broker.port, client_id="ingest")
        self.loop = IngestLoop(endpoint, self.handle, begin=self.begin)
        self.thread = threading.Thread(target=self.loop.run)
        self.thread.start()
        wait_for(lambda: self.loop.ready, 20)

    def begin(self, batch):
        """As `cloud.app.ingest` does: verified while the batch before is stored."""
        return partial(self.handle, batch, begin(self.engine, batch, self.verifier))

    def handle(self, batch, begun=None):
        if self.fail:
            self.fail -= 1
            self.failed += 1
            raise OperationalError("disk full", None, OSError())
        self.sizes.append(len(batch))
        outcome = process_batch(self.engine, TownKeys(), batch, START_MS, begun)
        return [sign(receipt, CLOUD_KEY) for receipt in outcome.receipts]

    def stop(self):
        self.loop.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        self.verifier.close()


@pytest.fixture
def running(broker, town_engine):
    loop = Running(broker, town_engine)
    yield loop
    loop.stop()


def stored(engine):
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(schema.record))


def taps(gate, count):
    return [
        gate.scan(SEALS[n % len(SEALS)], Operation.INSPECT, START_MS + n * 10_000, gate.seq + 1) for n in range(count)
    ]


@pytest.mark.req("R-114")
def test_what_a_gate_sends_is_stored_and_receipted(running, sender, gate):
    sender.publish(*taps(gate, 50))
    wait_for(lambda: stored(running.engine) == 50, 30)
    wait_for(lambda: covered(sender.receipts) == set(range(1, 51)), 30)


def covered(receipts):
    """Every sequence that the signed receipts name."""
    seqs = set()
    for jws in receipts:
        receipt = envelope.decode(
            envelope.verify(jws, Typ.RECEIPT, {CLOUD_KEY.kid: CLOUD_KEY.verifying_key}.get), messages.Receipt
        )
        for part in receipt.stored:
            seqs |= set(range(part.first, part.last + 1))
    return seqs


@pytest.mark.req("R-111")
def test_a_database_error_acknowledges_nothing_and_the_broker_delivers_again(running, sender, gate):
    running.fail = 2
    sender.publish(*taps(gate, 20))
    wait_for(lambda: stored(running.engine) == 20, 60)
    assert running.failed >= 1
    assert covered(sender.receipts) <= set(range(1, 21))


@pytest.mark.req("R-111")
def test_ingest_waits_for_a_broker_that_is_gone_and_goes_on(broker, running, sender, gate):
    sender.publish(*taps(gate, 5))
    wait_for(lambda: stored(running.engine) == 5, 30)
    broker.kill()
    wait_for(lambda: not running.loop.ready, 30)
    broker.start()
    wait_for(lambda: running.loop.ready, 60)
    wait_for(sender.client.is_connected, 30)
    sender.publish(*taps(gate, 5))
    wait_for(lambda: stored(running.engine) == 10, 30)


@pytest.mark.req("R-113")
def test_junk_on_every_topic_leaves_ingest_running(running, sender, gate):
    for make in (topics.scan, topics.telemetry, topics.state, topics.reply):
        sender.publish(b"", b"\xff" * 1_000, b"{}", b"a.b.c", b"x" * 300_000, topic=make("NOBODY-01"))
    sender.publish(*taps(gate, 3))
    wait_for(lambda: stored(running.engine) == 3, 30)
    with reading(running.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(schema.quarantine)) >= 4 * 4


def settings_file(tmp_path, broker):
    create_keystore(tmp_path / "seals.key", {"TW": town.MASTER_KEY})
    path = tmp_path / "cloud.toml"
    path.write_text(f'state_dir = "{tmp_path}"\n[mqtt]\nhost = "{broker.host}"\nport = {broker.port}\n')
    return path


@pytest.mark.req("R-111")
def test_kill_9_in_the_middle_loses_nothing_and_stores_nothing_twice(broker, town_engine, sender, gate, tmp_path):
    """The broker keeps what was not acknowledged; a second delivery of what was is a duplicate."""
    command = (sys.executable, "-m", "cloud", "ingest", "--config", str(settings_file(tmp_path, broker)))
    ingest = Process(name="ingest", command=command, folder=tmp_path)
    ingest.spawn()
    wait_for(lambda: "subscribed" in ingest.tail(), 60)
    total = 0
    try:
        for _ in range(4):
            batch = taps(gate, 150)
            publisher = threading.Thread(target=sender.publish, args=batch)
            publisher.start()
            wait_for(lambda reached=total: stored(town_engine) > reached + 20, 60)
            ingest.signal(signal.SIGKILL)
            ingest._reap()
            publisher.join(30)
            total += len(batch)
            ingest.spawn()
            wait_for(lambda reached=total: stored(town_engine) == reached, 60, what="all stored after the kill")
    finally:
        ingest.stop()
    with reading(town_engine) as connection:
        seqs = connection.scalars(select(schema.record.c.seq).order_by(schema.record.c.seq)).all()
        chain = connection.execute(select(schema.chain)).one()
        cases = connection.scalar(select(func.count()).select_from(schema.cases))
    assert seqs == list(range(1, total + 1))
    assert (chain.contiguous, chain.head, cases) == (total, gate.head, 0)


@pytest.mark.req("R-111")
def test_a_publisher_says_when_the_broker_did_not_take_it(broker):
    connected = threading.Event()
    publisher = Publisher(Endpoint(host=broker.host, port=broker.port, client_id="dispatch"))
    publisher.start(on_connect=connected.set)
    try:
        assert connected.wait(20)
        publisher.publish("sealgate/v1/00/X/manifest", b"papers", retain=True)
        broker.kill()
        wait_for(lambda: not publisher._client.is_connected(), 30)
        with pytest.raises(PublishError):
            publisher.publish("sealgate/v1/00/X/manifest", b"papers", retain=True)
    finally:
        publisher.stop()
