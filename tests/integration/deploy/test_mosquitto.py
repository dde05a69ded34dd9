"""Mosquitto with the shipped configuration and ACL: who may connect, speak and listen. Only ports and paths differ."""

import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from schemas import topics
from schemas.envelope import MANIFEST_BYTES_MAX, MESSAGE_BYTES_MAX
from tests.processes import LOOPBACK, Server, free_port, installed
from tests.waiting import pause, wait_for

SHIPPED = Path("deploy/mosquitto")
NOT_AUTHORISED = 0x87
NOBODY_LISTENS = 0x10  # accepted
GATE, OTHER = "KEL-N3-01", "TXG-A1-02"
PASSWORD = "only for this test"
QUIET_S = 0.3


class Authority:
    """A certificate authority of this test run."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}-ca.pem"
        own = self._certificate(name, self.key, ca=True)
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(self, common_name: str) -> tuple[str, str]:
        """Paths of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, private = self.folder / f"{common_name}.pem", self.folder / f"{common_name}.key"
        issued = self._certificate(common_name, key, ca=False)
        certificate.write_bytes(issued.public_bytes(serialization.Encoding.PEM))
        encryption = serialization.NoEncryption()
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        private.write_bytes(key.private_bytes(pem, form, encryption))
        return str(certificate), str(private)

    def _certificate(self, common_name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        now = datetime.now(UTC)  # noqa: TID251 - OpenSSL checks against the real clock
        return (
            x509.CertificateBuilder()
            .subject_name(named(common_name))
            .issuer_name(named(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(self.key, hashes.SHA256())
        )


@dataclass
class Heard:
    """One MQTT client and what it heard."""

    client: mqtt.Client
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> int:
        """Publish at QoS 1 and return the PUBACK's reason code."""
        codes: list[int] = []

        def on_publish(_client: object, _data: object, _mid: int, reason: mqtt.ReasonCode, _properties: object) -> None:
            codes.append(reason.value)

        self.client.on_publish = on_publish
        self.client.publish(topic, payload, qos=1, retain=retain)
        wait_for(lambda: codes, what=f"PUBACK for {topic}")
        return codes[0]

    def subscribe(self, *filters: str) -> None:
        answered: list[object] = []
        self.client.on_subscribe = lambda *_: answered.append(1)
        self.client.subscribe([(name, mqtt.SubscribeOptions(qos=1)) for name in filters])
        wait_for(lambda: answered, what="SUBACK")


@dataclass
class Broker:
    """The broker under the shipped configuration, with what a client needs to reach it."""

    server: Server
    gates_port: int
    cloud_port: int
    gates: Authority
    clients: list[mqtt.Client] = field(default_factory=list)

    def gate(self, name: str, *, client_id: str | None = None, authority: Authority | None = None) -> Heard:
        context = ssl.create_default_context(cafile=str(self.gates.file))
        context.load_cert_chain(*(authority or self.gates).issue(name))
        return self._connect(client_id or name, self.gates_port, context)

    def without_certificate(self) -> Heard:
        return self._connect("nobody", self.gates_port, ssl.create_default_context(cafile=str(self.gates.file)))

    def cloud(self, name: str = "sealgate-cloud-ingest", password: str | None = PASSWORD) -> Heard:
        return self._connect(name, self.cloud_port, None, password)

    def _connect(self, client_id: str, port: int, context: ssl.SSLContext | None, password: str | None = None) -> Heard:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv5)
        heard = Heard(client)
        connected: list[int] = []
        client.on_connect = lambda _c, _d, _f, reason, _p: (
            connected if not reason.is_failure else heard.refused
        ).append(reason.value)
        client.on_connect_fail = lambda *_: heard.refused.append(-1)
        client.on_disconnect = lambda _c, _d, _f, reason, _p: heard.refused.append(reason.value)
        client.on_message = lambda _c, _d, message: heard.messages.append((message.topic, message.payload))
        if context is not None:
            client.tls_set_context(context)
        if password is not None:
            client.username_pw_set("sealgate-cloud", password)
        session = Properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = 600
        client.connect_async("localhost", port, clean_start=False, properties=session)
        self.clients.append(client)
        client.loop_start()
        wait_for(lambda: connected or heard.refused, what=f"{client_id} connected or refused")
        return heard

    def close(self) -> None:
        for client in self.clients:
            client.disconnect()
            client.loop_stop()
        self.server.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    gates = Authority(tmp_path, "gates")
    certificate, key = gates.issue("localhost")
    passwords = tmp_path / "passwd"
    subprocess.run(
        [installed("mosquitto_passwd", "mosquitto"), "-b", "-c", passwords, "sealgate-cloud", PASSWORD], check=True
    )
    gates_port, cloud_port = free_port(), free_port()
    changed: dict[str, str] = {
        "listener 8883": f"listener {gates_port} {LOOPBACK}",
        f"listener 1883 {LOOPBACK}": f"listener {cloud_port} {LOOPBACK}",
        "/etc/mosquitto/sealgate.acl": str((SHIPPED / "acl").absolute()),
        "/etc/mosquitto/sealgate.passwd": str(passwords),
        "/etc/mosquitto/gates-ca.pem": str(gates.file),
        "/etc/mosquitto/broker.pem": certificate,
        "/etc/mosquitto/broker.key": key,
        "/var/lib/mosquitto/": f"{tmp_path}/",
    }
    text = (SHIPPED / "mosquitto.conf").read_text()
    for shipped, here in changed.items():
        assert shipped in text
        text = text.replace(shipped, here)
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(text + "\nuser root\n")
    command = (installed("mosquitto", "mosquitto"), "-c", str(configuration))
    server = Server(name="mosquitto", command=command, folder=tmp_path, port=cloud_port).start()
    running = Broker(server, gates_port, cloud_port, gates)
    yield running
    running.close()


@pytest.mark.parametrize("topic", [topics.scan, topics.telemetry, topics.state, topics.reply])
def test_a_gate_speaks_under_its_own_id_only(broker: Broker, topic: Callable[[str], str]) -> None:
    cloud, gate = broker.cloud(), broker.gate(GATE)
    cloud.subscribe(*topics.upward_filters())
    assert gate.publish(topic(GATE), b"mine") == 0
    assert gate.publish(topic(OTHER), b"forged") == NOT_AUTHORISED
    wait_for(lambda: cloud.messages)
    pause(QUIET_S)
    assert cloud.messages == [(topic(GATE), b"mine")]


def test_a_gate_says_nothing_in_the_clouds_name(broker: Broker) -> None:
    gate = broker.gate(GATE)
    for topic in (topics.receipt, topics.manifest, topics.command):
        assert gate.publish(topic(GATE)) == NOT_AUTHORISED


def test_a_gate_hears_only_what_is_for_it(broker: Broker) -> None:
    cloud, gate = broker.cloud(), broker.gate(GATE)
    gate.subscribe("sealgate/v1/+/+/manifest", "sealgate/v1/+/+/receipt", "sealgate/v1/+/+/scan")
    for name in (OTHER, GATE):
        assert cloud.publish(topics.manifest(name), name.encode(), retain=True) == 0
    broker.gate(OTHER).publish(topics.scan(OTHER))
    wait_for(lambda: gate.messages)
    pause(QUIET_S)
    assert gate.messages == [(topics.manifest(GATE), GATE.encode())]


def test_the_cloud_cannot_pretend_to_be_a_gate(broker: Broker) -> None:
    assert broker.cloud().publish(topics.scan(GATE)) == NOT_AUTHORISED


def test_a_borrowed_client_id_takes_over_no_session(broker: Broker) -> None:
    gate = broker.gate(GATE)
    thief = broker.gate(OTHER, client_id=GATE)
    assert thief.publish(topics.scan(OTHER)) == NOBODY_LISTENS
    pause(QUIET_S)
    assert gate.client.is_connected()
    assert gate.refused == []


def test_nobody_gets_in_without_a_certificate_of_ours(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    assert broker.without_certificate().refused
    assert broker.gate(GATE, authority=Authority(tmp_path / "stranger", "stranger")).refused


def test_nobody_gets_in_as_the_cloud_without_the_password(broker: Broker) -> None:
    assert broker.cloud("no-password", None).refused[0] == NOT_AUTHORISED
    assert broker.cloud("wrong-password", "guessed").refused[0] == NOT_AUTHORISED


def test_manifests_and_queued_messages_survive_a_restart(broker: Broker) -> None:
    cloud = broker.cloud()
    cloud.subscribe(*topics.upward_filters())
    cloud.publish(topics.manifest(GATE), b"papers", retain=True)
    cloud.client.disconnect()
    assert broker.gate(OTHER).publish(topics.scan(OTHER), b"while you were away") == 0
    broker.server.stop()
    broker.server.start()
    gate = broker.gate(GATE)
    gate.subscribe(topics.manifest(GATE))
    wait_for(lambda: gate.messages == [(topics.manifest(GATE), b"papers")])
    again = broker.cloud()
    wait_for(lambda: again.messages == [(topics.scan(OTHER), b"while you were away")])


def test_the_limits_fit_the_contract() -> None:
    text = (SHIPPED / "mosquitto.conf").read_text()
    found = re.search(r"^max_packet_size (\d+)$", text, flags=re.MULTILINE)
    assert found
    assert int(found[1]) > max(MESSAGE_BYTES_MAX, MANIFEST_BYTES_MAX) + 1024


@pytest.mark.req("R-111")
def test_the_largest_manifest_reaches_its_gate(broker: Broker) -> None:
    gate, cloud = broker.gate(GATE), broker.cloud()
    gate.subscribe(topics.manifest(GATE))
    largest = b"x" * MANIFEST_BYTES_MAX
    cloud.publish(topics.manifest(GATE), largest, retain=True)
    wait_for(lambda: gate.messages == [(topics.manifest(GATE), largest)])
