"""NMEA 0183 sentences of a receiver that stands still: RMC, GGA, GSA, GSV and GST of each epoch."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# satellite number, elevation and azimuth in degrees: a good open sky, HDOP near 0.9
SKY = (
    (2, 45, 30), (5, 70, 120), (12, 30, 200), (13, 55, 250), (15, 20, 310),
    (18, 62, 10), (24, 33, 90), (25, 15, 160), (29, 48, 280),
)  # fmt: skip
HDOP = 0.9
SIGMA_M = 1.6
ALTITUDE_M = 12.0
SATELLITES_PER_SENTENCE = 4
SATELLITES_PER_GSA = 12


def sentence(body: str) -> str:
    """Return `body` with dollar sign, checksum and line end."""
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n"


def angle(degrees: float, width: int, positive: str, negative: str) -> str:
    """Return an angle as degrees and decimal minutes with its hemisphere."""
    whole = int(abs(degrees))
    minutes = (abs(degrees) - whole) * 60
    return f"{whole:0{width}d}{minutes:08.5f},{positive if degrees >= 0 else negative}"


def epoch_without_fix(at: datetime) -> str:
    """Return what a receiver under a roof sends."""
    time, date = _stamp(at)
    bodies = (
        f"GPRMC,{time},V,,,,,,,{date},,,N",
        f"GPGGA,{time},,,,,0,00,99.9,,M,,M,,",
        "GPGSA,A,1,,,,,,,,,,,,,99.9,99.9,99.9",
        "GPGSV,1,1,01,02,05,030,12",
    )
    return "".join(map(sentence, bodies))


def epoch(at: datetime, lat: float, lon: float) -> str:
    """Return what a receiver at rest under open sky sends for one epoch."""
    time, date = _stamp(at)
    place = f"{angle(lat, 2, 'N', 'S')},{angle(lon, 3, 'E', 'W')}"
    used = ",".join(f"{number:02d}" for number, _, _ in SKY) + "," * (SATELLITES_PER_GSA - len(SKY))
    bodies = [
        f"GPRMC,{time},A,{place},0.00,0.0,{date},,,A",
        f"GPGGA,{time},{place},1,{len(SKY):02d},{HDOP:.1f},{ALTITUDE_M:.1f},M,17.0,M,,",
        f"GPGSA,A,3,{used},{HDOP * 1.8:.1f},{HDOP:.1f},{HDOP * 1.5:.1f}",
    ]
    groups = [SKY[i : i + SATELLITES_PER_SENTENCE] for i in range(0, len(SKY), SATELLITES_PER_SENTENCE)]
    for number, group in enumerate(groups, start=1):
        seen = ",".join(f"{sat:02d},{elevation:02d},{azimuth:03d},40" for sat, elevation, azimuth in group)
        bodies.append(f"GPGSV,{len(groups)},{number},{len(SKY):02d},{seen}")
    errors = ",".join(f"{SIGMA_M * part:.1f}" for part in (1.2, 1.0, 0.8, 0.0, 1.0, 0.9, 2.0))  # as GST orders them
    bodies.append(f"GPGST,{time},{errors}")
    return "".join(map(sentence, bodies))


def _stamp(at: datetime) -> tuple[str, str]:
    return f"{at:%H%M%S}.{at.microsecond // 10_000:02d}", f"{at:%d%m%y}"
