"""Frames of the PN532's serial wire: normal, extended, aborted, torn and mixed with noise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.emulate.pn532 import ACK_FRAME, crc_a, frame, split_frame


@pytest.mark.parametrize(("octets", "crc"), [("0000", "A01E"), ("1234", "26CF")])
def test_crc_a_of_iso_14443_3_annex_b(octets, crc):
    assert crc_a(bytes.fromhex(octets)).hex().upper() == crc


def test_a_frame_as_the_manual_prints_it():
    assert frame(b"\xd4\x02") == bytes.fromhex("0000FF02FED4022A00")


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=400), st.binary(max_size=20))
def test_what_is_framed_comes_out_again(payload, rest):
    whole = frame(payload) + rest
    found, left = split_frame(whole)
    assert found == payload
    assert left.lstrip(b"\0") == rest.lstrip(b"\0")


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=300), st.data())
def test_half_a_frame_waits_for_the_other_half(payload, data):
    whole = frame(payload)
    cut = data.draw(st.integers(1, len(whole) - 1))
    found, left = split_frame(whole[:cut])
    assert found is None
    assert split_frame(left + whole[cut:])[0] == payload


def test_a_host_ack_aborts_and_leaves_the_next_frame():
    assert split_frame(ACK_FRAME + frame(b"\xd4\x02")) == (b"", b"\x00" + frame(b"\xd4\x02"))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_noise_ends(noise):
    left = noise
    for _ in range(len(noise) + 1):
        found, left = split_frame(left)
        if found is None:
            break
    assert found is None
