"""The other end of a gate's wires: a broker client that gives orders, and a server that takes what is put up."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from schemas import envelope, topics
from schemas.envelope import Typ
from schemas.messages import Command, GateState, Manifest, PhotoUpload, Range, Receipt, Reply, Telemetry
from tests.edge_gate import CLOUD_KEY, signed
from tests.processes import LOOPBACK
from tests.waiting import wait_for

if TYPE_CHECKING:
    from schemas.envelope import SigningKey

KINDS = {
    "state": (Typ.STATE, GateState),
    "telemetry": (Typ.TELEMETRY, Telemetry),
    "reply": (Typ.REPLY, Reply),
}
WITHIN_S = 30.0


class Upload(NamedTuple):
    told: PhotoUpload
    content_type: str
    body: bytes


class Centre:
    """One gate's cloud: it believes what the gate's key signed, and nothing else."""

    def __init__(self, broker_port: int, gate: str, key: SigningKey) -> None:
        self.gate = gate
        self._key = key
        self.heard: list[tuple[str, Any]] = []
        self.uploads: list[Upload] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._take
        self._client.connect(LOOPBACK, broker_port)
        self._client.subscribe(f"sealgate/v1/+/{gate}/#", qos=1)
        self._client.loop_start()
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self.web_port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._server.shutdown()
        self._server.server_close()

    def command(self, **facts: Any) -> None:
        order = Command(v=1, gate=self.gate, **facts)
        self._client.publish(topics.command(self.gate), signed(order, Typ.COMMAND), qos=1)

    def manifest(self, manifest: Manifest) -> None:
        self._client.publish(topics.manifest(self.gate), signed(manifest), qos=1, retain=True)

    def all(self, leaf: str) -> list[Any]:
        return [message for name, message in self.heard if name == leaf]

    def until(self, leaf: str, count: int = 1) -> Any:
        """Wait for so many messages of a kind; return the last of them."""
        wait_for(lambda: len(self.all(leaf)) >= count, WITHIN_S, what=f"{count} × {leaf}")
        return self.all(leaf)[count - 1]

    def upload(self, sha256: str) -> Upload:
        """Wait until something was put up, by its hash."""

        def found() -> Upload | None:
            return next((each for each in self.uploads if each.told.sha256 == sha256), None)

        upload = wait_for(found, WITHIN_S, what=f"upload {sha256}")
        assert upload is not None
        return upload

    def find_key(self, kid: str) -> Any:
        return self._key.verifying_key if kid == self._key.kid else None

    def _take(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        leaf = message.topic.rpartition("/")[2]
        if leaf == "scan":
            self._receipt(message.payload)
        if leaf in KINDS:
            typ, kind = KINDS[leaf]
            self.heard.append((leaf, envelope.decode(envelope.verify(message.payload, typ, self.find_key), kind)))

    def _receipt(self, payload: bytes) -> None:
        """Say of each record that it is stored."""
        for jws in envelope.split_batch(payload):
            link = envelope.decode_record(envelope.verify(jws, Typ.SCAN, self.find_key)).link
            span = Range(epoch=link.epoch, first=link.seq, last=link.seq, head=envelope.fingerprint(jws))
            receipt = Receipt(v=1, gate=self.gate, at=datetime.now(UTC), stored=(span,))  # noqa: TID251 -- the centre's own clock
            self._client.publish(topics.receipt(self.gate), signed(receipt, Typ.RECEIPT), qos=1)


def _handler(centre: Centre) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            payload = envelope.verify(self.headers["Sealgate-Signature"].encode(), Typ.PHOTO, centre.find_key)
            told = envelope.decode(payload, PhotoUpload)
            assert (told.sha256, told.size) == (envelope.fingerprint(body), len(body))
            assert self.path == f"/api/v1/photos/{told.sha256}"
            centre.uploads.append(Upload(told, self.headers["Content-Type"], body))
            answer = json.dumps({"gate": told.gate, "sha256": told.sha256, "size": told.size}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    return Handler


def public(key: SigningKey = CLOUD_KEY) -> dict[str, str]:
    """A key as the gate's settings pin it."""
    return {name: key.public_jwk[name] for name in ("kty", "crv", "x")}
