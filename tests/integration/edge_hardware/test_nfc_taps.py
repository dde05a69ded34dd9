"""The NFC reader through nfcpy's own drivers: a PN532 on a pty (the driver of the Pi) and the UDP driver."""

import asyncio
import threading
from pathlib import Path

import ndef
import pytest

from edge.adapters.nfc.reader import STEADY_S
from edge.emulate.deck import set_reader
from edge.emulate.isodep import IsoDep
from edge.emulate.tags import Ntag213
from edge.ports import Tap
from schemas import sun
from tests.waiting import eventually

KINDS = ["pn532", "udp"]
TRIES = 3
KEY = bytes(15) + b"\x01"


class Keys:
    def file_key(self, uid):
        return KEY if uid.hex().upper() == "04E1A2B3C4D580" else bytes(16)

    def meta_key(self):
        return bytes(16)


async def one_lane(emulate, kind):
    emulator = await emulate(readers=[{"lane": "1", "kind": kind}])
    return emulator, emulator.deck.readers["1"].path


def present(emulator, card, *, frames_max=None):
    emulator.deck.present(card, "1", hold_s=None, frames_max=frames_max)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.req("R-053")
@pytest.mark.req("R-111")
async def test_a_hundred_taps_are_read_exactly_and_the_counter_rises(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    counters = []
    for number in range(100):
        card = "place" if number % 10 == 9 else ("seal", "seal-2")[number % 2]  # an NTAG 213 is slow to be missed
        present(emulator, card)
        tap = await events.read()
        assert (tap.outcome, tap.uid) == ("READ", emulator.deck.cards[card].settings.uid)
        assert tap.chip == ("NTAG213" if card == "place" else "NTAG424")
        if card == "seal":
            read = sun.verify(sun.parse(tap.ndef), bytes.fromhex(tap.uid), Keys())
            counters.append(read.counter)
            assert read.tamper == "CC"
    assert len(counters) == 50
    assert counters == sorted(set(counters))


@pytest.mark.parametrize("kind", KINDS)
async def test_the_exact_bytes_of_the_message_are_kept(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "seal")
    tap = await events.read()
    (record,) = ndef.message_decoder(tap.ndef, errors="strict")
    assert record.iri.startswith("https://seal.sealgate.example/s?u=04E1A2B3C4D580&c=000008&t=CC&m=")
    assert 0 < tap.read_s < 10


@pytest.mark.parametrize("kind", KINDS)
async def test_an_encrypted_mirror_is_read_too(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "seal-2")
    tap = await events.read()
    assert sun.verify(sun.parse(tap.ndef), bytes.fromhex(tap.uid), Keys()).counter == 1


@pytest.mark.req("R-055")
async def test_an_opened_seal_says_so_at_the_next_reading(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    emulator.deck.set_tamper("seal", "OO")
    present(emulator, "seal")
    tap = await events.read()
    assert sun.verify(sun.parse(tap.ndef), bytes.fromhex(tap.uid), Keys()).tamper == "OO"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_badge_gives_its_uid_and_nothing_else(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "badge")
    tap = await events.read()
    assert (tap.outcome, tap.uid, tap.chip, tap.ndef) == ("UID_ONLY", "DEADBEEF", "OTHER", None)


@pytest.mark.parametrize("frames_max", [0, 1, 2, 4, 7, 8])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.req("R-060")
async def test_a_torn_tap_is_never_taken_for_no_seal(emulate, listen, kind, frames_max):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "seal", frames_max=frames_max)
    tap = await events.tap()
    assert (tap.outcome, tap.uid, tap.ndef) == ("TORN", "04E1A2B3C4D580", None)
    present(emulator, "seal")
    assert (await events.read()).outcome == "READ"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_visitors_odd_card_does_not_stop_the_lane(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "visitor")
    tap = await events.read()
    assert (tap.outcome, tap.uid, tap.chip) == ("UID_ONLY", "04998877665544", "OTHER")
    present(emulator, "seal")
    assert (await events.read()).outcome == "READ"


async def test_a_card_that_stays_is_one_presentation(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    for card in ("badge", "seal", "place", "visitor"):
        present(emulator, card)
        await events.read()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(events.queue.get(), 0.4)
    assert emulator.deck.cards["seal"].counter == 8  # read once: every look costs a step of the counter


async def test_a_card_that_comes_again_is_a_second_presentation(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    for _ in range(3):
        present(emulator, "badge")
        assert (await events.tap()).uid == "DEADBEEF"
        emulator.deck.remove("1")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(events.queue.get(), 0.4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.req("R-060")
async def test_a_seal_at_the_edge_of_the_field_is_torn_and_not_without_message(emulate, listen, kind):
    """It says that it is there, and never answers a READ: nfcpy reports that as "no NDEF"."""
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    for name, silent_at in (("seal", b"\x00\xb0"), ("place", b"\x30\x04")):
        card = emulator.deck.cards[name].make()
        answer = card.handle
        card.handle = lambda frame, answer=answer, silent_at=silent_at: (
            None if silent_at in frame[:4] else answer(frame)
        )
        emulator.deck.readers["1"].present(card)
        tap = await events.tap()
        assert (tap.outcome, tap.uid) == ("TORN", emulator.deck.cards[name].settings.uid)


async def test_a_card_that_denies_having_a_message_is_an_unknown_card(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    plain = IsoDep(bytes.fromhex("04A1A2A3A4A5A6"))
    plain.apdu = lambda command: b"\x6a\x82" if command[1] == 0xA4 else b"\x6d\x00"
    blank = Ntag213(bytes.fromhex("04B1B2B3B4B5B6"), b"")
    blank.memory[12:16] = bytes(4)  # never formatted
    for card in (plain, blank):
        emulator.deck.readers["1"].present(card)
        tap = await events.read()
        assert (tap.outcome, tap.uid) == ("UID_ONLY", card.uid.hex().upper())


async def test_a_telephone_that_draws_a_new_uid_each_time_is_one_presentation(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)

    class Telephone(IsoDep):
        sak = 0x40  # peer-to-peer only
        drawn = 0

        @property
        def uid(self):
            return b"\x08" + self.drawn.to_bytes(3, "big")

        @uid.setter
        def uid(self, _value):
            pass

        def selected(self):
            self.drawn += 1
            super().selected()

    emulator.deck.readers["1"].present(Telephone(bytes(4)))
    assert (await events.read()).outcome == "UID_ONLY"
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(events.queue.get(), 0.5)


async def test_one_lost_answer_is_no_dead_reader(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    answer = chip._answer
    for _ in range(TRIES):  # a busy machine may lose a second answer by itself, and then the word is right
        present(emulator, "badge")
        await events.read()
        await asyncio.sleep(STEADY_S)
        asked = []

        def lose_one(command, arguments, asked=asked):
            if command == 0x4A and not asked:
                asked.append(command)
                raise BlockingIOError  # the frame is never answered
            return answer(command, arguments)

        chip._answer = lose_one
        await eventually(lambda asked=asked: asked, what="the answer is lost")
        present(emulator, "seal")
        event = await events.next()
        if isinstance(event, Tap):  # no word of the reader going down, and the badge is not told again
            break
    assert isinstance(event, Tap), event
    assert event.uid == "04E1A2B3C4D580"


async def test_a_slow_chip_that_asks_for_more_time_is_read(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    card = emulator.deck.cards["seal"].make()
    card.waiting_extensions = 3
    chip.present(card)
    assert (await events.read()).outcome == "READ"


@pytest.mark.req("R-050")
async def test_a_pulled_reader_is_reported_and_taken_back_when_plugged_in(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    for _ in range(2):
        set_reader(chip, "unplugged")
        assert (await events.status(up=False)).detail
        set_reader(chip, "plugged")
        await events.status(up=True)
        present(emulator, "seal")
        assert (await events.read()).outcome == "READ"
        emulator.deck.remove("1")


@pytest.mark.req("R-050")
async def test_pulled_while_reading_is_down_and_not_no_seal(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    card = emulator.deck.cards["seal"].make()
    answer = card.handle

    def pull_at_read(frame):
        if frame[1:3] == b"\x00\xb0":
            asyncio.get_running_loop().call_soon(chip.unplug)
            return None
        return answer(frame)

    card.handle = pull_at_read
    chip.present(card)
    await events.status(up=False)


async def test_a_hung_chip_is_reported_and_reopened_when_it_answers_again(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    set_reader(chip, "hung")
    await events.status(up=False)
    set_reader(chip, "plugged")
    await events.status(up=True)
    present(emulator, "place")
    assert (await events.read()).outcome == "READ"


async def test_a_reader_that_is_absent_at_the_start_is_found_later(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    chip = emulator.deck.readers["1"]
    set_reader(chip, "unplugged")
    events = await listen(path, until_up=False)
    await events.status(up=False)
    set_reader(chip, "plugged")
    await events.status(up=True)


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_unplugging_ten_times_leaks_no_descriptor(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    before = open_descriptors()
    for _ in range(10):
        set_reader(chip, "unplugged")
        await events.status(up=False)
        set_reader(chip, "plugged")
        await events.status(up=True)
    assert open_descriptors() <= before + 1


async def test_two_lanes_read_two_cards_at_the_same_time(emulate, listen):
    emulator = await emulate(readers=[{"lane": "1"}, {"lane": "2"}])
    first, second = [await listen(emulator.deck.readers[lane].path) for lane in ("1", "2")]
    emulator.deck.present("seal", "1", hold_s=None, frames_max=None)
    emulator.deck.present("place", "2", hold_s=None, frames_max=None)
    assert (await first.tap()).uid == "04E1A2B3C4D580"
    assert (await second.tap()).uid == "04112233445566"


async def test_the_thread_ends_when_told(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    before = {thread.name for thread in threading.enumerate()}
    events = await listen(path)
    assert events.queue.empty()
    name = f"nfc {path}"
    assert name not in before
    assert name in {thread.name for thread in threading.enumerate()}
    set_reader(emulator.deck.readers["1"], "unplugged")
    await eventually(lambda: not events.queue.empty(), what="the reader notices")


@pytest.mark.parametrize("path", ["usb:ffff:ffff", "tty:USB99:pn532", "tty:/dev/null:pn532", "nothing"])
@pytest.mark.req("R-050")
async def test_a_reader_that_does_not_exist_is_down_and_the_agent_lives_on(listen, path):
    assert (await (await listen(path, until_up=False)).status(up=False)).detail


async def test_a_wrong_driver_is_told_in_the_status(listen):
    events = await listen("tty:/dev/null:arygon", until_up=False)
    assert "arygon" in (await events.status(up=False)).detail
