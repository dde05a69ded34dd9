"""What a person may do at a lane beyond the plain way: read-confirm, make-up, scrap, hold with papers, outage, PIN."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from edge.domain.view import Act, Check, Refused, Step
from schemas import pin, sealed
from schemas.messages import (
    Abnormal,
    Expected,
    Function,
    Location,
    Operation,
    Outage,
    PaperKind,
    SealKind,
    SealPosition,
    Verdict,
    Written,
)
from schemas.sealed import OpeningKey, Purpose
from tests.edge_gate import NOW, SEAL, Booth, expected, hold, manifest, sealed_to, signed, staff, tap
from tests.integration.edge_core.booth import answer, running, sign_in, to_checks, to_confirm, until
from tests.town import DESTINATION, OFFICER, Seal
from tests.waiting import eventually

CLOUD = OpeningKey(b"p" * 32)
PIN = "4711"
ON_THE_ROAD = expected(state="IN_TRANSIT")


async def told(booth: Booth, *movements: Expected, **changes: Any) -> None:
    """Bring later papers into force."""
    changes = {"version": booth.papers.in_force.manifest.version + 1, "papers_key": CLOUD.public, **changes}
    known = movements or booth.movements
    await booth.papers.accept(signed(manifest(*known, place=booth.place, **changes)), booth.clock.now())


@pytest.fixture
async def origin(tmp_path):
    booth = await Booth(folder=tmp_path).open()
    async with running(booth):
        await told(booth)
        yield booth
    await booth.close()


@pytest.fixture
async def destination(tmp_path):
    booth = await Booth(folder=tmp_path, movements=(ON_THE_ROAD,), place=DESTINATION).open()
    async with running(booth):
        await told(booth)
        yield booth
    await booth.close()


async def press(booth: Booth, act: str, **fields: object):
    return await booth.lane.act(Act(act=act, **fields))


async def last(booth: Booth):
    return (await booth.records())[-1]


@pytest.mark.req("R-051", "R-054", "R-056")
async def test_the_plain_way_needs_six_touches(origin):
    """Badge and seal are held, not touched."""
    await to_checks(origin)
    touches = 0
    while (view := origin.lane.view()).step is not Step.VERDICT:
        act = Act(act="answer", check=view.check, ok=True) if view.step is Step.CHECKS else Act(act="confirm")
        await origin.lane.act(act)
        touches += 1
    assert (view.verdict, touches) == (Verdict.GO, 6)


@pytest.mark.req("R-043")
async def test_where_the_seal_sits_is_taken_down(origin):
    both = (SealPosition.RIGHT_INNER_ROD, SealPosition.RIGHT_LOWER_SEAT)
    await told(origin, expected(positions=both))
    await to_checks(origin)
    for check in (Check.CONTAINER, Check.SEAL, Check.PLATE, Check.LOAD):
        await press(origin, "answer", check=check, ok=True)
    assert origin.lane.view().choices == (*both, "NOT-LOCKED", "TAMPERED")
    with pytest.raises(Refused):
        await press(origin, "answer", check=Check.SEALED, ok=True)
    await press(origin, "answer", check=Check.SEALED, ok=True, choice=SealPosition.RIGHT_LOWER_SEAT)
    await press(origin, "confirm")
    assert (await last(origin)).seal_position is SealPosition.RIGHT_LOWER_SEAT


@pytest.mark.req("R-043")
async def test_the_only_place_allowed_need_not_be_chosen(origin):
    await told(origin, expected(positions=(SealPosition.RIGHT_INNER_ROD,)))
    await to_confirm(origin)
    await press(origin, "confirm")
    assert (await last(origin)).seal_position is SealPosition.RIGHT_INNER_ROD


@pytest.mark.req("R-059")
@pytest.mark.parametrize("satellites", [True, False])
async def test_a_read_confirm_leaves_a_record_with_its_grounds_and_moves_nothing(origin, satellites):
    origin.receiver.mode = 3 if satellites else 0
    await sign_in(origin)
    assert Operation.READ_CONFIRM_OUT in origin.lane.view().operations
    await press(origin, "operation", choice="READ_CONFIRM_OUT")
    origin.hand.hold(tap())
    await until(origin, Step.GROUNDS)
    await press(origin, "choose", choice="GROUNDS-DEVICE")
    view = await press(origin, "confirm")
    event = await last(origin)
    assert (event.operation, event.grounds) == (Operation.READ_CONFIRM_OUT, "GROUNDS-DEVICE")
    assert (view.verdict, event.decision.reasons[0]) == (Verdict.REFER, "READ-CONFIRMED")
    assert ("PLACE-UNCONFIRMED" in event.decision.reasons) is not satellites
    await press(origin, "acknowledge")
    origin.receiver.mode = 3
    await to_confirm(origin, counter=2)  # nothing has moved: the departure can still be made
    assert (await press(origin, "confirm")).verdict is Verdict.GO


@pytest.mark.req("R-091")
async def test_a_make_up_arrival_says_why_and_arrives(destination):
    await told(destination, sealed=sealed_to(seal_keys={}, pins={}))
    await sign_in(destination)
    await press(destination, "operation", choice="MAKEUP_ARRIVE")
    destination.hand.hold(tap())
    await until(destination, Step.GROUNDS)
    await press(destination, "choose", choice="GROUNDS-MISSED")
    await answer(destination)
    view = await press(destination, "confirm")
    event = await last(destination)
    assert (event.operation, event.grounds) == (Operation.MAKEUP_ARRIVE, "GROUNDS-MISSED")
    # no PIN is known here to prove the person with: recorded, and an officer decides
    assert (view.verdict, view.reasons, event.actor.method) == (Verdict.REFER, ("PIN-UNKNOWN",), "BADGE")


async def to_pin(booth: Booth) -> None:
    verifier = pin.verifier(PIN)
    await told(booth, sealed=sealed_to(seal_keys={}, pins={OFFICER.badge_uid: verifier}))
    await sign_in(booth)
    await press(booth, "operation", choice="MAKEUP_ARRIVE")
    booth.hand.hold(tap())
    await until(booth, Step.GROUNDS)
    await press(booth, "choose", choice="GROUNDS-MISSED")
    await answer(booth)
    assert (await press(booth, "confirm")).step is Step.PIN


@pytest.mark.req("R-068", "R-069", "R-070", "R-071")
@pytest.mark.req("R-116")
async def test_an_abnormal_arrival_is_held_at_once_and_papers_may_follow(destination, tmp_path):
    await to_checks(destination)
    assert destination.lane.view().operations == (Operation.ABNORMAL_IN,)
    await press(destination, "operation", choice="ABNORMAL_IN")
    assert destination.lane.view().choices == ("UNREADABLE", "UNSEALED", "ALTERED", "OTHER")
    await press(destination, "choose", choice="ALTERED")
    view = await press(destination, "next")
    assert (view.step, view.verdict, view.reasons) == (Step.PAPERS, Verdict.STOP, ("HELD", "HOLD-ALTERED"))
    assert [hold.container for hold in view.holds] == [SEAL.container]  # at once, though no papers tell it yet
    held = await last(destination)
    assert (held.operation, held.abnormal, len(held.photos)) == (Operation.ABNORMAL_IN, (Abnormal.ALTERED,), 1)
    await press(destination, "paper", paper=PaperKind.STATEMENT, text="封條斷裂", driver="陳司機")
    view = await press(destination, "paper", paper=PaperKind.DRIVER_ID)
    assert view.papers_done == (PaperKind.STATEMENT, PaperKind.DRIVER_ID)
    said, shown = (await destination.records())[-2:]
    assert [event.about.seq for event in (said, shown)] == [held.link.seq] * 2
    assert await opened(destination, said) == {"text": "封條斷裂", "driver": "陳司機", "plate": SEAL.plate}
    jwe = await destination.photos.read(shown.papers[0].sha256)
    assert sealed.open_sealed(jwe, CLOUD, Purpose.PAPER) == destination.camera.jpeg
    assert await destination.photos.waiting() == 3
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "陳司機".encode() not in left


async def opened(booth: Booth, event):
    jwe = await booth.photos.read(event.papers[0].sha256)
    return msgspec.json.decode(sealed.open_sealed(jwe, CLOUD, Purpose.PAPER))


@pytest.mark.req("R-068")
async def test_what_is_held_here_gets_no_green_until_later_papers_lift_it(destination):
    await to_checks(destination)
    await press(destination, "operation", choice="ABNORMAL_IN")
    await press(destination, "choose", choice="OTHER")
    await press(destination, "next")
    await press(destination, "acknowledge")
    await sign_in(destination)
    destination.hand.hold(tap(counter=2))
    await until(destination, Step.VERDICT)
    assert destination.lane.view().reasons == ("HELD",)
    await told(destination, issued=NOW + timedelta(minutes=5))
    destination.hand.hold(tap(counter=3))
    await until(destination, Step.CHECKS)


@pytest.mark.req("R-072")
async def test_a_paper_seal_has_a_list_of_its_own(tmp_path):
    paper = expected(state="IN_TRANSIT", kind=SealKind.PA)
    booth = await Booth(folder=tmp_path, movements=(paper,), place=DESTINATION).open()
    async with running(booth):
        await to_checks(booth)
        await press(booth, "operation", choice="ABNORMAL_IN")
        assert booth.lane.view().choices == ("OPENED", "ALTERED", "OTHER")
    await booth.close()


@pytest.mark.req("R-071")
async def test_missing_papers_or_camera_or_key_never_block_the_hold(destination):
    await told(destination, papers_key=None)
    destination.camera.fault = "CAM-DOWN"
    await to_checks(destination)
    await press(destination, "operation", choice="ABNORMAL_IN")
    await press(destination, "choose", choice="UNSEALED")
    view = await press(destination, "next")
    assert (view.step, (await last(destination)).photos) == (Step.PAPERS, ())
    view = await press(destination, "paper", paper=PaperKind.STATEMENT, text="…")
    assert (view.notice, view.papers_done) == ("PAPERS-NO-KEY", ())
    assert (await press(destination, "acknowledge")).step is Step.IDLE


@pytest.mark.req("R-060", "R-068")
async def test_a_seal_that_cannot_be_read_is_found_by_what_is_printed(destination):
    await sign_in(destination)
    await press(destination, "unreadable")
    view = await press(destination, "lookup", written=Written(container="seau 9999999"))
    assert (view.step, view.entries[0].error) == (Step.LOOKUP, "LOOKUP-NONE")
    view = await press(destination, "lookup", written=Written(container=f" {SEAL.container.lower()} "))
    assert (view.step, view.chosen, view.container) == (Step.GROUNDS, ("UNREADABLE",), SEAL.container)
    await press(destination, "next")
    event = await last(destination)
    assert (event.tag, event.movement, event.abnormal) == (None, "M7", (Abnormal.UNREADABLE,))
    assert event.written == Written(container=SEAL.container)


@pytest.mark.req("R-060")
async def test_what_no_papers_know_is_recorded_as_written_at_the_second_try(origin):
    await sign_in(origin)
    await press(origin, "unreadable")
    unknown = Written(container="ABCU1234567", seal_no="TW1")
    await press(origin, "lookup", written=unknown)
    await press(origin, "lookup", written=unknown)
    await press(origin, "choose", choice="GROUNDS-OTHER")
    await press(origin, "confirm")
    event = await last(origin)
    assert (event.operation, event.movement, event.written) == (Operation.READ_CONFIRM_OUT, None, unknown)
    assert event.decision.verdict is Verdict.REFER


@pytest.mark.req("R-060")
async def test_an_unreadable_seal_at_departure_is_scrapped_and_another_departs(origin):
    await sign_in(origin)
    await press(origin, "unreadable")
    await press(origin, "lookup", written=Written(seal_no=SEAL.seal_no))
    await press(origin, "choose", choice="GROUNDS-UNREADABLE")
    view = await press(origin, "confirm")
    event = await last(origin)
    assert (event.operation, event.grounds, event.movement) == (Operation.SCRAP, "GROUNDS-UNREADABLE", "M7")
    assert (view.verdict, view.reasons[0]) == (Verdict.REFER, "SCRAPPED")
    other = Seal(number=8)
    await told(origin, expected(other))
    await press(origin, "acknowledge")
    await sign_in(origin)
    origin.hand.hold(tap(other))
    await until(origin, Step.CHECKS)


@pytest.mark.req("R-060")
async def test_in_the_end_it_can_be_read_after_all(origin):
    await sign_in(origin)
    await press(origin, "unreadable")
    origin.hand.hold(tap())
    await until(origin, Step.CHECKS)


@pytest.mark.req("R-074", "R-075")
async def test_under_a_declared_outage_it_is_sealed_anyway(origin):
    outage = Outage(notice="115-001", since=NOW, functions=(Function.PAIRING,))
    await told(origin, outages=(outage,))
    assert origin.lane.view().outage == "115-001"
    await sign_in(origin)
    origin.hand.hold(tap(Seal(number=55)))
    await until(origin, Step.LOOKUP)
    assert [entry.name for entry in origin.lane.view().entries] == ["container", "seal_no", "plate", "transport_order"]
    written = Written(container="ABCU1234567", plate="KAA-1", transport_order="TO1")
    await press(origin, "lookup", written=written)
    assert origin.lane.view().check is Check.SEALED
    await press(origin, "answer", check=Check.SEALED, ok=True)
    view = await press(origin, "confirm")
    event = await last(origin)
    assert (view.verdict, view.reasons) == (Verdict.GO, ("DEPARTED", "OUTAGE-RECORDED"))
    assert (event.operation, event.outage, event.written) == (Operation.SEAL_OUT_E, "115-001", written)
    assert (event.movement, event.tag.uid, len(event.photos)) == (None, Seal(number=55).uid_hex, 1)


OUTAGE = Outage(notice="115-001", since=NOW, functions=(Function.PAIRING, Function.DEPARTURE))


async def seal_anyway(booth: Booth, container: str = "ABCU1234567", between: Any = None):
    """Seal what no papers know, as far as the lane lets one."""
    await sign_in(booth)
    booth.hand.hold(tap(Seal(number=55)))
    await eventually(lambda: booth.lane.view().step in {Step.LOOKUP, Step.VERDICT})
    if booth.lane.view().step is Step.LOOKUP:
        await press(booth, "lookup", written=Written(container=container))
    if booth.lane.view().step is Step.CHECKS:
        await press(booth, "answer", check=Check.SEALED, ok=True)
        if between is not None:
            await between()
    with contextlib.suppress(Refused):  # the lane has seen it by itself
        await press(booth, "confirm")
    return booth.lane.view()


@pytest.mark.req("R-049", "R-073", "R-074")
@pytest.mark.parametrize(
    ("papers_say", "reason"),
    [
        ({"staff": (staff(may=(Operation.ARRIVE,)),)}, "ROLE"),
        ({"dead": (Seal(number=55).uid_hex,)}, "SEAL-DEAD"),
        ({"outages": ()}, "UNPAIRED"),
    ],
)
async def test_an_outage_excuses_a_missing_pairing_and_nothing_else(origin, papers_say, reason):
    await told(origin, **{"outages": (OUTAGE,), **papers_say})
    view = await seal_anyway(origin)
    assert (view.verdict is Verdict.GO, view.reasons[0]) == (False, reason)


@pytest.mark.req("R-074")
async def test_the_lane_of_arrivals_seals_nothing_under_an_outage(tmp_path):
    booth = await Booth(folder=tmp_path, direction="IN").open()
    async with running(booth):
        await told(booth, outages=(OUTAGE,))
        assert (await seal_anyway(booth)).reasons == ("WRONG-LANE",)
    await booth.close()


@pytest.mark.req("R-068", "R-074")
@pytest.mark.parametrize(("known", "reason"), [({"hold": hold()}, "HELD"), ({}, "SEAL-DIFFERS")])
async def test_goods_that_papers_know_are_not_sealed_as_unknown_ones(origin, known, reason):
    await told(origin, expected(**known), outages=(OUTAGE,))
    view = await seal_anyway(origin, container=SEAL.container)
    assert (view.verdict is Verdict.GO, view.reasons[0]) == (False, reason)
    assert (await last(origin)).written == Written(container=SEAL.container)


@pytest.mark.req("R-073", "R-074")
@pytest.mark.parametrize("change", ["the outage ends", "the seal is scrapped", "the lane moves away"])
async def test_what_changes_before_the_confirmation_still_counts(origin, change):
    async def happens() -> None:
        if change == "the lane moves away":
            origin.receiver.lat += 0.1
        elif change == "the outage ends":
            await told(origin)
        else:
            await told(origin, outages=(OUTAGE,), dead=(Seal(number=55).uid_hex,))

    await told(origin, outages=(OUTAGE,))
    assert (await seal_anyway(origin, between=happens)).verdict is not Verdict.GO


@pytest.mark.req("R-073", "R-074")
@pytest.mark.parametrize("fault", ["no outage", "outside", "no badge"])
async def test_only_a_declared_outage_the_right_place_and_a_person_allow_it(origin, fault):
    if fault != "no outage":
        outage = Outage(notice="115-001", since=NOW, functions=(Function.DEPARTURE,))
        await told(origin, outages=(outage,))
    if fault == "outside":
        origin.receiver.lat += 0.1
    if fault != "no badge":
        await sign_in(origin)
    origin.hand.hold(tap(Seal(number=55)))
    await until(origin, Step.VERDICT)
    assert origin.lane.view().verdict is not Verdict.GO


class Eye:
    """Finds what a test says."""

    def __init__(self) -> None:
        self.found: tuple[str, ...] = ()
        self.number: str | None = None

    async def examine(self, _jpeg: bytes) -> tuple[str, ...]:
        return self.found

    def next_vehicle(self) -> None: ...

    def number_on(self, _sha256: str) -> str | None:
        return self.number


@pytest.mark.req("R-056")
async def test_a_poor_picture_is_taken_again_or_kept_with_a_reason(tmp_path):
    eye = Eye()
    booth = await Booth(folder=tmp_path, examiner=eye).open()
    async with running(booth):
        eye.found = ("PICTURE-BLURRED",)
        await to_checks(booth)
        await answer(booth)
        view = booth.lane.view()
        assert (view.step, view.pictures[0].found) == (Step.PHOTO, ("PICTURE-BLURRED",))
        with pytest.raises(Refused):
            await press(booth, "confirm")
        booth.camera.jpeg = b"\xff\xd8 again \xff\xd9"
        view = await press(booth, "photo")
        assert len(view.pictures) == 1  # the one before is gone
        eye.number = "ABCU1234560"
        view = await press(booth, "keep", choice="OVERRIDE-WEATHER")
        assert (view.step, view.hint) == (Step.CONFIRM, "ABCU1234560")  # a hint, no verdict
        assert (await press(booth, "confirm")).verdict is Verdict.GO
        [photo] = (await last(booth)).photos
        assert (photo.found, photo.override, photo.reads) == (("PICTURE-BLURRED",), "OVERRIDE-WEATHER", "ABCU1234560")
    await booth.close()


@pytest.mark.req("R-058", "R-066")
async def test_a_hold_is_reported_wherever_the_lane_stands(destination):
    destination.receiver.mode = 0
    await sign_in(destination)
    await press(destination, "unreadable")
    await press(destination, "lookup", written=Written(container=SEAL.container))
    await press(destination, "next")
    event = await last(destination)
    assert (event.operation, event.position.location) == (Operation.ABNORMAL_IN, Location.UNCONFIRMED)


@pytest.mark.req("R-049")
async def test_the_pin_proves_the_person_and_completes_what_was_confirmed(tmp_path):
    booth = await Booth(folder=tmp_path, movements=(ON_THE_ROAD,), place=DESTINATION).open()
    async with running(booth):
        await to_pin(booth)
        view = await press(booth, "pin", text="0815")
        assert (view.step, view.notice) == (Step.PIN, "PIN-WRONG")
        view = await press(booth, "pin", text=PIN)
        assert view.verdict is Verdict.GO
        assert (await last(booth)).actor.method == "BADGE_PIN"
        left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert PIN.encode() not in left
    await booth.close()


@pytest.mark.req("R-049")
async def test_too_many_wrong_pins_end_the_session_and_make_the_badge_wait(tmp_path):
    booth = await Booth(folder=tmp_path, movements=(ON_THE_ROAD,), place=DESTINATION).open()
    async with running(booth):
        await to_pin(booth)
        for _ in range(5):
            view = await press(booth, "pin", text="0000")
        assert (view.step, view.verdict, view.reasons) == (Step.VERDICT, Verdict.REFER, ("PIN-LOCKED",))
        assert (await last(booth)).operation is Operation.READ_CONFIRM_IN
    await booth.close()


@pytest.mark.req("R-049")
async def test_a_badge_is_offered_what_it_may_do_and_no_more(origin):
    await told(origin, staff=(staff(may=(Operation.SEAL_OUT_E,)),))
    await sign_in(origin)
    assert origin.lane.view().operations == (Operation.SCRAP,)
    with pytest.raises(Refused):
        await press(origin, "operation", choice="MAKEUP_ARRIVE")
