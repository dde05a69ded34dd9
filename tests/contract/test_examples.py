"""The signed examples, which a foreign implementation can check itself against, judged by envelope and joserfc."""

import hashlib
import json
from pathlib import Path

import pytest
from joserfc import jws as joserfc_jws
from joserfc.jwk import OKPKey

from docs.generator import examples
from docs.generator.examples import FORGERIES, KID, PUBLIC_JWK, fingerprint, leaf_of
from docs.generator.json_schemas import CONTRACTS
from schemas import envelope, sun

EXAMPLES = Path("schemas/examples")
GOOD = sorted((EXAMPLES / "good").glob("*.jws"))
KEY = envelope.VerifyingKey.from_jwk(PUBLIC_JWK)
CHAIN = ("scan-epoch", "scan-departure", "scan-unknown-seal", "scan-from-a-newer-gate")


def find_key(kid: str) -> envelope.VerifyingKey | None:
    return KEY if kid == KID else None


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.req("R-113")
@pytest.mark.parametrize("path", GOOD, ids=name_of)
def test_good_example_verifies_here_and_by_a_second_library(path: Path) -> None:
    payload = envelope.verify(path.read_bytes(), CONTRACTS[leaf_of(path.stem)].typ, find_key)
    assert json.loads(payload) == json.loads(path.with_suffix(".json").read_text())
    other = joserfc_jws.deserialize_compact(path.read_bytes(), OKPKey.import_key(dict(PUBLIC_JWK)), ["Ed25519"])
    assert other.payload == payload


def test_the_envelope_signs_the_same_bytes() -> None:
    key = envelope.SigningKey.from_seed(examples.unb64url(examples.SEED))
    payload = examples.compact(json.loads((EXAMPLES / "good/scan-departure.json").read_text()))
    assert key.sign(envelope.Typ.SCAN, payload) == (EXAMPLES / "good/scan-departure.jws").read_bytes()


@pytest.mark.req("R-113")
@pytest.mark.parametrize("name", FORGERIES)
def test_rejected_example_meets_its_code(name: str) -> None:
    with pytest.raises(envelope.Rejected) as refusal:
        envelope.verify((EXAMPLES / f"rejected/{name}.jws").read_bytes(), envelope.Typ.SCAN, find_key)
    assert refusal.value.code == FORGERIES[name].code


def test_every_rejected_file_is_explained() -> None:
    assert {path.stem for path in (EXAMPLES / "rejected").glob("*.jws")} == set(FORGERIES)


def test_the_records_form_a_chain() -> None:
    previous = None
    for seq, name in enumerate(CHAIN, start=1):
        link = json.loads((EXAMPLES / f"good/{name}.json").read_text())["link"]
        assert (link["seq"], link["prev"]) == (seq, previous)
        previous = fingerprint((EXAMPLES / f"good/{name}.jws").read_bytes())


def test_the_receipt_names_the_head_by_its_exact_bytes() -> None:
    head = hashlib.sha256((EXAMPLES / "good/scan-departure.jws").read_bytes()).digest()
    receipt = json.loads((EXAMPLES / "good/receipt-stored.json").read_text())
    assert examples.unb64url(receipt["stored"][0]["head"]) == head


class ZeroKeys:
    def file_key(self, _uid: bytes) -> bytes:
        return bytes(16)

    def meta_key(self) -> bytes:
        return bytes(16)


def test_the_seal_in_the_departure_answers_to_the_zero_key() -> None:
    tag = json.loads((EXAMPLES / "good/scan-departure.json").read_text())["tag"]
    read = sun.verify(sun.parse(bytes.fromhex(tag["ndef"])), bytes.fromhex(tag["uid"]), ZeroKeys())
    assert (read.counter, read.tamper) == (8, "CC")
