"""The packets that ingest reads itself: the same deliveries as paho's own decoder, however the stream is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud.adapters.mqtt.packets import Delivery, MalformedError, next_packet, read_publish, write_pubacks


def length_bytes(value):
    out = bytearray()
    while True:
        value, byte = divmod(value, 128)
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def properties(count):
    made = Properties(PacketTypes.PUBLISH)
    made.UserProperty = [("key", "value" * 4)] * count if count else []
    return made.pack() if count else b"\0"


@st.composite
def publishes(draw):
    topic = draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)).encode()
    payload, qos = draw(st.binary(max_size=300)), draw(st.integers(0, 1))
    mid = draw(st.integers(1, 65_535)).to_bytes(2, "big") if qos else None
    head = 0x30 | qos << 1 | draw(st.sampled_from([0, 1, 8, 9]))
    body = len(topic).to_bytes(2, "big") + topic + (mid or b"") + properties(draw(st.integers(0, 12))) + payload
    return bytes([head]) + length_bytes(len(body)) + body, Delivery(topic, payload, mid)


others = st.sampled_from([b"\xd0\x00", b"\x40\x02\x00\x01", b"\x34\x06\x00\x01a\x00\x07\x00"]).map(
    lambda raw: (raw, None)
)


def read_all(buffer):
    start, found = 0, []
    while (bounds := next_packet(buffer, start)) is not None:
        found.append(read_publish(buffer, start, *bounds))
        start = bounds[1]
    del buffer[:start]
    return found


@given(packets=st.lists(publishes() | others, max_size=8), data=st.data())
def test_every_cut_of_the_stream_gives_the_same_deliveries(packets, data):
    stream = b"".join(raw for raw, _ in packets)
    cut = data.draw(st.integers(0, len(stream)))
    buffer = bytearray(stream[:cut])
    found = read_all(buffer)
    buffer += stream[cut:]
    found += read_all(buffer)
    assert found == [expected for _, expected in packets]
    assert not buffer


@given(stream=st.binary(max_size=200))
def test_any_bytes_are_read_or_said_to_be_malformed(stream):
    try:
        read_all(bytearray(stream))
    except MalformedError:
        return


def test_a_length_of_five_bytes_is_malformed():
    with pytest.raises(MalformedError):
        next_packet(bytearray(b"\x30\xff\xff\xff\xff\x01"), 0)


def test_acknowledgements_go_out_in_one_piece():
    assert write_pubacks([b"\x00\x01", b"\xff\xff"]) == b"\x40\x02\x00\x01\x40\x02\xff\xff"
