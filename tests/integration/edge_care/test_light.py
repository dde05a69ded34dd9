"""Lamps and buzzer, as LED devices and as GPIO pins (gpiozero's own mock of a Raspberry Pi): right, short, harmless."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from edge.adapters import light as module
from edge.adapters.light import BUZZES, GpioSwitch, LampStack, LedSwitch, NoLight
from edge.app.parts import light
from edge.settings import GpioSettings, LightSettings, SettingsError, load
from schemas.messages import Verdict
from tests.edge_gate import Booth
from tests.integration.edge_core.booth import running
from tests.waiting import eventually

PINS = {Verdict.GO: 17, Verdict.STOP: 27, Verdict.REFER: 22}
BUZZER = 23
NAMES = {"GO": "go", "STOP": "stop", "REFER": "refer"}


class Board:
    """Pins as a test can see them."""

    def __init__(self):
        self.factory = MockFactory()
        self.factory.reset()
        self.heard = []

    def pins(self):
        return self.factory

    def stack(self, *, active_low=False, buzzer=True):
        lamps = {verdict: GpioSwitch(pin, self.pins, active_low=active_low) for verdict, pin in PINS.items()}
        sound = GpioSwitch(BUZZER, self.pins, active_low=active_low) if buzzer else None
        return LampStack(lamps, sound, self.heard.append)

    def lit(self):
        return {name for name, pin in PINS.items() if self.factory.pin(pin).state}

    def sounds(self):
        """How long the buzzer was on, sound by sound."""
        states = self.factory.pin(BUZZER).states
        return [after.timestamp for before, after in itertools.pairwise(states) if before.state]

    @property
    def loud(self):
        return bool(self.factory.pin(BUZZER).state)


@pytest.fixture
def board():
    board = Board()
    yield board
    board.factory.reset()


@pytest.mark.req("R-111")
@pytest.mark.parametrize("verdict", list(Verdict))
async def test_one_lamp_steady_and_a_short_sound_of_its_own(board, verdict):
    stack = board.stack()
    stack.show(verdict)
    assert board.lit() == {verdict}
    assert board.loud
    wanted = [length for number, length in enumerate(BUZZES[verdict]) if number % 2 == 0]
    await eventually(lambda: stack._next is None, what="the sound ends")
    assert not board.loud
    assert board.sounds() == pytest.approx(wanted, abs=0.2)
    assert board.lit() == {verdict}, "the lamp stays"
    stack.show(verdict)
    assert stack._next is None, "the same verdict is no new one"


def test_every_sound_is_short_and_none_is_like_another():
    assert max(sum(pattern) for pattern in BUZZES.values()) < 3
    assert len({len(pattern) for pattern in BUZZES.values()}) == len(Verdict)


async def test_the_next_verdict_cuts_the_sound_of_the_last(board):
    stack = board.stack()
    stack.show(Verdict.STOP)
    stack.show(None)
    assert (board.lit(), board.loud, stack._next) == (set(), False, None)
    stack.show(Verdict.GO)
    assert board.lit() == {Verdict.GO}


async def test_a_relay_board_that_closes_on_a_low_pin(board):
    stack = board.stack(active_low=True)
    stack.show(None)
    assert board.lit() == set(Verdict), "high is off"
    stack.show(Verdict.GO)
    assert board.lit() == {Verdict.STOP, Verdict.REFER}


@pytest.mark.req("R-111")
async def test_lamps_that_are_tried_blink_in_turn_and_end_dark(board):
    stack = board.stack()
    assert stack.try_lamps()
    seen = set()
    await eventually(lambda: seen.update(board.lit()) or stack._next is None, what="the trial ends", every_s=0.01)
    assert (seen, board.lit()) == (set(Verdict), set())
    for pin in PINS.values():
        assert len([state for state in board.factory.pin(pin).states if state.state]) == module.TRY_BLINKS


async def test_a_verdict_ends_a_trial_at_once(board):
    stack = board.stack()
    stack.try_lamps()
    stack.show(None)
    assert stack._next is not None, "a lane at rest that says so again ends nothing"
    stack.show(Verdict.STOP)
    assert board.lit() == {Verdict.STOP}
    await eventually(lambda: stack._next is None)
    assert board.lit() == {Verdict.STOP}


async def test_the_buzzer_can_be_tried_where_there_is_one(board):
    assert board.stack().try_buzzer()
    assert board.loud
    assert not Board().stack(buzzer=False).try_buzzer()
    assert not NoLight().try_lamps()
    assert not NoLight().try_buzzer()


@pytest.mark.req("R-111")
async def test_a_pin_that_fails_is_told_and_comes_back_by_itself(board, monkeypatch):
    stack = board.stack()
    stack.show(Verdict.GO)
    assert board.heard[-1] is False

    def refuse(_pin, _value):
        raise RuntimeError("as the test says")

    with monkeypatch.context() as broken:
        broken.setattr(MockPin, "_set_state", refuse)
        stack.show(Verdict.STOP)
    assert board.heard[-1] is True
    stack.show(None)
    assert board.heard[-1] is False


async def test_a_board_without_pins_stops_no_lane(tmp_path):
    """The real lgpio is not here: the lane runs all the same, dark, and says so."""
    booth = await Booth(folder=tmp_path).open()
    lamps = light(
        LightSettings(gpio=GpioSettings(go=17, stop=27, refer=22)),
        lambda broken: booth.faults.report("LIGHT-DOWN", stands=broken, lane="1"),
    )
    booth.lane._light = lamps
    async with running(booth):
        await eventually(lambda: "LIGHT-DOWN" in booth.lane.view().faults)
    await booth.close()
    lamps.close()


async def test_the_lamps_are_dark_when_the_lane_ends(board, tmp_path):
    booth = await Booth(folder=tmp_path).open()
    booth.lane._light = stack = board.stack()
    async with running(booth):
        stack.show(Verdict.GO)
        assert board.lit() == {Verdict.GO}
    assert (board.lit(), board.loud) == (set(), False)
    stack.close()
    assert {board.factory.pin(pin).function for pin in (*PINS.values(), BUZZER)} == {"input"}
    await booth.close()


async def test_led_devices_do_the_same(tmp_path):
    for name in (*NAMES.values(), "buzzer"):
        (tmp_path / name).mkdir()
    (tmp_path / "buzzer/brightness").write_text("1")  # left on by a power cut
    settings = LightSettings(buzzer=tmp_path / "buzzer", **{name: tmp_path / name for name in NAMES.values()})
    stack = light(settings)

    def on():
        return {path.parent.name for path in tmp_path.glob("*/brightness") if path.read_text() == "1"}

    stack.show(None)
    assert on() == set()
    for verdict in (Verdict.GO, Verdict.STOP, Verdict.REFER):
        stack.show(verdict)
        assert on() == {NAMES[verdict], "buzzer"}
    await eventually(lambda: on() == {"refer"}, what="the buzzer is silent")
    stack.close()
    assert on() == set()


async def test_a_lamp_that_is_gone_stops_nobody(tmp_path):
    heard = []
    LampStack({Verdict.GO: LedSwitch(tmp_path / "gone")}, broken=heard.append).show(Verdict.GO)
    assert heard[-1] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"go": "a", "stop": "b"},
        {"go": "a", "stop": "b", "refer": "c", "gpio": {"go": 1, "stop": 2, "refer": 3}},
        {"buzzer": "a", "gpio": {"go": 1, "stop": 2, "refer": 3}},
        {"gpio": {"go": 28, "stop": 2, "refer": 3}},
    ],
)
def test_lamps_of_two_kinds_or_of_none_are_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, LightSettings, dec_hook=lambda kind, value: kind(value))


def test_a_pin_is_named_once_in_the_whole_gate(tmp_path):
    lane = (
        '[[lanes]]\nid = "{}"\nreader = "r"\ncamera = {{url = "c"}}\n'
        "light = {{gpio = {{go = 17, stop = {}, refer = 22}}}}\n"
    )
    head = (
        'gate = "KEL-OUT-1"\nstate_dir = "s"\nkey_file = "k"\n'
        '[cloud]\npinned_keys = [{kty = "OKP"}]\n[mqtt]\nhost = "h"\n[http]\nupload_url = "u"\n'
    )
    (tmp_path / "gate.toml").write_text(head + lane.format(1, 27))
    assert load(tmp_path / "gate.toml").lanes[0].light.gpio.pins == (17, 27, 22)
    for wrong in (lane.format(1, 17), lane.format(1, 27) + lane.format(2, 5)):
        (tmp_path / "gate.toml").write_text(head + wrong)
        with pytest.raises(SettingsError, match="GPIO pin"):
            load(tmp_path / "gate.toml")
