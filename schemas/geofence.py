"""Is a fix inside the yard? Decided alike at the gate and in the cloud (R-052, R-112).

Works on a local tangent plane at the fence's centre: within 2 km its error stays below 0.06 m.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import shapely
from shapely.geometry import Point, Polygon

if TYPE_CHECKING:
    from schemas.messages import Fence

AREA_MIN_M2 = 100.0
EXTENT_MAX_M = 5_000.0
_WGS84_A_M = 6_378_137.0
_WGS84_E2 = 0.00669437999014


class Containment(StrEnum):
    """Where the whole error circle lies."""

    INSIDE = "INSIDE"
    OUTSIDE = "OUTSIDE"
    UNCONFIRMED = "UNCONFIRMED"  # straddles the boundary, or its radius is not known


class PreparedFence(NamedTuple):
    """A fence in metres around its centre, ready for many questions."""

    version: str
    lat0: float
    lon0: float
    metres_per_lat: float
    metres_per_lon: float
    area: Polygon

    def to_plane(self, lat: float, lon: float) -> tuple[float, float]:
        """Return (east, north) of the centre, in metres."""
        return (lon - self.lon0) * self.metres_per_lon, (lat - self.lat0) * self.metres_per_lat


def prepare(fence: Fence) -> PreparedFence:
    """Check a fence and prepare it; ValueError says what is wrong with the ring."""
    if fence.ring[0] != fence.ring[-1]:
        raise ValueError("the ring is not closed: its last point must repeat the first")
    lats = [lat for _, lat in fence.ring]
    lons = [lon for lon, _ in fence.ring]
    lat0, lon0 = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    per_lat, per_lon = _metres_per_degree(lat0)
    corners = [((lon - lon0) * per_lon, (lat - lat0) * per_lat) for lon, lat in fence.ring]
    if max(max(abs(east), abs(north)) for east, north in corners) > EXTENT_MAX_M:
        raise ValueError(f"the ring reaches more than {EXTENT_MAX_M:.0f} m from its centre")
    area = Polygon(corners)
    if not area.is_valid:
        raise ValueError(f"the ring is not a simple polygon: {shapely.is_valid_reason(area)}")
    if area.area < AREA_MIN_M2:
        raise ValueError(f"the ring encloses {area.area:.1f} m², less than {AREA_MIN_M2:.0f} m²")
    shapely.prepare([area, area.boundary])
    return PreparedFence(fence.version, lat0, lon0, per_lat, per_lon, area)


def judge(fence: PreparedFence, lat: float, lon: float, accuracy_m: float | None) -> Containment:
    """Place the circle of radius `accuracy_m` (95 %) around the fix; inside only if all of it is (R-112)."""
    if accuracy_m is None or not math.isfinite(accuracy_m) or accuracy_m <= 0:
        return Containment.UNCONFIRMED
    point = Point(fence.to_plane(lat, lon))
    margin_m = fence.area.boundary.distance(point)
    if margin_m < accuracy_m:
        return Containment.UNCONFIRMED
    return Containment.INSIDE if fence.area.contains(point) else Containment.OUTSIDE


def _metres_per_degree(lat: float) -> tuple[float, float]:
    """Return metres per degree of latitude and longitude from the WGS84 radii of curvature."""
    sine2 = math.sin(math.radians(lat)) ** 2
    root = math.sqrt(1 - _WGS84_E2 * sine2)
    meridian_m = _WGS84_A_M * (1 - _WGS84_E2) / root**3
    normal_m = _WGS84_A_M / root
    return math.radians(meridian_m), math.radians(normal_m * math.cos(math.radians(lat)))
