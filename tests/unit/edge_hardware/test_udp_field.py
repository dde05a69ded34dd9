"""The UDP front end, datagram by datagram: latch, repeats, selection."""

import pytest

from edge.emulate import udp
from edge.emulate.isodep import IsoDep
from edge.emulate.tags import Ntag213
from edge.emulate.udp import LATCH_S, REPEAT_S, UdpField

READER = ("127.0.0.1", 40000)
LATER_READER = ("127.0.0.1", 40001)
UID = bytes.fromhex("04112233445566")
SELECT = ["9320", "937088041122bf", "9520", "95703344556644"]


class Wire:
    """Stands for the socket; keeps what was sent."""

    def __init__(self):
        self.sent = []

    def sendto(self, data, addr):
        self.sent.append((data.decode(), addr))

    def get_extra_info(self, _name):
        return ("127.0.0.1", 54321)

    def close(self):
        pass


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(udp, "monotonic_s", clock)
    return clock


@pytest.fixture
def field(clock):
    field = UdpField()
    field.connection_made(Wire())
    return field


def ask(field, digits, addr=READER):
    """Send one frame; the answer's hex digits, None for silence."""
    wire = field._transport
    before = len(wire.sent)
    field.datagram_received(f"106A {digits}".encode(), addr)
    return wire.sent[before][0].split()[1] if len(wire.sent) > before else None


def selected(field, card):
    field.present(card)
    assert ask(field, "26") is not None
    for frame in SELECT:
        assert ask(field, frame) is not None


def test_a_card_that_arrives_answers_the_question_still_open(field, clock):
    assert ask(field, "26") is None
    clock.now_s += LATCH_S - 0.1
    field.present(Ntag213(UID, b""))
    assert field._transport.sent == [("106A 4400", READER)]


def test_a_question_that_the_reader_gave_up_is_not_answered(field, clock):
    assert ask(field, "26") is None
    clock.now_s += LATCH_S + 0.1
    field.present(Ntag213(UID, b""))
    assert field._transport.sent == []


def test_each_answer_goes_to_where_its_question_came_from(field):
    field.present(Ntag213(UID, b""))
    ask(field, "26", READER)
    ask(field, "26", LATER_READER)
    assert [addr for _, addr in field._transport.sent] == [READER, LATER_READER]


def test_a_repeated_read_is_answered_once_since_the_answer_still_waits_in_the_readers_socket(field, clock):
    selected(field, Ntag213(UID, b""))
    assert ask(field, "3000") is not None
    clock.now_s += REPEAT_S / 2
    assert ask(field, "3000") is None
    clock.now_s += REPEAT_S * 2
    assert ask(field, "3000") is not None  # a presence check of its own


def test_a_card_that_nobody_selected_is_mute(field):
    field.present(Ntag213(UID, b""))
    assert ask(field, "3000") is None
    selected(field, Ntag213(UID, b""))
    assert ask(field, "3000") is not None
    field.datagram_received(b"RFOFF", READER)
    assert ask(field, "3000") is None


def test_a_torn_tap_ends_after_the_frames_told(field):
    field.present(IsoDep(UID), frames_max=1)
    ask(field, "26")
    for frame in SELECT:
        ask(field, frame)
    assert ask(field, "e080") == "067777710280"
    assert ask(field, "0200a4") is None
    assert ask(field, "26") is None  # gone


@pytest.mark.parametrize("state", ["hung", "unplugged"])
def test_a_reader_out_of_order_hears_nothing(field, state):
    field.present(Ntag213(UID, b""))
    field.hung = state == "hung"
    if state == "unplugged":
        field.unplug()
    assert ask(field, "26") is None


@pytest.mark.parametrize("noise", [b"", b"106A", b"106A xyz", b"106A ", b"212F 00", b"\xff\xfe", b"106A 26 26"])
def test_noise_is_ignored(field, noise):
    field.present(Ntag213(UID, b""))
    field.datagram_received(noise, READER)
    assert field._transport.sent == []
