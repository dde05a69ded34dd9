"""What the page makes of a lane's state, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from edge.domain.view import Act, Check, HoldView, LaneView, Step
from edge.kiosk import words
from edge.kiosk.guard import Guard
from edge.kiosk.render import STATIC, Renderer
from edge.kiosk.screen import compose, local_time, spaced, unpersonal
from edge.kiosk.simulation import strip_state
from edge.kiosk.words import Line, Question, Words
from schemas.messages import Location, Operation, SealProof, Verdict
from schemas.reasons import GROUPS, REASONS, Group

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
def test_every_word_of_the_page_exists_in_chinese_and_english() -> None:
    tables = [words.VERDICTS, words.OPERATIONS, words.TEXTS, words.SIMULATION, *words.SIMULATION_STATES.values()]
    texts: list[Words | Line] = [each for table in tables for each in table.values()]
    texts += [part for question in words.QUESTIONS.values() for part in question]
    texts += [*words.DRIVER.values(), *(each for _, each in words.STEPS)]
    assert [text for text in texts if not text.zh.strip() or not text.en.strip()] == []


def test_every_value_of_the_contract_has_its_words() -> None:
    assert set(words.VERDICTS) == set(Verdict)
    assert set(words.OPERATIONS) == set(Operation)
    assert set(words.QUESTIONS) == set(Check)
    assert all(isinstance(question, Question) for question in words.QUESTIONS.values())


def test_no_word_stands_unused() -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in STATIC.with_name("templates").iterdir())
    unused = [
        name
        for name in words.TEXTS
        if name not in {"reader", "camera", "gps", "network"} and f"texts.{name}" not in templates
    ]
    assert unused == []


def test_every_icon_in_use_is_drawn() -> None:
    drawn = set(re.findall(r'id="([a-z-]+)"', (STATIC / "icons.svg").read_text()))
    templates = "".join(path.read_text(encoding="utf-8") for path in STATIC.with_name("templates").iterdir())
    used = set(re.findall(r"icon\('([a-z-]+)'", templates)) | set(
        re.findall(r"act\('\w+', '\w+', [^,]+, '([a-z-]+)'", templates)
    )
    assert used <= drawn
    assert {
        f"{device}{suffix}" for device in ("reader", "camera", "gps", "network") for suffix in ("", "-off")
    } <= drawn


@pytest.mark.parametrize("code", [reason.code for group in (Group.DECISION, Group.FAULT) for reason in GROUPS[group]])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_and_fault_can_be_shown_at_every_step(code: str, lang: str) -> None:
    renderer = Renderer()
    for step in Step:
        verdict = Verdict.STOP if step is Step.VERDICT else None
        state = view(step=step, verdict=verdict, reasons=(code,), notice=code, faults=(code,))
        told = renderer.message(compose(state, lang))  # type: ignore[arg-type]
        assert told["parts"]["main"]


def test_a_page_is_escaped() -> None:
    told = Renderer().message(compose(view(step=Step.CHECKS, check=Check.PLATE, plate='<b onclick="x">'), "zh"))
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
    assert crowded.faults_more == 2


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


def test_the_strip_survives_an_emulator_without_parts() -> None:
    state = strip_state(view(location=Location.UNCONFIRMED), {"cards": [], "lanes": [], "cable": {}})
    assert state.states == {}
    assert state.next == "screen"


def test_the_act_of_every_button_is_one_the_lane_knows() -> None:
    known = {"answer", "photo", "confirm", "undo", "cancel", "sign_out", "acknowledge"}
    templates = STATIC.with_name("templates")
    used = {
        name
        for path in Path(templates).iterdir()
        for name in re.findall(r"act\('(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert used == known
    assert all(msgspec.convert({"act": name}, Act) for name in used)


async def test_what_is_no_http_passes_the_guard() -> None:
    seen: list[str] = []

    async def app(scope: dict[str, str], _receive: object, _send: object) -> None:
        seen.append(scope["type"])

    await Guard(app, ("127.0.0.1",))({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]
