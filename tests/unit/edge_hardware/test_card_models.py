"""Card models at the level of single frames, as a reader's chip sees them."""

import ndef
import pytest

from edge.emulate.isodep import IsoDep, Ntag424
from edge.emulate.tags import NAK, Card, Ntag213, UidOnly, text_record, uri_record
from edge.emulate.udp import anticollision

UID = bytes.fromhex("04112233445566")
SELECT_APP = bytes.fromhex("00A4040007D276000085010100")
SELECT_CC = bytes.fromhex("00A4000C02E103")
SELECT_NDEF = bytes.fromhex("00A4000C02E104")


def read_binary(offset, length):
    return bytes([0x00, 0xB0, offset >> 8, offset & 0xFF, length])


class Session:
    """The reader's half of ISO 14443-4, one block at a time."""

    def __init__(self, card, fsdi=0x80):
        self.card, self.block = card, 0
        card.selected()
        assert card.handle(bytes([0xE0, fsdi])) == card.ats

    def apdu(self, command):
        answer = self.card.handle(bytes([0x02 | self.block]) + command)
        while answer[:1] == b"\xf2":
            answer = self.card.handle(b"\xf2\x01")
        whole = answer[1:]
        while answer[0] & 0x10:
            self.block ^= 1
            answer = self.card.handle(bytes([0xA2 | self.block]))
            whole += answer[1:]
        self.block ^= 1
        return whole


def counting_tag(counter=0):
    steps = []
    tag = Ntag424(UID, lambda at: f"https://seal.sealgate.example/s?c={at:06X}", counter, steps.append)
    return tag, steps


def read_message(session):
    assert session.apdu(SELECT_APP)[-2:] == b"\x90\x00"
    assert session.apdu(SELECT_NDEF)[-2:] == b"\x90\x00"
    length = int.from_bytes(session.apdu(read_binary(0, 2))[:2], "big")
    return session.apdu(read_binary(2, length))[:-2]


def test_ntag213_gives_its_message_and_rolls_over_at_the_end():
    message = text_record("位置標籤", "zh-Hant")
    tag = Ntag213(UID, message)
    assert tag.handle(b"\x60") == Ntag213.VERSION
    pages = b"".join(tag.handle(bytes([0x30, page])) for page in range(4, 40, 4))
    assert pages[:2] == b"\x03" + bytes([len(message)])
    assert pages[2 : 2 + len(message)] == message
    assert tag.handle(b"\x30\x2c")[4:8] == UID[:3] + bytes([0x88 ^ UID[0] ^ UID[1] ^ UID[2]])


@pytest.mark.parametrize("frame", [b"\x30\xff", b"\x1a\x00", b"\xa2\x00\x01\x02\x03\x04", b"\x99"])
def test_ntag213_refuses_at_once_what_it_does_not_know(frame):
    assert Ntag213(UID, b"").handle(frame) == NAK


def test_ntag213_refuses_a_message_that_does_not_fit():
    with pytest.raises(ValueError, match="does not fit"):
        Ntag213(UID, bytes(150))


def test_a_card_has_a_uid_of_four_or_seven_bytes():
    with pytest.raises(ValueError, match="4 or 7"):
        Card(b"12345")


def test_uri_record_is_what_ndeflib_reads():
    url = "https://seal.sealgate.example/s?u=04&c=1&m=AB"
    (record,) = ndef.message_decoder(uri_record(url), errors="strict")
    assert record.iri == url


def test_a_badge_refuses_once_and_is_silent_until_selected_again():
    badge = UidOnly(bytes.fromhex("DEADBEEF"))
    badge.selected()
    assert [badge.handle(b"\x30\x00"), badge.handle(b"\x30\x00")] == [b"\x04", None]
    badge.selected()
    assert badge.handle(b"\x30\x00") == b"\x04"


def test_ntag424_counts_once_a_reading_and_tells_each_step():
    tag, steps = counting_tag(counter=41)
    assert b"c=00002A" in read_message(Session(tag))
    tag.field_off()
    assert b"c=00002B" in read_message(Session(tag))
    assert steps == [42, 43]


def test_ntag424_says_in_getversion_what_it_is():
    tag, _ = counting_tag()
    answer = Session(tag).apdu(bytes.fromhex("9060000000"))
    assert answer[:4] == bytes.fromhex("04040230")
    assert answer[-2:] == b"\x91\xaf"


def test_ntag424_answers_errors_with_status_words():
    session = Session(counting_tag()[0])
    assert session.apdu(bytes.fromhex("00A4040007D276000085010000")) == b"\x6a\x82"
    assert session.apdu(read_binary(0, 2)) == b"\x6d\x00"  # nothing selected
    assert session.apdu(bytes.fromhex("00A4000C02E199")) == b"\x6a\x82"
    assert session.apdu(b"\x00\xa4") == b"\x67\x00"
    assert session.apdu(SELECT_CC) == b"\x90\x00"
    assert session.apdu(read_binary(0, 15))[:3] == bytes.fromhex("001720")


def test_isodep_chains_long_answers_for_a_small_reader():
    tag, _ = counting_tag()
    assert b"c=000001" in read_message(Session(tag, fsdi=0x10))  # frames of 24 bytes


def test_isodep_asks_for_more_time_when_told_to():
    tag, _ = counting_tag()
    tag.waiting_extensions = 2
    assert b"c=000001" in read_message(Session(tag))


def test_isodep_repeats_its_last_block_and_confirms_its_presence():
    tag, _ = counting_tag()
    session = Session(tag)
    first = tag.handle(b"\x02" + SELECT_APP)
    assert tag.repeats(b"\xb2")
    assert tag.handle(b"\xb2") == first  # R(NAK) with our block number: say it again
    assert tag.handle(b"\xb3") == b"\xa2"  # with the other one: still here
    assert session.card.handle(b"\xc2") == b"\xc2"
    assert tag.handle(b"\x02" + SELECT_APP) is None  # deselected


def test_isodep_is_mute_before_rats():
    assert IsoDep(UID).handle(b"\x02\x00") is None


def test_anticollision_of_four_and_seven_bytes():
    badge = UidOnly(bytes.fromhex("DEADBEEF"))
    assert anticollision(badge, b"\x93\x20") == bytes.fromhex("DEADBEEF22")
    assert anticollision(badge, bytes.fromhex("9370DEADBEEF22")) == b"\x08"
    assert anticollision(badge, b"\x95\x20") is None
    seal, _ = counting_tag()
    first = anticollision(seal, b"\x93\x20")
    assert first[:4] == b"\x88" + UID[:3]
    assert anticollision(seal, b"\x93\x70" + first) == b"\x04"  # UID not complete
    second = anticollision(seal, b"\x95\x20")
    assert second[:4] == UID[3:]
    assert anticollision(seal, b"\x95\x70" + second) == b"\x20"
    assert anticollision(seal, b"\x95\x70" + bytes(5)) is None
