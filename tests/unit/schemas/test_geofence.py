"""The fence decides as R-112 asks: inside only if the whole error circle is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from schemas import geofence
from schemas.geofence import Containment
from schemas.messages import Fence

LAT, LON = 25.1310, 121.7430
HALF_LAT, HALF_LON = 100 / 110_773, 100 / 100_830  # about 100 m each way at this latitude
SQUARE = Fence(
    version="1",
    ring=(
        (LON - HALF_LON, LAT - HALF_LAT),
        (LON + HALF_LON, LAT - HALF_LAT),
        (LON + HALF_LON, LAT + HALF_LAT),
        (LON - HALF_LON, LAT + HALF_LAT),
        (LON - HALF_LON, LAT - HALF_LAT),
    ),
)
YARD = geofence.prepare(SQUARE)


@pytest.mark.req("R-112")
@pytest.mark.req("R-052")
@pytest.mark.parametrize(
    ("north_m", "accuracy_m", "expected"),
    [
        (0, 8.0, Containment.INSIDE),
        (91, 8.0, Containment.INSIDE),
        (93, 8.0, Containment.UNCONFIRMED),
        (107, 8.0, Containment.UNCONFIRMED),
        (109, 8.0, Containment.OUTSIDE),
        (0, 101.0, Containment.UNCONFIRMED),
        (0, None, Containment.UNCONFIRMED),
        (0, 0.0, Containment.UNCONFIRMED),
        (500, None, Containment.UNCONFIRMED),
        (0, math.nan, Containment.UNCONFIRMED),
    ],
)
def test_where_the_error_circle_lies(north_m, accuracy_m, expected):
    assert geofence.judge(YARD, LAT + north_m / 110_773, LON, accuracy_m) is expected


@pytest.mark.req("R-112")
@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(0.5, 150))
def test_inside_and_outside_agree_with_a_drawn_circle(east_m, north_m, accuracy_m):
    lat, lon = LAT + north_m / YARD.metres_per_lat, LON + east_m / YARD.metres_per_lon
    circle = Point(east_m, north_m).buffer(accuracy_m, quad_segs=64)
    verdict = geofence.judge(YARD, lat, lon, accuracy_m)
    if verdict is Containment.INSIDE:
        assert YARD.area.buffer(1e-3).contains(circle)
    elif verdict is Containment.OUTSIDE:
        assert YARD.area.buffer(-1e-3).disjoint(circle)
    else:
        assert YARD.area.boundary.distance(Point(east_m, north_m)) < accuracy_m + 1e-3


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ((*SQUARE.ring[:-1], SQUARE.ring[1]), "not closed"),
        ((SQUARE.ring[0], SQUARE.ring[2], SQUARE.ring[1], SQUARE.ring[3], SQUARE.ring[0]), "not a simple polygon"),
        (((LON, LAT), (LON + 1, LAT), (LON, LAT + 1), (LON, LAT)), "reaches more than"),
        (((LON, LAT), (LON + 1e-6, LAT), (LON, LAT + 1e-6), (LON, LAT)), "less than"),
    ],
)
def test_a_fence_that_cannot_be_used_says_why(ring, words):
    with pytest.raises(ValueError, match=words):
        geofence.prepare(Fence(version="1", ring=ring))
