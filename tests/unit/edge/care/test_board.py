"""What the board tells, read from a kernel's files as a Raspberry Pi has them, and as other machines have not."""

from __future__ import annotations

import pytest

from edge.adapters.board import read_board
from edge.ports import Board


@pytest.fixture
def sys(tmp_path):
    for sensor, name in (("hwmon0", "cpu_thermal"), ("hwmon1", "rpi_volt")):
        folder = tmp_path / "class/hwmon" / sensor
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
    (tmp_path / "class/hwmon/hwmon1/in0_lcrit_alarm").write_text("0\n")
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("48312\n")
    return tmp_path


@pytest.mark.req("R-111")
def test_a_pi_tells_temperature_and_supply(sys):
    assert read_board(sys) == Board(temperature_c=48.3, under_voltage=False)
    (sys / "class/hwmon/hwmon1/in0_lcrit_alarm").write_text("1\n")
    assert read_board(sys).under_voltage is True


def test_what_a_machine_does_not_have_is_unknown_and_never_good(tmp_path):
    assert read_board(tmp_path) == Board(temperature_c=None, under_voltage=None)


@pytest.mark.parametrize("content", [b"", b"no number", b"\xff\xfe", b"2\n"])
def test_odd_words_of_the_kernel_are_unknown(sys, content):
    (sys / "class/hwmon/hwmon1/in0_lcrit_alarm").write_bytes(content)
    (sys / "class/thermal/thermal_zone0/temp").write_bytes(content if content != b"2\n" else b"")
    assert read_board(sys) == Board()
