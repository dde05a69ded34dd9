"""NMEA sentences of the emulated receiver, and the accuracy that the locator believes."""

from datetime import UTC, datetime

import pytest

from edge.adapters.gps import accuracy_m
from edge.emulate import nmea

AT = datetime(2026, 11, 23, 9, 30, 5, 250_000, tzinfo=UTC)


def test_checksum_as_nmea_0183_prints_it():
    body = "GPGGA,092750.000,5321.6802,N,00630.3372,W,1,8,1.03,61.7,M,55.2,M,,"
    assert nmea.sentence(body) == f"${body}*76\r\n"


@pytest.mark.parametrize(
    ("degrees", "width", "text"),
    [(25.152, 2, "2509.12000,N"), (-0.5, 2, "0030.00000,S"), (121.748, 3, "12144.88000,E")],
)
def test_angles_in_degrees_and_minutes(degrees, width, text):
    assert nmea.angle(degrees, width, "N" if width == 2 else "E", "S") == text


def test_an_epoch_tells_place_time_and_sky():
    lines = nmea.epoch(AT, 25.152, 121.748).splitlines()
    assert [line[1:6] for line in lines] == ["GPRMC", "GPGGA", "GPGSA", "GPGSV", "GPGSV", "GPGSV", "GPGST"]
    assert lines[0].startswith("$GPRMC,093005.25,A,2509.12000,N,12144.88000,E,0.00,0.0,231126,")


def test_without_a_fix_no_place_is_told():
    text = nmea.epoch_without_fix(AT)
    assert "$GPRMC,093005.25,V," in text
    assert ",N," not in text.split("\r\n")[0][:40]


@pytest.mark.parametrize(
    ("error", "radius_m"),
    [({"x": 3.0, "y": 4.0}, 5.0), ({"x": 0, "y": 0}, None), ({"x": 9.9, "y": 0}, None), ({}, None)],
)
@pytest.mark.req("R-112")
def test_unknown_accuracy_is_none_and_never_zero(error, radius_m):
    assert accuracy_m(error) == radius_m
