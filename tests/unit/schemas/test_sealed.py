"""Sealed bytes against published vectors (RFC 8037 A.6, libsodium) and two other libraries (jwcrypto, joserfc)."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import OKPKey

from schemas import sealed
from schemas.envelope import Rejected, SigningKey, b64url, unb64url
from schemas.reasons import REASONS
from schemas.sealed import OpeningKey, Purpose

VECTORS = yaml.safe_load((Path(__file__).parents[2] / "vectors" / "sealed.yaml").read_text())
BOB = OpeningKey(bytes.fromhex(VECTORS["bob"]["private"]))
EVE = OpeningKey(bytes(range(32)))
SMALL_ORDER = b64url(bytes(32))
PLAIN = b'{"v":1,"gate":"KEL-01"}'
ALGORITHMS = ["ECDH-ES", "A256GCM"]


def reason(jwe: bytes, key: OpeningKey = BOB, purpose: Purpose = Purpose.SECRETS) -> str:
    with pytest.raises(Rejected) as caught:
        sealed.open_sealed(jwe, key, purpose)
    assert caught.value.code in REASONS
    return caught.value.code


def by_joserfc(plain: bytes, typ: str = Purpose.SECRETS, **members: object) -> bytes:
    to_bob = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": BOB.public})
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": BOB.kid, "typ": typ} | members
    return joserfc_jwe.encrypt_compact(header, plain, to_bob, algorithms=[*ALGORITHMS, "DEF", "A128GCM"]).encode()


@pytest.mark.req("R-116")
def test_bob_of_rfc_8037_has_his_public_key_and_thumbprint():
    assert BOB.public == VECTORS["bob"]["public"]
    canonical = f'{{"crv":"X25519","kty":"OKP","x":"{BOB.public}"}}'
    assert BOB.kid == b64url(hashlib.sha256(canonical.encode()).digest())  # RFC 7638 §3


@pytest.mark.req("R-116")
@pytest.mark.parametrize("vector", VECTORS["sealed"], ids=lambda vector: vector["purpose"])
def test_what_another_library_sealed_opens_here(vector):
    opened = sealed.open_sealed(vector["jwe"].encode(), BOB, Purpose(vector["purpose"]))
    assert opened == vector["plain"].encode()


@pytest.mark.req("R-116")
def test_a_second_library_opens_what_we_seal_and_we_open_what_it_seals():
    private = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": BOB.public, "d": b64url(BOB.private)})
    ours = sealed.seal(PLAIN, BOB.public, Purpose.PAPER)
    assert joserfc_jwe.decrypt_compact(ours, private, algorithms=ALGORITHMS).plaintext == PLAIN
    assert sealed.open_sealed(by_joserfc(PLAIN), BOB, Purpose.SECRETS) == PLAIN


@pytest.mark.req("R-113")
def test_the_opening_key_of_a_signing_key_is_the_one_libsodium_gives():
    curves = VECTORS["curves"]
    seed = bytes.fromhex(curves["seed"])
    key = OpeningKey.of_signer(seed)
    assert (key.private.hex(), unb64url(key.public.encode()).hex()) == (curves["private"], curves["public"])
    assert sealed.reader_of(SigningKey.from_seed(seed).public_jwk) == key.public
    scalar = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])  # RFC 8032 §5.1.5
    assert scalar.public_key().public_bytes_raw().hex() == curves["public"]


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "EC", "crv": "P-256", "x": SMALL_ORDER, "y": SMALL_ORDER},  # a hardware key signs, and opens nothing
        {"kty": "OKP", "crv": "Ed25519", "x": b64url(b"\x01" + bytes(31))},  # the neutral point
        {"kty": "OKP", "crv": "Ed25519", "x": "short"},
        {"kty": "OKP", "crv": "Ed25519"},
    ],
)
def test_a_key_that_cannot_open_anything_is_sent_nothing(jwk):
    assert sealed.reader_of(jwk) is None


@pytest.mark.req("R-116")
def test_no_two_results_are_alike_and_none_shows_what_it_holds():
    results = {sealed.seal(PLAIN, BOB.public, Purpose.PAPER) for _ in range(4)}
    assert len(results) == 4
    assert {sealed.open_sealed(jwe, BOB, Purpose.PAPER) for jwe in results} == {PLAIN}
    assert not any(part in jwe for jwe in results for part in (PLAIN, b64url(PLAIN).encode()))


@pytest.mark.req("R-116")
def test_another_reader_opens_nothing_even_when_the_header_names_him():
    jwe = sealed.seal(PLAIN, BOB.public, Purpose.SECRETS)
    assert reason(jwe, EVE) == "SEALED-KEY"
    head, rest = jwe.split(b".", 1)
    renamed = json.dumps(json.loads(unb64url(head)) | {"kid": EVE.kid}).encode()
    assert reason(b64url(renamed).encode() + b"." + rest, EVE) == "SEALED-OPEN"


@pytest.mark.req("R-116")
def test_a_paper_is_no_secret_and_a_secret_no_paper():
    assert reason(sealed.seal(PLAIN, BOB.public, Purpose.PAPER)) == "TYPE"
    assert reason(sealed.seal(PLAIN, BOB.public, Purpose.SECRETS), purpose=Purpose.PAPER) == "TYPE"


@pytest.mark.req("R-116")
def test_every_cut_and_every_changed_byte_is_refused():
    jwe = sealed.seal(PLAIN, BOB.public, Purpose.SECRETS)
    codes = {reason(jwe[:end]) for end in range(len(jwe))}
    codes |= {reason(jwe[:at] + bytes([jwe[at] ^ bit]) + jwe[at + 1 :]) for at in range(len(jwe)) for bit in (4, 32)}
    assert codes <= {"SEALED-FORM", "SEALED-KEY", "SEALED-OPEN", "TYPE"}


@pytest.mark.req("R-116")
def test_two_messages_sealed_to_the_same_reader_cannot_be_spliced():
    one, other = (sealed.seal(plain, BOB.public, Purpose.SECRETS).split(b".") for plain in (PLAIN, b"other"))
    for at in (0, 2, 3, 4):
        assert reason(b".".join([*one[:at], other[at], *one[at + 1 :]])) == "SEALED-OPEN"


@pytest.mark.req("R-116")
@pytest.mark.parametrize(
    ("jwe", "code"),
    [
        (b"", "SEALED-FORM"),
        (b"....", "SEALED-FORM"),
        (b"a.b.c", "SEALED-FORM"),
        (b"." * 4_000, "SEALED-FORM"),
        (b"e30....", "SEALED-FORM"),
        (b"\xff\xfe....", "SEALED-FORM"),
        (b64url(b"[" * 5000).encode() + b"....", "SEALED-FORM"),
        (b"x" * (sealed.SEALED_BYTES_MAX[Purpose.SECRETS] + 1), "TOO-LONG"),
    ],
    ids=range(8),
)
def test_bytes_that_are_not_sealed_as_we_do(jwe, code):
    assert reason(jwe) == code


@pytest.mark.req("R-116")
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"zip": "DEF"}, "SEALED-FORM"),  # nothing here is ever inflated
        ({"enc": "A128GCM"}, "SEALED-FORM"),
        ({"apu": "QWxpY2U"}, "SEALED-FORM"),
        ({"typ": "JWE"}, "TYPE"),
    ],
)
def test_what_another_library_seals_in_another_way_is_refused(members, code):
    assert reason(by_joserfc(PLAIN, **members)) == code


@pytest.mark.req("R-116")
def test_a_sender_who_names_a_point_of_small_order_gets_no_known_key():
    head, *rest = sealed.seal(PLAIN, BOB.public, Purpose.SECRETS).split(b".")
    members = json.loads(unb64url(head))
    members["epk"]["x"] = SMALL_ORDER
    assert reason(b".".join([b64url(json.dumps(members).encode()).encode(), *rest])) == "SEALED-OPEN"


@pytest.mark.req("R-116")
@pytest.mark.parametrize(
    "public_key", ["", "AAAA", "not base64url!", SMALL_ORDER, b64url(bytes(33)), "\ud800"], ids=range(6)
)
def test_nothing_is_sealed_to_what_is_no_key(public_key):
    with pytest.raises(Rejected) as caught:
        sealed.seal(PLAIN, public_key, Purpose.PAPER)
    assert caught.value.code == "SEALED-KEY"


@pytest.mark.req("R-070")
@pytest.mark.parametrize("purpose", Purpose)
def test_the_longest_that_may_be_sealed_fits_its_field_and_one_byte_more_is_refused(purpose):
    longest = bytes(sealed.PLAIN_BYTES_MAX[purpose])
    jwe = sealed.seal(longest, BOB.public, purpose)
    assert len(jwe) <= sealed.SEALED_BYTES_MAX[purpose]
    assert sealed.open_sealed(jwe, BOB, purpose) == longest
    with pytest.raises(Rejected) as caught:
        sealed.seal(longest + b"x", BOB.public, purpose)
    assert caught.value.code == "TOO-LONG"


@pytest.mark.req("R-116")
def test_a_printed_key_shows_its_public_half_only():
    assert repr(BOB) == f"OpeningKey({BOB.public})"
    assert X25519PublicKey.from_public_bytes(unb64url(BOB.public.encode()))
