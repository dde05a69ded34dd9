"""What a user's systems tell the cloud through the REST API: sites, gates, people, seals, limits and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from cloud.clock import from_ms
from cloud.demo.files import DemoError
from cloud.demo.past import ago_ms, movement_of
from cloud.demo.town import BADGES, DESTINATION, LOADS, MINUTE_MS, ORIGIN, ROUTE_MINUTES, YARDS, Load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.envelope import SigningKey

TIMEOUT_S = 15.0
LIMIT_VALID_FROM = "2026-01-01T00:00:00+08:00"
ORDER_LEAD_MIN = 5  # the order of a past load said this much before the departure
OK, CREATED = 200, 201


class Api:
    """The REST API as a user's system holds it."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=TIMEOUT_S, trust_env=False)

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Enter something; DemoError with the API's own words if it is refused."""
        answer = self._http.put(path, json=body)
        if answer.status_code not in {OK, CREATED}:
            raise DemoError(f"{path}: {answer.text}")

    def put_photo(self, sha256: str, picture: bytes, signature: str) -> None:
        """Put a picture up as a gate does."""
        answer = self._http.put(f"/photos/{sha256}", content=picture, headers={"Sealgate-Signature": signature})
        if answer.status_code not in {OK, CREATED}:
            raise DemoError(f"photo: {answer.text}")

    def post(self, path: str) -> None:
        """Order something."""
        self._http.post(path).raise_for_status()

    def get(self, path: str, **query: str) -> Any:
        """Return what the API says; None where there is no such thing."""
        answer = self._http.get(path, params=query)
        return answer.json() if answer.status_code == OK else None

    @property
    def up(self) -> bool:
        """Whether the API answers."""
        try:
            return self._http.get("/sites", params={"limit": "1"}).status_code == OK
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()


def enter_places(api: Api) -> None:
    """Enter sites with fences, people, and how long the way may take."""
    for yard in YARDS:
        body = {"name_zh": yard.name_zh, "name_en": yard.name_en, "ring": yard.ring, "fictional": True}
        api.put(f"/sites/{yard.code}", body)
    for badge in BADGES:
        body = {"badge_uid": badge.uid, "role": badge.role, "may": badge.may, "sites": [yard.code for yard in YARDS]}
        api.put(f"/staff/{badge.staff}", body)
    api.put(
        f"/route-limits/{ORIGIN.code}/{DESTINATION.code}",
        {"minutes": ROUTE_MINUTES, "valid_from": LIMIT_VALID_FROM},
    )


def enter_gate(api: Api, gate: str, site: str, key: SigningKey) -> None:
    """Enrol a gate with its public key."""
    api.put(f"/gates/{gate}", {"site": site, "lanes": ["L1"], "jwk": key.public_jwk})


def enter_load(api: Api, load: Load, now_ms: int) -> None:
    """Enter a seal and the order that pairs it."""
    api.put(f"/seals/{load.seal_no}", {"uid": load.uid, "kind": "E"})
    order: dict[str, Any] = {
        "origin": ORIGIN.code,
        "destination": DESTINATION.code,
        "container": load.container,
        "plate": load.plate,
        "seals": [{"type": "5", "number": load.seal_no}],
        "cargo": [{"direction": "I", "document": load.declaration}],
        "classes": {"application": "1", "operation": "2", "load": "A", "vehicle": "1"},
    }
    if load.departed_min is not None:
        departs_ms = ago_ms(now_ms, load.departed_min + ORDER_LEAD_MIN) // MINUTE_MS * MINUTE_MS
        order["departs"] = from_ms(departs_ms).isoformat()
    api.put(f"/transport-orders/{load.order}", order)


def entered(api: Api) -> bool:
    """Whether an earlier run has told the whole story already; its last entry is asked for."""
    return all(api.get(f"/movements/{movement_of(load)}") is not None for load in LOADS)
