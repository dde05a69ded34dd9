"""What a person does at the staff's screen: by finger, key and scanner, and what must never be pressed by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.domain.view import Act, Check, Step
from schemas.messages import Abnormal, Operation, PaperKind, Written
from tests.waiting import wait_for
from tests.web.kiosk_lane import (
    ALL_GOOD,
    PlayedLane,
    ServedKiosk,
    checking,
    go,
    loaded,
    photographed,
    refer,
    sealing,
    signed_in,
)
from tests.web.kiosk_page import KioskPage, open_page
from tests.web.kiosk_states import ALL_OPERATIONS, PIN, STATES, abnormal, looking, papers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Route

    from edge.domain.view import LaneView

SCANNER = """code => {
  for (const key of [...code, 'Enter'])
    (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
}"""
LIVE = ":not([disabled])"


@pytest.fixture(scope="module")
def kiosk() -> Iterator[ServedKiosk]:
    served = ServedKiosk({"OUT-1": PlayedLane()})
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def opened(shared_browser: Browser, kiosk: ServedKiosk) -> KioskPage:
    return open_page(shared_browser, kiosk)


@pytest.fixture
def page(opened: KioskPage) -> Iterator[KioskPage]:
    """The one page of this module, on a lane that nobody has pressed yet."""
    lane = opened.kiosk.lane
    lane.presses.clear()
    lane.refusal = None
    lane.answer = lambda _act: None
    opened.show(STATES["idle"])
    yield opened
    assert opened.errors == []


def pressed(page: KioskPage, count: int = 1) -> list[Act]:
    """The presses that reached the lane, once there are `count`."""
    wait_for(lambda: len(page.kiosk.lane.presses) >= count, what=f"{count} press(es) reached the lane")
    page.page.wait_for_selector("body:not(.sending)")
    return page.kiosk.lane.presses


def ready(page: KioskPage, view: LaneView) -> None:
    """Show a state and wait until its buttons take presses."""
    page.show(view)
    page.page.wait_for_selector("#screen:not(:has(button:disabled:not([data-dead])))")


def scan(page: KioskPage, code: str) -> None:
    """A barcode scanner is a keyboard that types faster than any finger and ends with Enter."""
    page.page.evaluate(SCANNER, code)


CHECKS = [
    (Check.CONTAINER, True, "EGHU 905871 0"),
    (Check.SEAL, True, "ES26-418823"),
    (Check.PLATE, False, "KLB-2291"),
    (Check.LOAD, False, "AA15112345678900001"),
]


@pytest.mark.req("R-054")
@pytest.mark.parametrize(("check", "answer", "value"), CHECKS)
def test_a_question_shows_its_value_and_takes_one_of_two_answers(
    page: KioskPage, check: Check, answer: bool, value: str
) -> None:
    ready(page, checking(check))
    assert page.text(".value b") == value
    page.page.click(".answers .yes" if answer else ".answers .no")
    assert pressed(page) == [Act(act="answer", check=check, ok=answer)]


@pytest.mark.req("R-043")
@pytest.mark.req("R-055")
@pytest.mark.parametrize(
    ("button", "ok", "choice"),
    [
        (".answers .yes", True, "RIGHT_INNER_ROD"),
        (".spots [data-choice=RIGHT_OUTER_ROD]", True, "RIGHT_OUTER_ROD"),
        (".answers [data-choice=NOT-LOCKED]", False, "NOT-LOCKED"),
        (".answers [data-choice=TAMPERED]", False, "TAMPERED"),
    ],
)
def test_the_seal_on_the_door_is_one_question_with_its_place(
    page: KioskPage, button: str, ok: bool, choice: str
) -> None:
    ready(page, sealing())
    assert page.page.locator(".doors .mark").count() == 4
    page.page.click(button)
    assert pressed(page) == [Act(act="answer", check=Check.SEALED, ok=ok, choice=choice)]


def test_without_places_to_choose_from_the_seal_is_locked_or_not(page: KioskPage) -> None:
    ready(page, STATES["check-sealed-arrival"])
    page.page.click(".answers .yes")
    assert pressed(page) == [Act(act="answer", check=Check.SEALED, ok=True)]


@pytest.mark.req("R-054")
def test_the_good_answer_has_one_place_on_every_page(page: KioskPage) -> None:
    corners = []
    for view in (*(checking(check) for check in Check if check is not Check.SEALED), sealing()):
        page.show(view)
        box = page.page.locator(".answers .yes").bounding_box()
        assert box is not None
        corners.append((round(box["x"]), round(box["y"] + box["height"])))
    assert len(set(corners)) == 1


KEYS = [
    (checking(Check.SEAL), "y", Act(act="answer", check=Check.SEAL, ok=True)),
    (checking(Check.SEAL), "N", Act(act="answer", check=Check.SEAL, ok=False)),
    (checking(Check.SEAL), "Backspace", Act(act="undo")),
    (checking(Check.SEAL), "Escape", Act(act="cancel")),
    (sealing(), "y", Act(act="answer", check=Check.SEALED, ok=True, choice="RIGHT_INNER_ROD")),
    (sealing(), "3", Act(act="answer", check=Check.SEALED, ok=True, choice="RIGHT_OUTER_ROD")),
    (sealing(), "n", Act(act="answer", check=Check.SEALED, ok=False, choice="NOT-LOCKED")),
    (sealing(), "t", Act(act="answer", check=Check.SEALED, ok=False, choice="TAMPERED")),
    (signed_in(), "Escape", Act(act="sign_out")),
    (signed_in(operations=ALL_OPERATIONS), "2", Act(act="operation", choice=Operation.MAKEUP_ARRIVE)),
    (signed_in(), "u", Act(act="unreadable")),
    (abnormal(), "3", Act(act="choose", choice=Abnormal.ALTERED)),
    (abnormal(chosen=(Abnormal.ALTERED,)), "Enter", Act(act="next")),
    (loaded(step=Step.PHOTO, checks_done=ALL_GOOD), "Enter", Act(act="photo")),
    (STATES["photo-poor"], "2", Act(act="keep", choice="OVERRIDE-LIGHT")),
    (photographed(), "Enter", Act(act="confirm")),
    (photographed(), "r", Act(act="photo")),
    (papers(), "1", Act(act="paper", paper=PaperKind.STATEMENT)),
    (papers(), "2", Act(act="paper", paper=PaperKind.DRIVER_ID)),
    (papers(), "Enter", Act(act="acknowledge")),
    (go(), "Enter", Act(act="acknowledge")),
    (refer(), "Enter", Act(act="acknowledge")),
]


def test_every_button_has_its_key(page: KioskPage) -> None:
    for number, (view, key, press) in enumerate(KEYS, start=1):
        ready(page, view)
        shown = {"Escape": "Esc", "Backspace": "Bksp"}.get(key, key.upper() if len(key) == 1 else key)
        assert shown in page.page.locator("kbd").all_text_contents()
        page.page.keyboard.press(key)
        assert pressed(page, number)[-1] == press


def test_enter_answers_no_question(page: KioskPage) -> None:
    ready(page, checking(Check.LOAD))
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("y")
    assert pressed(page) == [Act(act="answer", check=Check.LOAD, ok=True)]


def test_a_bouncing_glove_answers_one_question_only(page: KioskPage) -> None:
    following = iter([checking(Check.SEAL), checking(Check.PLATE)])
    page.kiosk.lane.answer = lambda _act: next(following)
    ready(page, checking(Check.CONTAINER))
    box = page.page.locator(".answers .yes").bounding_box()
    assert box is not None
    page.page.mouse.dblclick(box["x"] + 20, box["y"] + 20)
    page.page.wait_for_selector(".answers .yes[data-check=seal]:not(:disabled)")
    assert [act.check for act in page.kiosk.lane.presses] == [Check.CONTAINER]


def test_a_press_is_seen_before_anything_is_sent(page: KioskPage) -> None:
    held: list[Route] = []
    page.page.route("**/act", lambda route, _request: held.append(route))
    ready(page, checking(Check.CONTAINER))
    box = page.page.locator(".answers .yes").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.page.mouse.down()
    assert page.page.locator(".answers .yes.pressed").count() == 1
    assert held == []
    page.page.mouse.up()
    page.page.wait_for_selector("body.sending")
    assert page.page.locator(".answers .yes.pressed").count() == 1
    held[0].continue_()
    page.page.unroute("**/act")
    pressed(page)
    page.page.wait_for_selector("#screen:not(:has(.pressed))")


def test_what_the_lane_does_not_allow_is_dead_and_says_so(page: KioskPage) -> None:
    ready(page, signed_in(operations=(Operation.SCRAP,)))
    assert page.page.locator(f".menu button{LIVE}").all_inner_texts()[0].startswith("報廢登錄")
    assert page.page.locator(".menu button[disabled]").count() == 4
    assert "不可辦理" in page.text(".menu h2 em")
    page.page.keyboard.press("2")
    page.page.keyboard.press("Backspace")
    page.page.keyboard.press("u")
    assert pressed(page) == [Act(act="unreadable")]


def test_while_the_lane_works_nothing_can_be_pressed(page: KioskPage) -> None:
    page.show(photographed(busy=True))
    assert page.page.locator(f"#screen main button{LIVE}").count() == 0
    assert page.page.locator(".working").count() == 1


@pytest.mark.req("R-049")
def test_a_pin_is_typed_by_finger_or_key_and_never_shown(page: KioskPage) -> None:
    view = STATES["pin"]
    ready(page, view)
    for digit in "4071":
        page.page.click(f".pad [data-digit='{digit}']")
        if digit == "7":
            page.page.click(".pad [data-act=pin]")  # too short: would count as a wrong one
    page.page.keyboard.press("9")
    page.page.keyboard.press("Backspace")
    assert page.text("#digits") == "●●●●"
    assert "4071" not in page.page.content()
    page.page.click(".pad [data-act=pin]")
    assert pressed(page) == [Act(act="pin", text="4071")]
    ready(page, STATES["pin-wrong"])
    assert page.text("#digits") == ""
    page.page.keyboard.type("2580")
    page.page.keyboard.press("Enter")
    assert pressed(page, 2)[-1] == Act(act="pin", text="2580")


@pytest.mark.req("R-060")
def test_a_number_is_scanned_or_typed_on_the_screens_keyboard(page: KioskPage) -> None:
    ready(page, looking())
    page.page.click("[data-field=seal_no]")
    for char in "es26-9x".upper():
        page.page.click(f"#keys [data-char='{char}']")
    page.page.click("#keys [data-char='']")
    assert page.text("#keys-value") == "ES26-9"
    page.page.click("#keys [data-close]")
    page.page.locator("[data-field=seal_no]").evaluate("field => field.blur()")
    scan(page, "csqu3054383")
    assert page.page.input_value("[data-field=container]") == "CSQU3054383"
    page.page.click("[data-act=lookup]")
    assert pressed(page) == [Act(act="lookup", written=Written(container="CSQU3054383", seal_no="ES26-9"))]


def test_a_hardware_keyboard_fills_the_fields_and_sends_them(page: KioskPage) -> None:
    ready(page, looking())
    page.page.keyboard.type("csqu 3054383")
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Enter")
    assert pressed(page) == [Act(act="lookup", written=Written(container="CSQU3054383"))]


def test_what_was_typed_survives_a_change_of_the_page(page: KioskPage) -> None:
    ready(page, looking())
    page.page.keyboard.type("CSQU3")
    page.show(looking(notice="UNPAIRED", online=False))
    page.show(looking(entries=STATES["lookup-wrong"].entries[1:]))
    page.show(looking())
    assert page.page.input_value("[data-field=container]") == ""
    page.page.keyboard.type("CSQU3")
    page.show(looking(busy=True))
    page.show(looking())
    assert page.page.input_value("[data-field=container]") == "CSQU3"


def test_a_scan_answers_a_question_only_if_it_matches(page: KioskPage) -> None:
    ready(page, checking(Check.CONTAINER))
    scan(page, "KLNU1234567")  # has an N, which pressed alone means "differs"
    page.page.wait_for_selector("#toast:not([hidden])")
    assert "不同" in page.text("#toast")
    scan(page, "EGHU9058710")
    assert pressed(page) == [Act(act="answer", check=Check.CONTAINER, ok=True)]


def test_a_scan_where_none_is_asked_does_nothing(page: KioskPage) -> None:
    ready(page, photographed())
    scan(page, "RRRR1234")
    page.page.wait_for_selector("#toast:not([hidden])")
    assert "不用掃描" in page.text("#toast")
    page.page.keyboard.press("r")
    assert pressed(page) == [Act(act="photo")]


@pytest.mark.req("R-068")
def test_several_faults_are_chosen_and_taken_back(page: KioskPage) -> None:
    ready(page, abnormal(chosen=(Abnormal.UNSEALED,)))
    assert page.page.locator(".list [aria-pressed=true]").all_inner_texts()[0].startswith("未固封")
    page.page.click(".list [data-choice=UNSEALED]")
    assert pressed(page) == [Act(act="choose", choice=Abnormal.UNSEALED)]


@pytest.mark.req("R-069")
def test_a_statement_is_sent_once_and_not_shown_again(page: KioskPage) -> None:
    ready(page, papers())
    page.page.locator("[data-field=driver]").fill("陳大文")
    page.page.click("[data-act=paper][data-gather=statement]")  # no words yet: nothing is sent, nothing photographed
    page.page.wait_for_selector("#toast:not([hidden])")
    page.page.locator("[data-field=statement]").fill("途中煞車，封條被貨物撞斷。")
    page.page.click("[data-act=paper][data-gather=statement]")
    press = Act(act="paper", paper=PaperKind.STATEMENT, text="途中煞車，封條被貨物撞斷。", driver="陳大文")
    assert pressed(page) == [press]
    ready(page, papers(papers_done=(PaperKind.STATEMENT,), entries=()))
    assert page.page.locator(".paper.statement .lock").count() == 1
    ready(page, papers())
    assert page.page.input_value("[data-field=statement]") == ""


@pytest.mark.req("R-070")
@pytest.mark.req("R-071")
def test_papers_may_come_later_and_what_is_missing_is_told(page: KioskPage) -> None:
    ready(page, papers(papers_done=(PaperKind.DRIVER_ID,)))
    assert page.text(".papers .how").split() == ["尚缺", "書面說明"]
    page.page.click("main [data-act=acknowledge]")
    assert pressed(page) == [Act(act="acknowledge")]


@pytest.mark.req("R-058")
def test_the_location_tag_counts_down(page: KioskPage) -> None:
    page.show(signed_in(tag_s=583))
    wait_for(lambda: page.text("[data-count=tag]").startswith("9:4"), what="minutes and seconds")


def test_a_session_that_ends_soon_says_so(page: KioskPage) -> None:
    page.show(signed_in(seconds_left=87))
    assert page.page.locator(".bar p.soon:not([hidden])").count() == 0
    page.show(signed_in(seconds_left=29))
    page.page.wait_for_selector(".bar p.soon:not([hidden])")


def test_another_operation_can_be_chosen_where_the_lane_offers_one(page: KioskPage) -> None:
    ready(page, STATES["refer-more"])
    page.page.click("footer [data-act=operation]")
    assert pressed(page) == [Act(act="operation", choice=Operation.ABNORMAL_IN)]


def test_the_language_has_a_key(page: KioskPage) -> None:
    ready(page, signed_in(**PIN))
    page.page.keyboard.press("l")
    page.page.wait_for_selector("html[lang=en]")
    page.page.keyboard.press("l")
    page.page.wait_for_selector("html[lang=zh-Hant-TW]")
