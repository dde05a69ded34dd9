"""What the map draws: sites with their fences, and where a container in transit may be by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloud.store.board_rows import Movement, Site
    from cloud.web.pages.sight import Sight

# A movement past its deadline is drawn just before its destination: it has not been read there.
PROGRESS_MAX = 0.96
UNKNOWN_PROGRESS = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """One site: centre and ring as (lat, lon), gates online of all, movements on their way to it."""

    code: str
    zh: str
    en: str
    lat: float
    lon: float
    ring: list[tuple[float, float]]
    fictional: bool
    gates: int
    online: int
    coming: int


@dataclass(frozen=True, slots=True)
class Trip:
    """One movement in transit: its ends and a place estimated from the time gone by, never a measured one."""

    id: str
    container: str
    from_lat: float
    from_lon: float
    to_lat: float
    to_lon: float
    progress: float
    codes: list[str]
    held: bool


def places(sight: Sight) -> dict[str, list[Place] | list[Trip]]:
    """Return {"sites": [...], "trips": [...]}."""
    sites = {site.code: _place(site, sight) for site in sight.sites}
    trips = [
        _trip(movement, sites[movement.origin], sites[movement.destination], sight)
        for movement in sight.movements
        if movement.state == "IN_TRANSIT" and movement.origin in sites and movement.destination in sites
    ]
    return {"sites": list(sites.values()), "trips": trips}


def _place(site: Site, sight: Sight) -> Place:
    corners = site.ring[:-1]
    here = [gate for gate in sight.gates if gate.gate.site == site.code]
    return Place(
        code=site.code,
        zh=site.name_zh,
        en=site.name_en,
        lat=sum(lat for _, lat in corners) / len(corners),
        lon=sum(lon for lon, _ in corners) / len(corners),
        ring=[(lat, lon) for lon, lat in site.ring],
        fictional=site.fictional,
        gates=len(here),
        online=sum(gate.condition == "ONLINE" for gate in here),
        coming=sum(
            movement.state == "IN_TRANSIT" and movement.destination == site.code for movement in sight.movements
        ),
    )


def _trip(movement: Movement, origin: Place, destination: Place, sight: Sight) -> Trip:
    return Trip(
        id=movement.id,
        container=movement.container,
        from_lat=origin.lat,
        from_lon=origin.lon,
        to_lat=destination.lat,
        to_lon=destination.lon,
        progress=_progress(movement, sight.now_ms),
        codes=sight.codes.get(movement.id, []),
        held=movement.hold_reason is not None,
    )


def _progress(movement: Movement, now_ms: int) -> float:
    if movement.departed_ms is None or movement.deadline_ms is None or movement.deadline_ms <= movement.departed_ms:
        return UNKNOWN_PROGRESS
    gone = (now_ms - movement.departed_ms) / (movement.deadline_ms - movement.departed_ms)
    return round(min(max(gone, 0.0), PROGRESS_MAX), 2)  # finer steps would redraw the map for nothing
