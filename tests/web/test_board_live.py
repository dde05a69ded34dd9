"""The live board in time: what is stored appears by itself, and no reload, restart or pause loses any of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from cloud.store.engine import writing
from schemas.messages import Operation, Verdict
from tests.web import board_story
from tests.web.board_page import LIVE_MS, open_board
from tests.web.board_server import BoardServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

MINUTE_MS = board_story.MINUTE_MS
STALE_S, DOWN_S = 8, 31
FAILING_MS = 15_000  # the last good reading is 6 s old
BACK_MS = 20_000  # htmx tries again after at most 4 s, jitter included


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Iterator[BoardServer]:
    house = BoardServer(tmp_path, migrated_file)
    house.story.begin()
    house.story.gate_says("KEL-W1-01")
    house.start()
    yield house
    house.close()


@pytest.mark.req("R-114")
def test_what_is_stored_appears_without_a_reload(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    assert "尚無讀取紀錄" in board.text("#feed")
    house.story.movement("M-000201", "CSQU3054383", "KELW190W", "017A1110", "IN_TRANSIT",
                         departed_ms=5 * MINUTE_MS, deadline_ms=-60 * MINUTE_MS)  # fmt: skip
    board.shows("#movement-M-000201")
    house.story.scan("KEL-W1-01", container="CSQU3054383")
    board.shows("#scan-1 img")
    assert "CSQU 305438 3" in board.text("#scan-1")
    house.story.case("S7", "M-000201")
    board.shows("#case-1")
    board.shows("#movement-M-000201 .code")
    assert board.page.title().startswith("(1) ")
    assert "1" in board.text("#kpis .kpi:nth-child(3) .value")
    assert board.loads == 1
    assert board.complaints == []


@pytest.mark.req("R-114")
def test_the_chart_moves_with_the_scans(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    assert board.text('[data-key="go"]') == "0"
    house.story.scan("KEL-W1-01", container="CSQU3054383")
    house.story.scan("KEL-W1-01", verdict=Verdict.STOP, reasons=("SEAL-OPEN",))
    board.page.wait_for_selector('[data-key="go"]:text("1")', timeout=LIVE_MS)
    board.page.wait_for_selector('[data-key="stop"]:text("1")', timeout=LIVE_MS)


def test_late_records_stand_at_their_own_time(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    house.story.scan("KEL-W1-01", container="CSQU3054383", ago_ms=1_000)
    house.story.scan("KEL-W1-01", container="OOLU6023736", ago_ms=90_000, stored_ago_ms=0)
    board.shows("#scan-2 .late")
    assert board.page.eval_on_selector_all(".scan", "rows => rows.map(row => row.id)") == ["scan-1", "scan-2"]
    assert "1 分" in board.text("#scan-2 .late")


@pytest.mark.req("R-114")
def test_a_restart_of_the_server_loses_nothing(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    house.stop()
    for number in range(3):
        house.story.scan("KEL-W1-01", container=f"CSQU305438{number}")
    house.story.movement("M-000202", "TGHU4729137", "KELW190W", "017A1110", "PAIRED")
    house.start()
    board.shows("#scan-3", BACK_MS)
    assert board.page.locator(".scan").count() == 3
    board.shows("#movement-M-000202")
    board.shows(".live.fresh")
    assert board.loads == 1


def test_old_numbers_are_never_shown_as_live(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    board.page.clock.install()
    house.stop()
    board.page.clock.fast_forward(STALE_S * 1000)
    board.page.clock.run_for(1000)
    board.shows(".live.stale")
    assert "秒未更新" in board.text("#live")
    board.page.clock.fast_forward(DOWN_S * 1000)
    board.page.clock.run_for(1000)
    board.shows(".live.down")
    assert "未更新，重試中" in board.text("#stale-note")
    assert "grayscale" in board.page.eval_on_selector("#cases", "panel => getComputedStyle(panel).filter")


def test_a_database_that_fails_under_an_open_page_makes_it_stale_and_comes_back(
    browser: Browser, house: BoardServer
) -> None:
    board = open_board(browser, house)
    rename(house, "change", "hidden")
    board.shows(".live.stale", FAILING_MS)
    rename(house, "hidden", "change")
    house.story.scan("KEL-W1-01", container="CSQU3054383")
    board.shows("#scan-1", BACK_MS)
    board.shows(".live.fresh")
    assert board.loads == 1


def rename(house: BoardServer, old: str, new: str) -> None:
    with writing(house.engine) as connection:
        connection.execute(text(f'ALTER TABLE "{old}" RENAME TO "{new}"'))


def test_a_paused_feed_counts_what_it_holds_back(browser: Browser, house: BoardServer) -> None:
    board = open_board(browser, house)
    house.story.scan("KEL-W1-01", container="CSQU3054383")
    board.shows("#scan-1")
    board.page.keyboard.press("p")
    house.story.scan("KEL-W1-01", Operation.ARRIVE, container="OOLU6023736")
    house.story.movement("M-000203", "TGHU4729137", "KELW190W", "017A1110", "PAIRED")
    board.shows("#movement-M-000203")
    board.page.wait_for_selector('#missed:text("1 筆新")')
    assert board.page.locator(".scan").count() == 1
    board.page.click('[data-do="pause"]')
    board.shows("#scan-2")


def test_new_rows_move_neither_the_reader_nor_an_open_row(browser: Browser, house: BoardServer) -> None:
    for number in range(30):
        house.story.scan("KEL-W1-01", container=f"CSQU3054{number:03}", ago_ms=(number + 1) * 60_000)
    house.story.movement("M-000204", "TGHU4729137", "KELW190W", "017A1110", "PAIRED")
    house.story.case("S7", "M-000204")
    board = open_board(browser, house)
    board.page.click("#case-1 summary")
    board.page.eval_on_selector("#feed", "feed => feed.scrollTo(0, 600)")
    place = "row => row.getBoundingClientRect().top"
    before = board.page.eval_on_selector("#scan-12", place)
    house.story.scan("KEL-W1-01", container="OOLU6023736")
    board.shows("#scan-31")
    assert board.page.eval_on_selector("#scan-12", place) == pytest.approx(before, abs=1)
    house.story.case("S3", "M-000204")
    board.shows("#case-2")
    assert board.page.get_attribute("#case-1 details", "open") is not None


def test_a_chosen_filter_stays(browser: Browser, house: BoardServer) -> None:
    house.story.scan("KEL-W1-01", container="CSQU3054383")
    board = open_board(browser, house)
    board.page.click('.passages [data-filter="STOP"]')
    assert board.page.is_hidden("#scan-1")
    house.story.scan("KEL-W1-01", verdict=Verdict.STOP, reasons=("SEAL-OPEN",), container="TCLU6079850")
    house.story.scan("KEL-W1-01", container="TCLU6079850")
    board.shows("#scan-2")
    board.page.wait_for_selector("#scan-3", state="attached")
    assert board.page.is_hidden("#scan-3")
    assert board.page.get_attribute('.passages [data-filter="STOP"]', "aria-pressed") == "true"
