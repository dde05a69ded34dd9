"""A client of the REST API over a database of the test's own, and bodies that are right in every field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cloud.settings import Photos, Settings, Web
from cloud.web.app import create_app
from schemas.envelope import SigningKey
from tests.desks import VAULT
from tests.web.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

TOKEN = "a-token-of-the-test-only"
KEY = SigningKey.from_seed(b"\x01" * 32)
RING = [[121.66, 25.07], [121.67, 25.07], [121.67, 25.08], [121.66, 25.08], [121.66, 25.07]]
SITE = {"name_zh": "五堵示範站", "name_en": "Wudu demo yard", "ring": RING, "fictional": True}
STAFF = {"badge_uid": "04AABBCCDD1122", "role": "SPECIALIST", "may": ["SEAL_OUT_E", "ARRIVE"], "sites": ["003A1001"]}
GATE = {"site": "003A1001", "lanes": ["L1"], "jwk": KEY.public_jwk}
SEAL = {"uid": "04DE5F1EACC040", "kind": "E"}
ORDER: dict[str, Any] = {
    "origin": "003A1001",
    "destination": "003B2002",
    "container": "CSQU3054383",
    "plate": "KLA-0001",
    "departs": "2026-11-23T08:00:00Z",
    "seals": [{"type": "5", "number": "KE26A0000001"}],
    "cargo": [{"document": "AA151123000001"}],
}
NUMBER = "AA15112345678900001"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        state_dir=str(tmp_path),
        web=Web(body_max_bytes=20_000),
        photos=Photos(size_max_bytes=100_000, unclaimed_max=3),
    )


@pytest.fixture
def client(engine: Engine, settings: Settings) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with (
        serving(create_app(engine, settings, TOKEN, VAULT)) as address,
        httpx.Client(base_url=address, headers=headers, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def registered(client: httpx.Client) -> httpx.Client:
    """Two sites, a badge, a gate, a seal and an order, each just made."""
    entries = {
        "sites/003A1001": SITE,
        "sites/003B2002": SITE,
        "staff/S001": STAFF,
        "gates/WDU-1": GATE,
        "seals/KE26A0000001": SEAL,
        f"transport-orders/{NUMBER}": ORDER,
    }
    for path, body in entries.items():
        answer = client.put(f"/api/v1/{path}", json=body)
        assert answer.status_code == 201, answer.text
    return client
