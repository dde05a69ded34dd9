"""Line protocol as we write it equals what influxdb-client's own Point writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from cloud.adapters.influx import line
from cloud.store.rollups import Minute

# No control characters, and no backslash at the end: neither can be written, and no gate, lane or series has one.
names = st.text(st.characters(min_codepoint=32, exclude_categories=("C",)), min_size=1, max_size=20).filter(
    lambda text: not text.endswith("\\") and text.strip()
)
figures = st.floats(0, 1e12, allow_nan=False)


@given(names, names, st.one_of(st.just(""), names), st.integers(0, 2**40), st.integers(1, 10**9), figures, figures)
def test_lines_are_those_of_the_client(series, gate, lane, minute_ms, count, total, greatest):  # noqa: PLR0917 -- hypothesis
    minute = Minute(series, gate, lane, minute_ms, count, total, greatest, 1)
    point = Point("sealgate_" + series).tag("gate", gate).field("count", count)
    point.field("sum", float(total)).field("max", float(greatest)).time(minute_ms, WritePrecision.MS)
    if lane:
        point.tag("lane", lane)
    assert without_zeros(line(minute)) == without_zeros(point.to_line_protocol())


def without_zeros(text: str) -> str:
    head, fields, time = text.rsplit(" ", 2)
    named = dict(field.split("=") for field in fields.split(","))
    return f"{head} {named['count']} {float(named['sum'])} {float(named['max'])} {time}"


def test_a_plain_minute():
    minute = Minute("outbox_depth", "KEL-01", "", 1_700_000_040_000, 3, 12.0, 7.5, 9)
    assert line(minute) == "sealgate_outbox_depth,gate=KEL-01 count=3i,max=7.5,sum=12.0 1700000040000"


def test_what_cannot_be_written_is_replaced():
    minute = Minute("scans", "A\nB\\", "1 2,3=4", 60_000, 1, 1.0, 1.0, 1)
    assert line(minute) == r"sealgate_scans,gate=A_B,lane=1\ 2\,3\=4 count=1i,max=1.0,sum=1.0 60000"
