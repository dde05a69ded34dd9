"""The demo's world, all of it fictional: two yards with a gate each, people, seals, and what has happened so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.messages import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE_MS = 60_000
SERIES = "KE26D"  # all seal numbers of the demo begin with it
ROUTE_MINUTES = 60
FENCE_HALF_LAT, FENCE_HALF_LON = 0.0018, 0.0022  # about 200 m each way


@dataclass(frozen=True, kw_only=True)
class Yard:
    """A site with its gate; the fence is a drawing of ours, not the yard's."""

    code: str
    gate: str
    past_gate: str  # the gate that stood here before, whose records tell the past
    name_zh: str
    name_en: str
    lat: float
    lon: float

    @property
    def ring(self) -> list[list[float]]:
        """A closed octagon around the gate, (longitude, latitude)."""
        corners = ((1, 0.4), (0.4, 1), (-0.4, 1), (-1, 0.4), (-1, -0.4), (-0.4, -1), (0.4, -1), (1, -0.4), (1, 0.4))
        return [
            [round(self.lon + east * FENCE_HALF_LON, 6), round(self.lat + north * FENCE_HALF_LAT, 6)]
            for east, north in corners
        ]


@dataclass(frozen=True, kw_only=True)
class Badge:
    """A staff badge: a UID-only card."""

    id: str
    staff: str
    uid: str
    role: str
    label_zh: str
    label_en: str
    may: Sequence[Operation]


@dataclass(frozen=True, kw_only=True)
class Load:
    """A seal on a container, with its order; what lies in the past is told in minutes before now."""

    card: str
    seal_no: str
    uid: str
    container: str
    plate: str
    order: str
    declaration: str
    label_zh: str
    label_en: str
    departed_min: int | None = None
    arrived_min: int | None = None
    copied: bool = False  # a copy of a genuine seal: right UID, wrong key


ORIGIN = Yard(
    code="DEMO0001",
    gate="DEMO-WUDU-1",
    past_gate="DEMO-PAST-1",
    name_zh="五堵示範貨櫃場",
    name_en="Wudu demo yard",
    lat=25.0779,
    lon=121.6938,
)
DESTINATION = Yard(
    code="DEMO0002",
    gate="DEMO-TAIPEI-1",
    past_gate="DEMO-PAST-2",
    name_zh="臺北港示範櫃場",
    name_en="Taipei Port demo terminal",
    lat=25.1545,
    lon=121.3778,
)
YARDS = (ORIGIN, DESTINATION)

_SPECIALIST = (
    Operation.SEAL_OUT_E,
    Operation.ARRIVE,
    Operation.READ_CONFIRM_OUT,
    Operation.READ_CONFIRM_IN,
    Operation.MAKEUP_ARRIVE,
)
BADGES = (
    Badge(
        id="badge-specialist",
        staff="DEMO-S-101",
        uid="5AA10101",
        role="SPECIALIST",
        label_zh="專責人員識別證",
        label_en="Specialist's badge",
        may=_SPECIALIST,
    ),
    Badge(
        id="badge-officer",
        staff="DEMO-K-201",
        uid="5AA10201",
        role="OFFICER",
        label_zh="關員識別證",
        label_en="Officer's badge",
        may=tuple(operation for operation in Operation if operation is not Operation.INSPECT),
    ),
)


def _load(  # noqa: PLR0913 -- a table of loads
    number: int,
    container: str,
    zh: str,
    en: str,
    *,
    departed_min: int | None = None,
    arrived_min: int | None = None,
    copied: bool = False,
) -> Load:
    return Load(
        card=f"seal-{number}",
        seal_no=f"{SERIES}{number:07}",
        uid=f"04D3E0{number:02X}5E1F80",
        container=container,
        plate=f"DEM-10{number:02}",
        order=f"AA1511DEM0{number:09}",
        declaration=f"AA1511DEM{number:05}",
        label_zh=zh,
        label_en=en,
        departed_min=departed_min,
        arrived_min=arrived_min,
        copied=copied,
    )


# Container numbers carry right check digits (ISO 6346) under owner codes of the demo's own.
WAITING = (
    _load(1, "DMOU4026012", "封條一", "Seal 1"),
    _load(2, "DMOU4026028", "封條二", "Seal 2"),
    _load(3, "DMOU4026033", "封條三", "Seal 3"),
)
COPIED = _load(4, "DMOU4026049", "封條四（複製品）", "Seal 4 (a copy)", copied=True)
OVERDUE = _load(5, "DMOU4026054", "封條五（逾時未到）", "Seal 5 (overdue)", departed_min=185)
LATE = _load(6, "DMOU4026060", "封條六（逾時進站）", "Seal 6 (came late)", departed_min=260, arrived_min=172)
LOADS = (*WAITING, COPIED, OVERDUE, LATE)
PAST = (OVERDUE, LATE)
FREE_SEAL_UID = "04D3E0635E1F80"  # a genuine chip that nobody has paired
