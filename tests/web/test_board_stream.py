"""The stream itself, without a browser: what a page gets at its return, and the files beside it."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from PIL import Image

from cloud.store.engine import writing
from cloud.web import stream
from cloud.web.pages import assets
from tests.waiting import wait_for
from tests.web import board_story
from tests.web.board_server import BoardServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

READ_S = 15.0


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Iterator[BoardServer]:
    house = BoardServer(tmp_path, migrated_file)
    board_story.tell(house.story)
    house.start()
    yield house
    house.close()


def streaming(house: BoardServer, query: str = "", **headers: str) -> AbstractContextManager[httpx.Response]:
    """The stream, as somebody of the centre."""
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in house.cookies.items())}
    return httpx.stream("GET", f"{house.url}/live{query}", headers=cookie | headers, timeout=READ_S)


def messages(house: BoardServer, query: str = "", **headers: str) -> Iterator[tuple[dict[str, str], str]]:
    """Fields and data of each event, one after the other."""
    with streaming(house, query, **headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        lines: list[str] = []
        for line in answer.iter_lines():
            if not line:
                yield fields, "\n".join(lines)
                fields, lines = {}, []
                continue
            name, _, value = line.partition(": ")
            if name == "data":
                lines.append(value)
            else:
                fields[name] = value


def until(house: BoardServer, wanted: str, query: str = "", **headers: str) -> tuple[set[str], str]:
    """Panels sent before the first event of the `wanted` name (or id), and the last id."""
    panels: set[str] = set()
    last = ""
    for fields, data in messages(house, query, **headers):
        panels |= set(re.findall(r'<hx-partial hx-target="#(\w+)"', data))
        last = fields.get("id", last)
        if wanted in fields.values():
            return panels, last
    raise AssertionError("the stream ended")


ALL = {"kpis", "movements", "cases", "feed", "gates"}


@pytest.mark.req("R-114")
def test_a_page_gets_what_differs_since_the_change_it_has_seen(
    house: BoardServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "REDRAW_MS", 10**15)  # ages, which differ every minute, are not what is asked about
    everything, head = until(house, "beat")
    assert everything == ALL
    # somebody else keeps the hub watching, so that it knows what changed when
    with streaming(house) as other:
        assert other.status_code == 200
        until(house, "beat", **{"Last-Event-ID": head})
        change_id = house.story.scan("KEL-W1-01", container="CSQU3054383")
        panels, last = until(house, "beat", **{"Last-Event-ID": head})
        assert {"feed", "kpis"} <= panels
        assert int(last) == change_id
        house.story.gate_says("KHH-T5-01")
        panels, _ = until(house, "beat", **{"Last-Event-ID": str(change_id)})
        assert "gates" in panels
        assert "cases" not in panels


@pytest.mark.parametrize("since", ["999999", "x", "", "-1", "99999999999999999999999999"])
def test_a_page_that_says_nonsense_gets_everything(house: BoardServer, since: str) -> None:
    panels, _ = until(house, "beat", **{"Last-Event-ID": since})
    assert panels == ALL


def test_two_languages_at_once(house: BoardServer) -> None:
    def feed(tag: str) -> str:
        return next(data for fields, data in messages(house, **{"Accept-Language": tag}) if "id" in fields)

    assert "放行" in feed("zh-TW")
    assert "放行" not in feed("en")


def test_too_many_pages_are_told_to_come_back(house: BoardServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "VISITORS_MAX", 1)
    with streaming(house):
        refused = house.get("/live")
    assert refused.status_code == 503
    assert refused.headers["retry-after"]


def test_the_last_page_that_goes_ends_the_looking(house: BoardServer) -> None:
    until(house, "beat")
    hub = stream.hub_of(house.app)
    wait_for(lambda: not hub._visitors, what="the visitor is forgotten")
    wait_for(lambda: hub._watch is None or hub._watch.done(), what="the look ends")


def test_pictures_are_small_copies(house: BoardServer) -> None:
    sha256 = re.findall(r"/pictures/([\w-]{43})", house.get().text)[0]
    answer = house.get(f"/pictures/{sha256}")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.format == "JPEG"
        assert picture.width <= 480
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["A" * 43, "../../etc/passwd", "x"])
def test_pictures_that_are_not_there(house: BoardServer, name: str) -> None:
    assert house.get(f"/pictures/{name}").status_code in {404, 422}


def test_a_file_that_is_no_picture_is_not_served(house: BoardServer) -> None:
    fake = house.story.picture("FAKE", 99)
    path = house.story.photos / f"{fake}.jpg"
    path.write_bytes(b"<script>alert(1)</script>")
    with writing(house.engine) as connection:
        house.story._keep(connection, "KEL-W1-01", fake)
    assert house.get(f"/pictures/{fake}").status_code == 404


def test_files_are_kept_for_ever_under_their_stamp_only(house: BoardServer) -> None:
    current = httpx.get(house.url + assets.address("css/board.css"))
    assert current.status_code == 200
    assert "immutable" in current.headers["cache-control"]
    old = httpx.get(f"{house.url}/s/000000000000/css/board.css")
    assert old.status_code == 200
    assert old.headers["cache-control"] == "no-cache"
    for path in ("/s/x/../../app.py", "/s/x/%2e%2e/app.py", "/s/x/none.js"):
        assert httpx.get(house.url + path).status_code == 404


def test_a_page_carries_a_strict_policy(house: BoardServer) -> None:
    policy = house.get().headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
