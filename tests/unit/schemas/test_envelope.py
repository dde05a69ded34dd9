"""The envelope against published vectors (RFC 8037 appendix A) and a second library (joserfc)."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws as joserfc_jws
from joserfc.jwk import OKPKey

from schemas import envelope
from schemas.envelope import Rejected, SigningKey, Typ, VerifyingKey, b64url, unb64url

RFC8037_D = unb64url(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
RFC8037_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC8037_INPUT = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
RFC8037_SIGNATURE = b"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
KEY = SigningKey.from_seed(RFC8037_D)
KEYS = {KEY.kid: KEY.verifying_key}


def reason(jws: bytes, typ: Typ = Typ.SCAN) -> str:
    with pytest.raises(Rejected) as caught:
        envelope.verify(jws, typ, KEYS.get)
    return caught.value.code


@pytest.mark.req("R-113")
def test_the_primitive_and_thumbprint_of_rfc_8037():
    assert KEY.public_jwk["x"] == RFC8037_X
    assert KEY.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert KEY.verifying_key.accepts(unb64url(RFC8037_SIGNATURE), RFC8037_INPUT)


@pytest.mark.req("R-113")
def test_the_algorithm_name_of_rfc_8037_is_refused_since_rfc_9864():
    assert reason(RFC8037_INPUT + b"." + RFC8037_SIGNATURE) == "HEADER"  # and it has neither kid nor typ
    header = b64url(json.dumps({"alg": "EdDSA", "kid": KEY.kid, "typ": Typ.SCAN}).encode()).encode()
    signing_input = header + b".e30"
    jws = signing_input + b"." + b64url(KEY._key.sign(signing_input).signature).encode()
    assert reason(jws) == "ALG"


@pytest.mark.req("R-113")
def test_a_second_library_verifies_what_we_sign_and_we_verify_what_it_signs():
    okp = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": RFC8037_X, "d": b64url(RFC8037_D)})
    ours = KEY.sign(Typ.RECEIPT, b'{"a":1}')
    assert joserfc_jws.deserialize_compact(ours, okp, algorithms=["Ed25519"]).payload == b'{"a":1}'
    header = {"alg": "Ed25519", "kid": KEY.kid, "typ": str(Typ.RECEIPT)}
    theirs = joserfc_jws.serialize_compact(header, b'{"b":2}', okp, algorithms=["Ed25519"])
    assert envelope.verify(theirs.encode(), Typ.RECEIPT, KEYS.get) == b'{"b":2}'


@pytest.mark.req("R-113")
def test_one_changed_byte_anywhere_is_refused():
    jws = KEY.sign(Typ.SCAN, b'{"seq":1}')
    for at in range(len(jws)):
        for bit in (1, 4, 32):
            assert reason(jws[:at] + bytes([jws[at] ^ bit]) + jws[at + 1 :]) in envelope_codes


envelope_codes = {"NOT-JWS", "HEADER", "TYPE", "KEY-UNKNOWN", "ALG", "SIGNATURE"}


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    ("jws", "code"),
    [
        (b"", "NOT-JWS"),
        (b"a.b", "NOT-JWS"),
        (b"a.b.c.d", "NOT-JWS"),
        (b"x" * (envelope.JWS_BYTES_MAX + 1), "TOO-LONG"),
        (b"e30.e30.AA", "HEADER"),
        (b"\xff\xfe.e30.AA", "NOT-JWS"),
        (b64url(b"[" * 5000).encode() + b".e30.AA", "HEADER"),
    ],
)
def test_bytes_that_are_no_envelope(jws, code):
    assert reason(jws) == code


@pytest.mark.req("R-113")
def test_a_signature_for_one_purpose_is_worth_nothing_for_another():
    assert reason(KEY.sign(Typ.MANIFEST, b"{}"), Typ.COMMAND) == "TYPE"


@pytest.mark.req("R-113")
def test_an_unknown_key_and_a_foreign_algorithm_are_refused():
    assert reason(SigningKey.generate().sign(Typ.SCAN, b"{}")) == "KEY-UNKNOWN"


@pytest.mark.req("R-113")
def test_a_second_spelling_of_a_signature_is_refused():
    jws = KEY.sign(Typ.SCAN, b"{}")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sibling = alphabet[alphabet.index(jws[-1:]) ^ 1]  # differs only in bits that decoding throws away
    assert unb64url((jws[:-1] + bytes([sibling])).rsplit(b".")[-1]) == unb64url(jws.rsplit(b".")[-1])
    assert reason(jws[:-1] + bytes([sibling])) == "SIGNATURE"


@pytest.mark.req("R-113")
def test_a_hardware_key_signs_with_es256_and_the_mirrored_signature_is_refused():
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64url(numbers.x.to_bytes(32, "big")),
        "y": b64url(numbers.y.to_bytes(32, "big")),
    }
    key = VerifyingKey.from_jwk(jwk)
    header = b64url(json.dumps({"alg": "ES256", "kid": key.kid, "typ": Typ.SCAN}).encode())
    signing_input = f"{header}.e30".encode()
    r, s = decode_dss_signature(private.sign(signing_input, ec.ECDSA(hashes.SHA256())))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    low, high = min(s, order - s), max(s, order - s)

    def assembled(s_value: int) -> bytes:
        return signing_input + b"." + b64url(r.to_bytes(32, "big") + s_value.to_bytes(32, "big")).encode()

    assert envelope.verify(assembled(low), Typ.SCAN, {key.kid: key}.get) == b"{}"
    with pytest.raises(Rejected):
        envelope.verify(assembled(high), Typ.SCAN, {key.kid: key}.get)


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "RSA"},
        {"kty": "OKP", "crv": "X25519", "x": RFC8037_X},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": RFC8037_X, "alg": "EdDSA"},
    ],
)
def test_a_key_that_cannot_be_registered_says_why(jwk):
    with pytest.raises(ValueError, match=r"not an|member|signs with"):
        VerifyingKey.from_jwk(jwk)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b'{"kind":"SCAN","v":2}', "VERSION"),
        (b'{"kind":"EPOCH","v":1}', "MALFORMED"),
        (b"\xff", "MALFORMED"),
        (b"[" * 100_000, "MALFORMED"),
        (b"1e999999", "MALFORMED"),
    ],
)
def test_payloads_that_are_no_record(payload, code):
    with pytest.raises(Rejected) as caught:
        envelope.decode_record(payload)
    assert caught.value.code == code


def test_a_batch_is_taken_apart_as_it_was_joined():
    records = [b"a.b.c", b"d.e.f"]
    assert envelope.split_batch(envelope.join_batch(records)) == records
    for too_much in (b"x" * (envelope.MESSAGE_BYTES_MAX + 1), b"\n" * envelope.RECORDS_PER_MESSAGE_MAX):
        with pytest.raises(Rejected) as caught:
            envelope.split_batch(too_much)
        assert caught.value.code == "TOO-LONG"
