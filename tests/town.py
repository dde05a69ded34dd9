"""A small made-up harbour town for the simulation, the system tests and the benchmarks: places, people, seals, orders.

Only facts; who enters them (registry functions or the REST API) stands with the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.emulate.sun import SunChip
from edge.emulate.tags import uri_record
from schemas import sun

MASTER_KEY = bytes.fromhex("5EA1" * 8)
SEAL_URL = "https://seal.sealgate.example/s"
ROUTE_LIMIT_MIN = 30


@dataclass(frozen=True, kw_only=True)
class Place:
    """One site with its square yard (about 200 m) and the point at which its gates stand."""

    code: str
    name_zh: str
    name_en: str
    lat: float
    lon: float

    @property
    def ring(self) -> list[list[float]]:
        """Closed WGS84 ring, (longitude, latitude)."""
        north, east = 0.001, 0.001
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        return [[round(self.lon + x * east, 6), round(self.lat + y * north, 6)] for x, y in corners]


ORIGIN = Place(code="KEL0001", name_zh="基隆測試貨櫃場", name_en="Keelung test yard", lat=25.152, lon=121.748)
DESTINATION = Place(code="TXG0002", name_zh="臺中測試碼頭", name_en="Taichung test quay", lat=24.262, lon=120.513)
PLACES = (ORIGIN, DESTINATION)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A badge with its staff number, allowed to send off and to receive."""

    staff: str
    badge_uid: str


OFFICER = Person(staff="K1001", badge_uid="04A1B2C3")
OPERATIONS = ("SEAL_OUT_E", "SEAL_OUT_P", "ARRIVE", "READ_CONFIRM_OUT", "READ_CONFIRM_IN")


@dataclass(frozen=True, kw_only=True)
class Seal:
    """Seal number `number` of the town with the container, truck and order it is paired with."""

    number: int

    @property
    def seal_no(self) -> str:
        return f"TW{self.number:08d}"

    @property
    def uid(self) -> bytes:
        return bytes([0x04, 0x5E]) + self.number.to_bytes(5, "big")

    @property
    def uid_hex(self) -> str:
        return self.uid.hex().upper()

    @property
    def container(self) -> str:
        return f"SEAU{self.number:07d}"

    @property
    def plate(self) -> str:
        return f"KAA-{self.number % 10_000:04d}"

    @property
    def declaration(self) -> str:
        return f"AA{self.number:012d}"

    @property
    def order(self) -> str:
        return f"TO{self.number:010d}"

    @property
    def file_key(self) -> bytes:
        """The chip's own key (AN10922)."""
        return sun.diversify(MASTER_KEY, self.uid)

    def ndef(self, counter: int, *, key: bytes | None = None, tamper: str = "CC") -> bytes:
        """What the chip says at its `counter`-th reading; with a wrong `key`, what a forged one says."""
        chip = SunChip(prefix=SEAL_URL, uid=self.uid, file_key=key or self.file_key)
        return uri_record(chip.plain_url(counter, tamper))
