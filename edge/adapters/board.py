"""What the board tells of itself: temperature and supply voltage, from files of the kernel; None where it has none.

rpi_volt is the Raspberry Pi's own hwmon driver; its alarm stands while the supply is below 4.63 V.
"""

from __future__ import annotations

from pathlib import Path

from edge.ports import Board

SYS = Path("/sys")
MILLI = 1000


def read_board(sys: Path = SYS) -> Board:
    """Return what the board says now; never raises."""
    return Board(temperature_c=_temperature_c(sys), under_voltage=_under_voltage(sys))


def _temperature_c(sys: Path) -> float | None:
    told = _read(sys / "class/thermal/thermal_zone0/temp")
    try:
        return round(int(told) / MILLI, 1)
    except ValueError:
        return None


def _under_voltage(sys: Path) -> bool | None:
    for sensor in sorted((sys / "class/hwmon").glob("hwmon*")):
        if _read(sensor / "name") == "rpi_volt":
            return {"0": False, "1": True}.get(_read(sensor / "in0_lcrit_alarm"))
    return None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
