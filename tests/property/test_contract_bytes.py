"""Any bytes at the contract's doors: a typed refusal or a faithful reading, never another exception (R-113)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import envelope, sealed, sun, topics
from schemas.envelope import Rejected, SigningKey, Typ, b64url
from schemas.messages import Manifest, Receipt, ScanEvent, Telemetry

KEY = SigningKey.from_seed(bytes(range(32)))
OPENING_KEY = sealed.OpeningKey.of_signer(KEY.seed)
KEYS = {KEY.kid: KEY.verifying_key}
segment = st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda raw: b64url(raw).encode()))
nearly_jws = st.tuples(segment, segment, segment).map(b".".join)
nearly_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["v", "kind", "link", "gate", "at", "x"]), inner, max_size=6)
    ),
    max_leaves=12,
)


@pytest.mark.req("R-113")
@given(st.one_of(st.binary(max_size=200), nearly_jws), st.sampled_from(Typ))
def test_no_bytes_break_the_envelope(raw, typ):
    with contextlib.suppress(Rejected):
        envelope.verify(raw, typ, KEYS.get)
        pytest.fail("bytes that we did not sign were accepted")
    with contextlib.suppress(Rejected):
        envelope.kid_of(raw)
    with contextlib.suppress(Rejected):
        envelope.split_batch(raw)


@pytest.mark.req("R-116")
@given(
    st.one_of(st.binary(max_size=200), st.tuples(segment, st.just(b""), segment, segment, segment).map(b".".join)),
    st.sampled_from(sealed.Purpose),
)
def test_no_bytes_break_the_seal_of_a_message(raw, purpose):
    with contextlib.suppress(Rejected):
        sealed.open_sealed(raw, OPENING_KEY, purpose)
        pytest.fail("bytes that nobody sealed were opened")


@pytest.mark.req("R-113")
@given(st.one_of(st.binary(max_size=200), nearly_json.map(envelope.msgspec.json.encode)))
def test_no_payload_breaks_the_readers(payload):
    for kind in (Telemetry, Manifest, Receipt, ScanEvent):
        with contextlib.suppress(Rejected):
            envelope.decode(payload, kind)
    with contextlib.suppress(Rejected):
        envelope.decode_record(payload)


@pytest.mark.req("R-113")
@given(st.binary(max_size=500), st.sampled_from(Typ))
def test_what_was_signed_comes_back_byte_for_byte(payload, typ):
    assert envelope.verify(KEY.sign(typ, payload), typ, KEYS.get) == payload


@pytest.mark.req("R-053")
@given(
    st.one_of(
        st.binary(max_size=120),
        st.binary(max_size=90).map(lambda tail: b"\xd1\x01" + bytes([len(tail) + 2]) + b"U\x04" + tail),
    )
)
def test_no_chip_breaks_the_seal_reader(ndef):
    with contextlib.suppress(Rejected):
        sun.parse(ndef)


@given(st.text(max_size=60))
def test_no_topic_breaks_the_address(topic):
    with contextlib.suppress(Rejected):
        topics.parse(topic)
