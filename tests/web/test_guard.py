"""Which requests the web process hears at all: by their host name, and by the page they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from cloud.registry.refusals import TEXTS
from cloud.settings import Settings, Web
from cloud.store.engine import open_engine
from cloud.web.app import create_app
from tests.web.api_client import SITE, TOKEN
from tests.web.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

API = "/api/v1/sites/003A1001"


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Iterator[httpx.Client]:
    """The web process, called by loopback and as board.example."""
    (tmp_path / "cloud.db").write_bytes(migrated_file.read_bytes())
    settings = Settings(state_dir=str(tmp_path), web=Web(hosts=("Board.example",)))
    engine = open_engine(settings.database_url)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    app = create_app(engine, settings, TOKEN)
    with serving(app) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        yield client
    engine.dispose()


@pytest.mark.req("R-113")
@pytest.mark.parametrize("path", ["/", "/stream", API, "/pictures/x"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "board.example.", "[::2]:80", ""])
def test_another_name_is_not_served(house: httpx.Client, path: str, host: str) -> None:
    answer = house.get(path, headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (TEXTS["HOST"].status, "HOST")


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "board.example", "BOARD.example:443"])
def test_our_names_are_served_to_people_and_systems(house: httpx.Client, host: str) -> None:
    assert house.get("/sign-in", headers={"Host": host}).status_code == 200
    assert house.put(API, json=SITE, headers={"Host": host}).status_code == 201


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://board.example:8443"},
        {"Origin": "https://board.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_page_of_another_origin_may_look_but_not_act(house: httpx.Client, sent: dict[str, Any]) -> None:
    headers = {"Host": "board.example", "HX-Request": "true", **sent}
    for answer in (house.post("/cases/1/acknowledge", headers=headers), house.put(API, json=SITE, headers=headers)):
        assert (answer.status_code, answer.json()["code"]) == (TEXTS["ORIGIN"].status, "ORIGIN")
    assert house.get("/sign-in", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [{}, {"Origin": "https://board.example"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}],
    ids=str,
)
def test_our_own_page_and_programs_may_act(house: httpx.Client, sent: dict[str, Any]) -> None:
    headers = {"Host": "board.example", "HX-Request": "true", **sent}
    assert house.put(API, json=SITE, headers=headers).status_code == 201
    told = house.post("/cases/1/acknowledge", headers=headers)
    assert (told.status_code, told.headers["hx-redirect"]) == (401, "/sign-in")  # heard, and asked who it is


def test_a_host_name_is_text() -> None:
    with pytest.raises(msgspec.ValidationError, match="hosts"):
        msgspec.convert({"state_dir": "s", "web": {"hosts": [7]}}, Settings)
