"""Cards that promise too much or answer with nothing: reading them ends, and stays within the contract."""

import struct

import nfc.clf
import nfc.tag
import nfc.tag.tt4
import pytest

from edge.adapters.nfc import card
from edge.ports import NDEF_BYTES_MAX

UID = bytes.fromhex("04112233445566")
CC = bytes.fromhex("001720010000FF0406E1040100000005")
LONG_CC = bytes.fromhex("001720010000FF0608E10400010000000000")  # a file longer than 64 kB
READS_MAX = 200


class Tag(nfc.tag.tt4.Type4Tag):
    """A card that answers APDUs from a table; `body` is what its file holds after the length."""

    def __init__(self, container, body):
        self._target, self._clf, self._ndef, self._extended_length_support = None, None, None, False
        self.container, self.body, self.reads = container, body, 0
        self.file = b""

    def transceive(self, data, timeout=None):
        del timeout
        if data[1] == 0xA4:
            self.file = self.container if bytes(data[5:7]) == b"\xe1\x03" else self.body
            return bytearray(b"\x90\x00")
        if data[1] == 0xB0:
            self.reads += 1
            if self.reads > READS_MAX:
                raise nfc.clf.TimeoutError  # the card was taken away at last
            at, length = struct.unpack(">HB", data[2:5])
            return bytearray(self.file[at : at + (length or 256)] + b"\x90\x00")
        return bytearray(b"\x6d\x00")


@pytest.fixture
def read(monkeypatch):
    """Read one card through the adapter, with the frames left out."""

    def read(tag):
        target = nfc.clf.RemoteTarget("106A", sdd_res=UID, sel_res=b"\x20", sens_res=b"\x44\x03")
        monkeypatch.setattr(nfc.tag, "activate", lambda _frontend, _target: tag)
        monkeypatch.setattr(card, "sense", lambda _frontend: target)
        return card.read(None, target)

    return read


@pytest.mark.req("R-060")
@pytest.mark.parametrize("length", [b"\x00\x40", b""])
def test_a_card_that_answers_with_no_data_is_torn_and_does_not_hold_the_reader(read, length):
    tag = Tag(CC, length)
    assert read(tag).outcome == "TORN"
    assert tag.reads < READS_MAX


@pytest.mark.parametrize(
    ("container", "length"), [(CC, b"\x0b\xb8"), (CC, b"\xff\xff"), (LONG_CC, b"\xff\xff\xff\xff")]
)
def test_of_a_long_message_only_as_much_is_asked_for_as_a_record_carries(read, container, length):
    body = b"\xd1" + bytes(70_000)
    reading = read(Tag(container, length + body))
    assert (reading.outcome, reading.ndef) == ("READ", body[:NDEF_BYTES_MAX])


def test_a_message_within_the_limit_is_read_whole(read):
    body = bytes(range(256)) * 4
    assert read(Tag(CC, b"\x04\x00" + body)).ndef == body


def test_what_nfcpy_cannot_unpack_is_an_odd_card(monkeypatch):
    target = nfc.clf.RemoteTarget("106A", sdd_res=UID, sel_res=b"\x20", sens_res=b"\x44\x03")

    def broken(_frontend, _target):
        raise struct.error("unpack requires a buffer of 15 bytes")

    monkeypatch.setattr(nfc.tag, "activate", broken)
    monkeypatch.setattr(card, "sense", lambda _frontend: target)
    assert card.read(None, target).outcome == "UID_ONLY"


def test_a_tag_without_anticollision_has_the_uid_of_its_identification():
    topaz = nfc.clf.RemoteTarget("106A", sens_res=b"\x0c\x00", rid_res=bytes.fromhex("1148B2565400"))
    assert card.uid_of(topaz) == "B2565400"
