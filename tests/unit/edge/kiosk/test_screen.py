"""What the page makes of a lane's state, without a browser."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, get_args, get_type_hints

import msgspec
import pytest

from edge.domain import picture
from edge.domain.view import Act, Check, Entry, HoldView, LaneView, PictureView, Step
from edge.kiosk import words
from edge.kiosk.banners import banners
from edge.kiosk.driver import glance
from edge.kiosk.guard import Guard
from edge.kiosk.pieces import duration
from edge.kiosk.render import STATIC, TEMPLATES, Renderer
from edge.kiosk.say import Language, local_time, reasons, spaced, unpersonal
from edge.kiosk.screen import compose
from edge.kiosk.simulation import strip_state
from schemas.messages import Abnormal, Location, Operation, SealPosition, SealProof, Verdict
from schemas.reasons import GROUPS, REASONS, Group
from tests.web.kiosk_album import ALBUM
from tests.web.kiosk_lane import HOLD
from tests.web.kiosk_states import STATES

if TYPE_CHECKING:
    from edge.kiosk.words import Line, Words

BASE = LaneView(
    id=1,
    gate="KEL-CY1",
    lane="1",
    step=Step.IDLE,
    site_zh="站",
    site_en="Site",
    clock="2026-11-23T02:32:00Z",
    online=True,
    waiting=0,
    faults=(),
    holds=(),
    simulation=False,
)


def view(**changes: object) -> LaneView:
    return msgspec.structs.replace(BASE, **changes)


@pytest.mark.req("R-115")
def test_every_word_of_the_screens_exists_in_all_its_languages() -> None:
    tables = [words.VERDICTS, words.OPERATIONS, words.ROLES, words.CHOICES, words.ENTRIES, words.TEXTS]
    tables += [words.SIMULATION, *words.SIMULATION_STATES.values()]
    texts: list[Words | Line] = [each for table in tables for each in table.values()]
    texts += [part for question in words.QUESTIONS.values() for part in question]
    texts += [*words.DRIVER.values(), *words.DRIVER_TEXTS.values(), *(each for _, each in words.STEPS)]
    assert [text for text in texts if not all(part.strip() for part in text)] == []


def test_every_value_of_the_contract_has_its_words() -> None:
    assert set(words.VERDICTS) == set(Verdict)
    assert set(words.OPERATIONS) == set(Operation)
    assert set(words.QUESTIONS) == set(Check)
    assert set(words.CHOICES) >= {*SealPosition, *Abnormal, "NOT-LOCKED", "TAMPERED"}
    assert set(words.ENTRIES) == set(get_args(get_type_hints(Entry)["name"]))
    pictures = {value for name, value in vars(picture).items() if name.isupper() and isinstance(value, str)}
    assert {code for code in pictures if not reasons([code])[0].what_en} == set()


def test_no_word_stands_unused() -> None:
    sources = [*TEMPLATES.rglob("*.html"), *STATIC.parent.glob("*.py")]
    told = "".join(path.read_text(encoding="utf-8") for path in sources)
    unused = [
        name
        for name in words.TEXTS
        if name not in {"reader", "camera", "gps", "network"}
        and not re.search(rf"texts\.{name}\b|TEXTS\[\"{name}\"", told)
    ]
    assert unused == []


def test_every_icon_in_use_is_drawn() -> None:
    drawn = set(re.findall(r'id="([a-z-]+)"', (STATIC / "icons.svg").read_text()))
    templates = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r"icon\('([a-z-]+)'", templates)) | set(
        re.findall(r"act\('\w+', '\w*', [^,]+, '([a-z-]+)'", templates)
    )
    used |= {banner.icon for view in STATES.values() for banner in compose(view, "zh").banners}
    assert used <= drawn
    assert {
        f"{device}{suffix}" for device in ("reader", "camera", "gps", "network") for suffix in ("", "-off")
    } <= drawn


@pytest.mark.req("R-115")
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_fault_and_choice_can_be_shown_at_every_step(step: Step, lang: Language) -> None:
    renderer = Renderer()
    codes = [reason.code for group in Group if group is not Group.REJECTED for reason in GROUPS[group]]
    offered = itertools.cycle([*words.CHOICES, *(reason.code for reason in GROUPS[Group.LANE])])
    for code in codes:
        state = view(
            step=step,
            verdict=Verdict.STOP,
            reasons=(code,),
            notice=code,
            faults=(code,),
            choices=(choice := next(offered),),
            chosen=(choice,),
            check=Check.SEALED,
            pictures=(PictureView(sha256="A" * 43, found=(code,)),),
            entries=tuple(Entry(name=name, error=code) for name in words.ENTRIES),  # type: ignore[arg-type]
        )
        told = renderer.staff_message(compose(state, lang))["parts"]["main"]
        assert not {f">{unworded}<" for unworded in (code, choice)} & set(re.findall(r">[^<]*<", told))
        assert renderer.driver_message(glance(state))["parts"]["main"]


@pytest.mark.parametrize("name", STATES)
def test_every_state_says_who_acts_where_and_what_waits(name: str) -> None:
    shown = STATES[name]
    parts = Renderer().staff_message(compose(shown, "zh"))["parts"]
    assert f"<b>{shown.lane}</b>" in parts["head"]
    assert (f"<b>{shown.actor}</b>" in parts["bar"]) == (shown.actor is not None)
    assert (words.ROLES.get(shown.role or "", words.ROLES["OFFICER"]).zh in parts["bar"]) == (shown.role is not None)
    assert (f"<em>{shown.waiting}<" in parts["head"]) == (shown.waiting > 0)


@pytest.mark.req("R-116")
@pytest.mark.parametrize("name", STATES)
def test_the_driver_sees_this_movement_only_and_no_number_of_a_person(name: str) -> None:
    shown = msgspec.structs.replace(STATES[name], holds=(HOLD,), actor="K-1024", hint="EGHU9058711")
    page = Renderer().driver_page(glance(shown), stream="", voice="off")
    for foreign in ("K-1024", HOLD.seal_no, HOLD.container[:4], "905871 1", "<button", "<input", 'href="?'):
        assert foreign not in page


def test_a_page_is_escaped() -> None:
    told = Renderer().staff_message(compose(view(step=Step.CHECKS, check=Check.PLATE, plate='<b onclick="x">'), "zh"))
    assert "<b onclick" not in told["parts"]["main"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [("CSQU3054383", "CSQU 305438 3"), ("KELW190W", "KELW190W"), ("", ""), ("csqu3054383", "csqu3054383")],
)
def test_container_numbers_are_set_as_on_the_door(number: str, shown: str) -> None:
    assert spaced(number) == shown


@pytest.mark.req("R-116")
@pytest.mark.parametrize(
    ("staff", "shown"),
    [("A123456789", "A1••••••89"), ("AC01234567", "AC••••••67"), ("0912345678", "09••••••78"), ("K-1024", "K-1024")],
)
def test_numbers_of_persons_are_masked(staff: str, shown: str) -> None:
    assert unpersonal(staff) == shown


@pytest.mark.parametrize(
    ("iso", "shown"),
    [("2026-11-23T16:05:00Z", "00:05"), ("2026-11-23T10:05:00+08:00", "10:05"), ("", ""), ("2026-11-23T10:05:00", "")],
)
def test_times_are_those_of_the_gate(iso: str, shown: str) -> None:
    assert local_time(iso) == shown


@pytest.mark.parametrize(
    ("iso", "light"),
    [
        ("2026-11-22T21:59:00Z", "night"),
        ("2026-11-22T22:00:00Z", "day"),
        ("2026-11-23T09:59:00Z", "day"),
        ("2026-11-23T10:00:00Z", "night"),
        ("", "day"),
    ],
)
def test_the_palette_follows_the_hour_in_taipei(iso: str, light: str) -> None:
    assert compose(view(clock=iso), "zh").light == light
    assert compose(view(clock=iso), "zh", "night").light == "night"


@pytest.mark.parametrize(
    ("changes", "tone"),
    [
        ({}, "idle"),
        ({"faults": ("LINK-DOWN", "CAM-DOWN")}, "idle"),
        ({"faults": ("READER-DOWN",)}, "closed"),
        ({"step": Step.CHECKS, "faults": ("DISK-FULL",)}, "closed"),
        ({"step": Step.SIGNED_IN}, "work"),
        ({"step": Step.VERDICT, "verdict": Verdict.GO}, "go"),
        ({"step": Step.VERDICT, "verdict": Verdict.STOP, "faults": ("READER-DOWN",)}, "stop"),
        ({"step": Step.VERDICT, "verdict": Verdict.REFER}, "refer"),
    ],
)
def test_the_colour_of_the_field(changes: dict[str, object], tone: str) -> None:
    assert compose(view(**changes), "zh").tone == tone


def test_the_drivers_line_is_that_of_the_reason() -> None:
    refused = view(step=Step.VERDICT, verdict=Verdict.STOP, reasons=("SEAL-OPEN",))
    assert compose(refused, "en").driver.vi == REASONS["SEAL-OPEN"].driver_vi
    assert compose(view(step=Step.VERDICT, verdict=Verdict.REFER), "en").driver.vi


@pytest.mark.parametrize("proof", SealProof)
def test_only_a_go_without_proof_is_qualified(proof: SealProof) -> None:
    go = compose(view(step=Step.VERDICT, verdict=Verdict.GO, proof=proof), "zh")
    assert (go.proof_note is not None) == (proof is SealProof.NOT_VERIFIED)


def test_what_has_no_room_is_counted() -> None:
    hold = HoldView(container="CSQU3054383", seal_no="S1", reason="X-MAC", since="2026-11-23T02:00:00Z")
    crowded = compose(view(holds=(hold,) * 5, faults=("CAM-DOWN", "GPS-SILENT", "CLOCK-OFF", "LINK-DOWN")), "zh")
    assert len(crowded.holds) + crowded.holds_more == 5


def test_what_closes_the_lane_is_told_first_and_nothing_twice() -> None:
    closed = compose(view(faults=("GPS-SILENT", "CAM-DOWN", "READER-DOWN")), "zh")
    assert closed.faults[0].code == "READER-DOWN"
    failed = compose(view(step=Step.PHOTO, notice="CAM-DOWN", faults=("CAM-DOWN", "GPS-SILENT")), "zh")
    assert failed.notice is not None
    assert [fault.code for fault in failed.faults] == ["GPS-SILENT"]
    assert compose(view(notice="READER-DOWN"), "zh").notice is None  # it is back


def test_the_steps_stand_where_the_session_stands() -> None:
    marks = {step: [mark.state for mark in compose(view(step=step), "zh").steps] for step in Step}
    assert marks[Step.IDLE] == ["now", "open", "open", "open", "open"]
    assert marks[Step.PHOTO] == ["done", "done", "done", "now", "open"]
    refused = compose(view(step=Step.VERDICT, verdict=Verdict.STOP), "zh")
    assert [mark.state for mark in refused.steps] == ["done", "done", "open", "open", "open"]


def test_what_may_be_done_stands_first_and_each_lane_has_its_own_read_confirm() -> None:
    menu = compose(view(step=Step.SIGNED_IN, operations=(Operation.SCRAP,), acts=("operation",)), "zh").menu
    assert [(choice.code, choice.lit) for choice in menu][:2] == [("SCRAP", True), ("READ_CONFIRM_IN", False)]
    leaving = compose(view(step=Step.SIGNED_IN, operations=(Operation.READ_CONFIRM_OUT,), acts=("operation",)), "zh")
    assert [choice.code for choice in leaving.menu if "CONFIRM" in choice.code] == ["READ_CONFIRM_OUT"]
    assert not any(choice.lit for choice in compose(view(operations=(Operation.SCRAP,)), "zh").menu)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(1, ("1 分", "1 min")), (60, ("1 分", "1 min")), (4320, ("1 小時 12 分", "1 h 12 min"))]
)
def test_lateness_is_told_in_begun_minutes(seconds: int, shown: tuple[str, str]) -> None:
    assert tuple(duration(seconds)) == shown


def test_the_deadline_is_told_in_the_time_of_the_gate() -> None:
    assert compose(view(deadline="2026-11-23T03:10:00+00:00"), "zh").due == "11:10"
    assert compose(view(), "zh").due == ""


def test_banners_come_by_weight_and_count_what_found_no_room() -> None:
    crowded = view(
        step=Step.CHECKS,
        check=Check.CONTAINER,
        holds=(HOLD,) * 3,
        online=False,
        waiting=4,
        notice="FINISH-FIRST",
        hint="CSQU3054384",
        outage="N1",
    )
    above = banners(crowded, "check")
    assert [banner.kind for banner in above] == ["notice", "hint"]
    assert above[-1].more == 3 + 2  # three holds, outage, offline
    assert [banner.kind for banner in banners(crowded, "pin")] == ["notice"]


def test_a_question_for_the_seal_keeps_its_places_apart_from_what_is_wrong() -> None:
    asked = compose(STATES["check-sealed"], "zh")
    assert [choice.code for choice in asked.positions] == list(SealPosition)
    assert [choice.code for choice in asked.choices] == ["NOT-LOCKED", "TAMPERED"]


def test_the_strip_survives_an_emulator_without_parts() -> None:
    state = strip_state(view(location=Location.UNCONFIRMED), {"cards": [], "lanes": [], "cable": {}})
    assert state.states == {}
    assert state.next == "screen"


def test_the_act_of_every_button_is_one_the_lane_knows() -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r"act\('(\w+)'|data-act=\"(\w+)\"", templates))
    known = set(get_args(get_type_hints(Act)["act"]))
    assert {one or other for one, other in used} == known


def test_every_state_has_its_picture_in_the_album() -> None:
    assert {path.stem for path in ALBUM.glob("*.webp")} == set(STATES)


async def test_what_is_no_http_passes_the_guard() -> None:
    seen: list[str] = []

    async def app(scope: dict[str, str], _receive: object, _send: object) -> None:
        seen.append(scope["type"])

    await Guard(app, ("127.0.0.1",))({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]
