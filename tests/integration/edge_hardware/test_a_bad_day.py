"""Cards come, go and break off at random while the reader is pulled, hung and plugged: what is read stays true."""

import random

import pytest

from edge.emulate.deck import set_reader
from edge.ports import Tap
from schemas import sun
from tests.waiting import eventually

ACTIONS = 120
SEEDS = [1, 2, 3]
KEYS = {"04E1A2B3C4D580": bytes(15) + b"\x01", "04E1A2B3C4D590": bytes(16)}
WITHOUT_MESSAGE = {"DEADBEEF", "04998877665544"}
PLACE_TAGS = {"04112233445566", "04112233445577"}


class Keys:
    def file_key(self, uid):
        return KEYS[uid.hex().upper()]

    def meta_key(self):
        return bytes(16)


async def live_through(emulator, chance, events):
    """Do one thing after the other; wait for its end only as long as a hasty visitor would."""
    cards, chip = list(emulator.deck.cards), emulator.deck.readers["1"]
    seen = []
    for _ in range(ACTIONS):
        match chance.choice(("present", "present", "present", "tear", "remove", "reader")):
            case "present":
                emulator.deck.present(chance.choice(cards), "1", hold_s=None, frames_max=None)
            case "tear":
                emulator.deck.present(chance.choice(cards), "1", hold_s=None, frames_max=chance.randrange(12))
            case "remove":
                emulator.deck.remove("1")
            case "reader":
                set_reader(chip, chance.choice(("unplugged", "hung", "plugged", "plugged", "plugged")))
        known = len(seen)
        try:
            await eventually(lambda: collect(events, seen) > known, chance.choice((0.0, 0.02, 0.1)))  # noqa: B023
        except AssertionError:
            continue  # nothing came of it
    return seen


def collect(events, seen):
    while not events.queue.empty():
        seen.append(events.queue.get_nowait())
    return len(seen)


def judge(seen):
    counters = {}
    for tap in (event for event in seen if isinstance(event, Tap)):
        if tap.outcome == "UID_ONLY":
            assert tap.uid in WITHOUT_MESSAGE
        elif tap.outcome == "TORN":
            assert tap.ndef is None
        elif tap.uid in PLACE_TAGS:
            assert tap.ndef.endswith(f"?l={tap.uid}".encode())
        else:
            read = sun.verify(sun.parse(tap.ndef), bytes.fromhex(tap.uid), Keys())
            assert read.counter > counters.get(tap.uid, 0)
            counters[tap.uid] = read.counter


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["pn532", "udp"])
@pytest.mark.req("R-053")
@pytest.mark.req("R-060")
async def test_whatever_happens_no_reading_is_false_and_the_lane_works_again(emulate, listen, kind, seed):
    emulator = await emulate(readers=[{"lane": "1", "kind": kind}])
    events = await listen(emulator.deck.readers["1"].path)
    seen = await live_through(emulator, random.Random(seed), events)
    set_reader(emulator.deck.readers["1"], "plugged")
    emulator.deck.present("seal", "1", hold_s=None, frames_max=None)

    def seal_is_read():
        collect(events, seen)
        return isinstance(seen[-1], Tap) and (seen[-1].uid, seen[-1].outcome) == ("04E1A2B3C4D580", "READ")

    await eventually(seal_is_read, 30.0, what="the seal is read after the bad day")
    judge(seen)
