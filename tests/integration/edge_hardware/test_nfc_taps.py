"""The NFC reader through nfcpy's own drivers: a PN532 on a pty (the driver of the Pi) and the UDP driver."""

import asyncio
import threading
from pathlib import Path

import ndef
import pytest

from edge.emulate.deck import set_reader
from schemas import sun
from tests.waiting import eventually

KINDS = ["pn532", "udp"]
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
        tap = await events.tap()
        assert (tap.outcome, tap.uid) == ("READ", emulator.deck.cards[card].settings.uid)
        assert tap.chip == ("NTAG213" if card == "place" else "NTAG424")
        if card == "seal":
            read = sun.verify(sun.parse(tap.ndef), bytes.fromhex(tap.uid), Keys())
            counters.append(read.counter)
            assert read.tamper == "CC"
    assert counters == list(range(8, 58))


@pytest.mark.parametrize("kind", KINDS)
async def test_the_exact_bytes_of_the_message_are_kept(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "seal")
    tap = await events.tap()
    (record,) = ndef.message_decoder(tap.ndef, errors="strict")
    assert record.iri.startswith("https://seal.sealgate.example/s?u=04E1A2B3C4D580&c=000008&t=CC&m=")
    assert 0 < tap.read_s < 10


@pytest.mark.parametrize("kind", KINDS)
async def test_an_encrypted_mirror_is_read_too(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "seal-2")
    tap = await events.tap()
    assert sun.verify(sun.parse(tap.ndef), bytes.fromhex(tap.uid), Keys()).counter == 1


@pytest.mark.req("R-055")
async def test_an_opened_seal_says_so_at_the_next_reading(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    emulator.deck.set_tamper("seal", "OO")
    present(emulator, "seal")
    tap = await events.tap()
    assert sun.verify(sun.parse(tap.ndef), bytes.fromhex(tap.uid), Keys()).tamper == "OO"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_badge_gives_its_uid_and_nothing_else(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "badge")
    tap = await events.tap()
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
    assert (await events.tap()).outcome == "READ"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_visitors_odd_card_does_not_stop_the_lane(emulate, listen, kind):
    emulator, path = await one_lane(emulate, kind)
    events = await listen(path)
    present(emulator, "visitor")
    tap = await events.tap()
    assert (tap.outcome, tap.uid, tap.chip) == ("UID_ONLY", "04998877665544", "OTHER")
    present(emulator, "seal")
    assert (await events.tap()).outcome == "READ"


async def test_a_card_that_stays_is_one_presentation(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    for card in ("badge", "seal", "place", "visitor"):
        present(emulator, card)
        await events.tap()
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


async def test_a_slow_chip_that_asks_for_more_time_is_read(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    card = emulator.deck.cards["seal"].make()
    card.waiting_extensions = 3
    chip.present(card)
    assert (await events.tap()).outcome == "READ"


@pytest.mark.req("R-050")
async def test_a_pulled_reader_is_reported_and_taken_back_when_plugged_in(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    for _ in range(2):
        set_reader(chip, "unplugged")
        down = await events.status()
        assert not down.up
        assert down.detail
        set_reader(chip, "plugged")
        assert (await events.status()).up
        present(emulator, "seal")
        assert (await events.tap()).outcome == "READ"
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
    assert not (await events.status()).up


async def test_a_hung_chip_is_reported_and_reopened_when_it_answers_again(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    set_reader(chip, "hung")
    assert not (await events.status()).up
    set_reader(chip, "plugged")
    assert (await events.status()).up
    present(emulator, "place")
    assert (await events.tap()).outcome == "READ"


async def test_a_reader_that_is_absent_at_the_start_is_found_later(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    chip = emulator.deck.readers["1"]
    set_reader(chip, "unplugged")
    events = await listen(path, until_up=False)
    assert not (await events.status()).up
    set_reader(chip, "plugged")
    assert (await events.status()).up


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_unplugging_ten_times_leaks_no_descriptor(emulate, listen):
    emulator, path = await one_lane(emulate, "pn532")
    events = await listen(path)
    chip = emulator.deck.readers["1"]
    before = open_descriptors()
    for _ in range(10):
        set_reader(chip, "unplugged")
        assert not (await events.status()).up
        set_reader(chip, "plugged")
        assert (await events.status()).up
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
    down = await (await listen(path, until_up=False)).status()
    assert not down.up
    assert down.detail


async def test_a_wrong_driver_is_told_in_the_status(listen):
    events = await listen("tty:/dev/null:arygon", until_up=False)
    assert "arygon" in (await events.status()).detail
