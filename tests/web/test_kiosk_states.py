"""Every state of the page, on both panels and in both languages: whole, readable, accessible, without a stray word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from edge.domain.view import LaneView, Step
from schemas.messages import SealProof
from schemas.reasons import REASONS
from tests.web.axe import violations
from tests.web.kiosk_lane import EMPTY, HOLD, PlayedLane, ServedKiosk, go, refer, signed_in, state, stop
from tests.web.kiosk_page import PANELS, KioskPage, open_page
from tests.web.kiosk_states import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

# what sticks out of the screen, out of the middle, or of its own box (but a site's name, which may be cut)
CLIPPED = """() => {
  const box = document.getElementById('screen').getBoundingClientRect();
  return [...document.querySelectorAll('#screen *')].filter(e => {
    const r = e.getBoundingClientRect();
    if (!r.width || e.closest('.off, #lost, #toast, svg')) return false;
    const m = e.closest('main'), room = m ? m.getBoundingClientRect() : box;
    const inline = getComputedStyle(e).display === 'inline' || e.closest('.site');
    return r.right > room.right + 1 || r.left < room.left - 1 || r.bottom > room.bottom + 1 || r.top < room.top - 1
      || (!inline && e.scrollWidth > e.clientWidth + 2);
  }).map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`);
}"""
# texts that lie upon each other: two leaves of the middle that overlap by more than a hair
OVERLAPS = """() => {
  const kinds = ['h1', 'p', 'dl', 'button', '.ids', '.frame', '.card', '.pict'].map(kind => `main ${kind}`);
  const leaves = [...document.querySelectorAll(kinds)]
    .filter(e => e.getBoundingClientRect().width && !e.parentElement.closest('.card, dl, button, .ids'));
  const found = [];
  for (const [n, a] of leaves.entries()) for (const b of leaves.slice(n + 1)) {
    if (a.contains(b) || b.contains(a)) continue;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (w > 2 && h > 2) found.push(`${a.className || a.tagName} / ${b.className || b.tagName}: ${h.toFixed(1)}px`);
  }
  return found;
}"""
# every text with the language it is marked with
SPOKEN = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest('script, kbd, .mono, .idbox b, .lane b, .who, time, i')) continue;
    found.push([e.closest('[lang]').lang, n.data.trim()]);
  }
  return found;
}"""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_WORD = re.compile(r"[a-z]{3,}")
PERSONAL = re.compile(r"[A-Z][A-D1289]\d{8}|09\d{8}")


@pytest.fixture
def kiosk() -> Iterator[ServedKiosk]:
    served = ServedKiosk({"OUT-1": PlayedLane()})
    served.start()
    yield served
    served.stop()


def shown(page: KioskPage) -> Iterator[str]:
    for name, view in STATES.items():
        page.show(view)
        yield name


@pytest.mark.req("R-115")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("panel", PANELS)
def test_no_state_is_clipped_or_overlaid(browser: Browser, kiosk: ServedKiosk, panel: str, lang: str) -> None:
    page = open_page(browser, kiosk, f"/?lang={lang}", panel)
    faults = {name: page.page.evaluate(CLIPPED) + page.page.evaluate(OVERLAPS) for name in shown(page)}
    assert {name: found for name, found in faults.items() if found} == {}
    assert page.errors == []
    assert page.outside == []


@pytest.mark.req("R-115")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_text_is_marked_with_its_language(browser: Browser, kiosk: ServedKiosk, lang: str) -> None:
    page = open_page(browser, kiosk, f"/?lang={lang}")
    assert page.page.locator("html").get_attribute("lang") == {"zh": "zh-Hant-TW", "en": "en"}[lang]
    astray: set[tuple[str, str]] = set()
    for _name in shown(page):
        for marked, text in page.page.evaluate(SPOKEN):
            foreign = not CHINESE.search(text) and ENGLISH_WORD.search(text)
            if (CHINESE.search(text) and not marked.startswith("zh")) or (foreign and marked.startswith("zh")):
                astray.add((marked, text))
    assert astray == set()


def test_every_state_passes_the_accessibility_checker(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk, bypass_csp=True)
    found: dict[str, Any] = {name: violations(page.page) for name in shown(page)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("view", "word", "english"),
    [(go(), "放行", "GO"), (stop(), "停車", "STOP"), (refer(), "請洽關員", "SEE OFFICER")],
)
def test_a_verdict_is_field_shape_word_and_place_in_both_languages(
    browser: Browser, kiosk: ServedKiosk, view: LaneView, word: str, english: str
) -> None:
    page = open_page(browser, kiosk, "/?lang=en")
    page.show(view)
    assert page.text(".word") == word
    assert page.text(".en") == english
    assert page.page.locator("main svg.pict").count() == 1
    assert page.page.locator("[role=status]").inner_text().strip() == f"{word} {english}"
    for lang in ("zh-Hant-TW", "en", "vi", "id"):
        assert page.text(f"footer [lang={lang}]")


def test_the_three_fields_differ_and_night_is_darker(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    fields = {}
    for name in ("go", "stop", "refer", "night-go", "night-stop", "night-refer", "closed-reader", "idle"):
        page.show(STATES[name])
        fields[name] = page.page.evaluate("() => getComputedStyle(document.getElementById('screen')).backgroundColor")
    assert len(set(fields.values())) == len(fields)
    for verdict in ("go", "stop", "refer"):
        assert brightness(fields[f"night-{verdict}"]) < brightness(fields[verdict])


def brightness(colour: str) -> int:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_a_go_without_proof_says_so_and_one_with_proof_does_not(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    page.show(go(proof=SealProof.NOT_VERIFIED, reasons=("DEPARTED", "PROOF-LATER")))
    assert "封條密碼驗證尚未完成" in page.text(".proof")
    page.show(go(proof=SealProof.VERIFIED))
    assert page.page.locator(".proof").count() == 0


@pytest.mark.req("R-116")
def test_no_personal_number_reaches_the_screen(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    for staff in ("A123456789", "A800000014", "AC01234567", "0912345678"):
        page.show(signed_in(actor=staff))
        assert not PERSONAL.search(page.page.content())
        assert page.text(".who b").startswith(staff[:2])


def test_a_hold_names_container_and_reason(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    for view, place in ((state(holds=(HOLD,)), ".held"), (signed_in(holds=(HOLD,)), ".banner.hold")):
        page.show(view)
        told = page.text(place)
        assert "留置" in told
        assert "TCLU 426572 7" in told
        assert "封條認證碼錯誤" in told


def test_offline_is_told_calmly_with_the_number_waiting(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    page.show(go(online=False, waiting=27, faults=("LINK-DOWN",)))
    assert "27" in page.text(".banner.offline")
    assert page.text(".word") == "放行"
    assert page.page.locator(".banner.fault").count() == 0


def test_each_fault_has_a_sentence_that_says_what_to_do(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    for code in ("CAM-DOWN", "GPS-SILENT", "CLOCK-OFF", "NO-PAPERS", "DISK-FULL", "READER-DOWN", "LINK-REFUSED"):
        page.show(state(faults=(code,)))
        told = page.text("main")
        assert REASONS[code].zh in told
        assert REASONS[code].what_zh in told


def test_a_code_that_the_page_does_not_know_is_shown_as_it_is(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    page.show(stop(reasons=("BRAND-NEW",)))
    assert "BRAND-NEW" in page.text(".why")


def test_markup_in_a_name_stays_text(browser: Browser, kiosk: ServedKiosk) -> None:
    page = open_page(browser, kiosk)
    page.show(state(site_zh="<img src=x onerror=document.title='owned'>", step=Step.IDLE))
    assert page.text(".site span").startswith("<img")
    assert page.page.title() != "owned"
    assert EMPTY.lane in page.page.title()
