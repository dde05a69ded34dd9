"""One lane on real stores, with cards, camera and lamp in the test's hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.view import Act, Check, Refused, Step
from edge.ports import ReaderStatus
from schemas.messages import Answers, EpochEvent, Location, Operation, Quality, Verdict
from tests.edge_gate import LOCATION_TAG, SEAL, TORN, Booth, card, expected, hold, manifest, signed, staff, tap
from tests.integration.edge_core.booth import answer, nudge, running, sign_in, to_checks, to_confirm, until
from tests.town import DESTINATION, Seal
from tests.waiting import eventually


@pytest.fixture
async def booth(tmp_path):
    booth = await Booth(folder=tmp_path).open()
    async with running(booth):
        yield booth
    await booth.close()


@pytest.mark.req("R-051")
@pytest.mark.req("R-053")
@pytest.mark.req("R-054")
@pytest.mark.req("R-056")
@pytest.mark.req("R-057")
@pytest.mark.req("R-113")
async def test_a_departure_from_the_badge_to_the_green_light(booth):
    await to_confirm(booth)
    assert booth.lamp.shown == [None]  # nothing is promised yet
    view = await booth.lane.act(Act(act="confirm"))
    assert (view.step, view.verdict, view.operation) == (Step.VERDICT, Verdict.GO, Operation.SEAL_OUT_E)
    assert booth.lamp.shown == [None, Verdict.GO]
    first, event = await booth.records()
    assert isinstance(first, EpochEvent)
    assert event.link.prev is not None
    assert event.link.seq == 2
    assert view.record == f"{event.link.epoch}/2"
    assert event.photos[0].sha256 == view.photo_sha256
    assert await booth.photos.read(event.photos[0].sha256) == booth.camera.jpeg
    assert event.answers == Answers(container=True, seal=True, plate=True, load=True, locked=True, intact=True)
    assert (event.movement, event.actor.staff, event.actor.method) == ("M7", "K1001", "BADGE")


@pytest.mark.req("R-065")
async def test_an_arrival(tmp_path):
    booth = await Booth(folder=tmp_path, movements=(expected(state="IN_TRANSIT"),), place=DESTINATION).open()
    async with running(booth):
        await to_confirm(booth)
        view = await booth.lane.act(Act(act="confirm"))
        assert (view.verdict, view.operation) == (Verdict.GO, Operation.ARRIVE)
    await booth.close()


@pytest.mark.req("R-054")
@pytest.mark.req("R-055")
@pytest.mark.parametrize("check", list(Check))
async def test_any_no_stops_and_is_recorded_at_once(booth, check):
    await to_checks(booth)
    await answer(booth, but=check)
    view = booth.lane.view()
    assert (view.step, view.verdict) == (Step.VERDICT, Verdict.STOP)
    event = (await booth.records())[-1]
    names = ["container", "seal", "plate", "load", "intact"]
    asked = names[: list(Check).index(check) + 1]
    assert [getattr(event.answers, each) for each in asked] == [True] * (len(asked) - 1) + [False]
    assert all(getattr(event.answers, each) is None for each in [*names, "locked"] if each not in asked)
    assert event.decision.verdict is Verdict.STOP
    assert view.reasons == event.decision.reasons


@pytest.mark.req("R-052")
async def test_outside_the_fence_is_refused_and_recorded(booth):
    booth.receiver.lat += 0.1
    await sign_in(booth)
    booth.hand.hold(tap())
    await until(booth, Step.VERDICT)
    event = (await booth.records())[-1]
    assert (event.decision.verdict, event.position.location) == (Verdict.STOP, Location.OUTSIDE)
    assert booth.lamp.shown[-1] is Verdict.STOP


@pytest.mark.req("R-058")
async def test_without_satellites_the_location_tag_comes_first(booth):
    booth.receiver.mode = 0
    await sign_in(booth)
    booth.hand.hold(tap(counter=1))
    await until(booth, Step.VERDICT)
    assert booth.lane.view().reasons == ("PLACE-UNCONFIRMED",)
    booth.hand.hold(card(LOCATION_TAG))
    await eventually(lambda: booth.lane.view().notice == "LOCATION-TAG-READ")
    assert booth.lane.view().role == "OFFICER"
    assert 0 < (booth.lane.view().tag_s or 0) <= 600
    booth.hand.hold(tap(counter=2))  # whoever is signed in need not sign in again
    await until(booth, Step.CHECKS)
    await answer(booth)
    await booth.lane.act(Act(act="confirm"))
    event = (await booth.records())[-1]
    assert (event.position.source, event.position.tag_uid) == ("TAG", LOCATION_TAG)
    assert event.decision.verdict is Verdict.GO


@pytest.mark.req("R-022")
async def test_a_tag_that_is_not_active_is_put_on_record_and_proves_no_place(booth):
    booth.receiver.mode = 0
    await sign_in(booth)
    booth.hand.hold(card("04AAAAAAAAAAAA"))  # mounted and not yet activated, or retired: the manifest names it not
    await until(booth, Step.VERDICT)
    event = (await booth.records())[-1]
    assert (event.tag.uid, event.position.location) == ("04AAAAAAAAAAAA", Location.UNCONFIRMED)
    assert event.position.tag_uid is None
    booth.hand.hold(tap())
    await eventually(lambda: "PLACE-UNCONFIRMED" in booth.lane.view().reasons)


@pytest.mark.req("R-059")
@pytest.mark.parametrize("end", ["cancel", "sign_out", "time-out"])
async def test_an_abandoned_departure_leaves_a_read_confirm(booth, end):
    await to_checks(booth)
    if end == "time-out":
        booth.clock.forward(181)
        await nudge(booth)
        await until(booth, Step.VERDICT)
    else:
        await booth.lane.act(Act(act=end))
    event = (await booth.records())[-1]
    assert event.operation is Operation.READ_CONFIRM_OUT
    assert event.decision.verdict is Verdict.REFER
    assert event.decision.reasons == (("TIMED-OUT",) if end == "time-out" else ("ABANDONED",))


@pytest.mark.req("R-056")
async def test_without_a_picture_nothing_is_confirmed(booth):
    await to_checks(booth)
    booth.camera.fault = "CAM-DOWN"
    await answer(booth)
    view = booth.lane.view()
    assert (view.step, view.notice, view.faults) == (Step.PHOTO, "CAM-DOWN", ("CAM-DOWN",))
    with pytest.raises(Refused):
        await booth.lane.act(Act(act="confirm"))
    await booth.lane.act(Act(act="cancel"))
    assert (await booth.records())[-1].decision.reasons == ("ABANDONED", "CAM-DOWN")


async def test_a_camera_that_comes_back_clears_its_fault_and_more_pictures_are_added(booth):
    await to_checks(booth)
    booth.camera.fault = "CAM-TIMEOUT"
    await answer(booth)
    booth.camera.fault = None
    first = await booth.lane.act(Act(act="photo"))
    assert first.faults == ()
    booth.camera.jpeg = b"\xff\xd8 another \xff\xd9"
    second = await booth.lane.act(Act(act="photo"))
    assert [picture.sha256 for picture in second.pictures] == [first.photo_sha256, second.photo_sha256]
    await booth.lane.act(Act(act="confirm"))
    assert [photo.sha256 for photo in (await booth.records())[-1].photos] == [one.sha256 for one in second.pictures]


async def test_a_press_meant_for_another_question_is_refused(booth):
    await to_checks(booth)
    await booth.lane.act(Act(act="answer", check=Check.CONTAINER, ok=True))
    with pytest.raises(Refused):  # the second half of a double click
        await booth.lane.act(Act(act="answer", check=Check.CONTAINER, ok=True))
    assert booth.lane.view().check is Check.SEAL


async def test_undo_goes_back_one_answer_at_a_time(booth):
    await to_confirm(booth)
    assert (await booth.lane.act(Act(act="undo"))).check is Check.SEALED
    for _ in range(4):
        await booth.lane.act(Act(act="undo"))
    with pytest.raises(Refused):
        await booth.lane.act(Act(act="undo"))


async def test_a_hold_that_comes_in_the_middle_stops_at_once(booth):
    await to_checks(booth)
    held = manifest(expected(hold=hold()), version=2)
    await booth.papers.accept(signed(held), booth.clock.now())
    await until(booth, Step.VERDICT)
    view = booth.lane.view()
    assert view.verdict is Verdict.STOP
    assert view.reasons == ("HELD", "X-MAC")
    assert [(each.container, each.reason) for each in view.holds] == [(SEAL.container, "X-MAC")]


async def test_leaving_the_fence_before_the_confirmation_stops(booth):
    await to_confirm(booth)
    booth.receiver.lat += 0.1
    view = await booth.lane.act(Act(act="confirm"))
    assert (view.verdict, view.reasons) == (Verdict.STOP, ("OUTSIDE-FENCE",))


async def test_one_shaky_fix_after_the_tap_blocks_nobody(booth):
    await to_confirm(booth)
    booth.receiver.accuracy_m = None
    assert (await booth.lane.act(Act(act="confirm"))).verdict is Verdict.GO


async def test_a_seal_before_a_badge_is_recorded_and_referred(booth):
    booth.hand.hold(tap())
    await until(booth, Step.VERDICT)
    event = (await booth.records())[-1]
    assert (event.actor, event.decision.reasons) == (None, ("BADGE-FIRST",))


async def test_a_passing_card_is_not_recorded(booth):
    booth.hand.hold(card("08112233"))
    await eventually(lambda: booth.lane.view().notice == "ACTOR-UNKNOWN")
    assert len(await booth.records()) == 1


async def test_a_broken_read_is_never_an_unsealed_container(booth):
    await to_checks(booth)
    booth.hand.hold(TORN)
    await eventually(lambda: booth.lane.view().notice == "TORN")
    assert booth.lane.view().step is Step.CHECKS
    assert booth.lane.health().torn == 1


async def test_another_seal_or_badge_in_the_middle_changes_nothing(booth):
    await to_checks(booth)
    for other in (tap(Seal(number=8)), card(LOCATION_TAG), card()):
        booth.hand.hold(other)
        await eventually(lambda: booth.lane.view().notice == "FINISH-FIRST")
        await booth.lane.act(Act(act="answer", check=booth.lane.view().check, ok=True))
    assert booth.lane.view().container == SEAL.container


async def test_the_seal_held_again_after_green_stays_green(booth):
    await to_confirm(booth)
    await booth.lane.act(Act(act="confirm"))
    taps = booth.lane.health().taps
    booth.hand.hold(tap(counter=2))
    await eventually(lambda: booth.lane.health().taps > taps)
    assert booth.lane.view().verdict is Verdict.GO


async def test_a_departure_is_not_made_twice_though_the_manifest_does_not_know_yet(booth):
    await to_confirm(booth)
    await booth.lane.act(Act(act="confirm"))
    await booth.lane.act(Act(act="acknowledge"))
    await sign_in(booth)
    booth.hand.hold(tap(counter=2))
    await until(booth, Step.VERDICT)
    assert booth.lane.view().reasons == ("ALREADY-DEPARTED",)


async def test_a_counter_seen_before_stops(booth):
    await to_checks(booth, counter=5)
    await booth.lane.act(Act(act="cancel"))
    await booth.lane.act(Act(act="acknowledge"))
    await sign_in(booth)
    booth.hand.hold(tap(counter=5))
    await until(booth, Step.VERDICT)
    assert booth.lane.view().reasons == ("SEAL-REPLAY",)


@pytest.mark.req("R-050")
async def test_a_lost_reader_is_said_and_a_running_session_goes_on(booth):
    await to_checks(booth)
    booth.hand.hold(ReaderStatus(up=False, detail="unplugged"))
    await eventually(lambda: "READER-DOWN" in booth.lane.view().faults)
    assert booth.lane.view().step is Step.CHECKS
    booth.hand.hold(ReaderStatus(up=True, detail="plugged"))
    await eventually(lambda: booth.lane.view().faults == ())


async def test_a_reader_that_returned_is_no_longer_said_to_be_away(booth):
    booth.hand.hold(ReaderStatus(up=False, detail="unplugged"))
    await eventually(lambda: booth.lane.view().notice == "READER-DOWN")
    booth.hand.hold(ReaderStatus(up=True, detail="plugged"))
    await eventually(lambda: booth.lane.view().notice is None)


@pytest.mark.req("R-117")
async def test_a_telephone_that_carries_a_long_message_leaves_a_record_the_cloud_can_read(booth):
    await sign_in(booth)
    booth.hand.hold(replace(tap(), chip="OTHER", ndef=b"\xd1" + bytes(3000)))
    await until(booth, Step.VERDICT)
    event = (await booth.records())[-1]
    assert event.tag.ndef == "D1" + "00" * 1023


@pytest.mark.req("R-057")
async def test_whoever_lost_the_right_while_signed_in_gets_no_green(booth):
    await sign_in(booth)
    without = manifest(version=2, staff=(staff(badge_uid="04BB00000000B2", staff="K2002"),))
    await booth.papers.accept(signed(without), booth.clock.now())
    booth.hand.hold(tap())
    await until(booth, Step.VERDICT)
    assert (booth.lane.view().verdict, booth.lane.view().reasons) == (Verdict.REFER, ("BADGE-FIRST",))


@pytest.mark.req("R-057")
async def test_whoever_loses_the_right_before_confirming_gets_no_green(booth):
    await to_confirm(booth)
    await booth.papers.accept(signed(manifest(version=2, staff=(staff(may=()),))), booth.clock.now())
    await until(booth, Step.VERDICT)
    assert booth.lane.view().reasons == ("ROLE",)
    assert Verdict.GO not in booth.lamp.shown


async def test_signing_in_ends_by_itself(booth):
    await sign_in(booth)
    booth.clock.forward(121)
    await nudge(booth)
    await until(booth, Step.IDLE)
    assert len(await booth.records()) == 1


async def test_without_papers_everything_is_the_officers(tmp_path):
    booth = await Booth(folder=tmp_path).open(with_papers=False)
    async with running(booth):
        booth.hand.hold(tap())
        await until(booth, Step.VERDICT)
        assert booth.lane.view().reasons == ("NO-MANIFEST", "PLACE-UNCONFIRMED")
    await booth.close()


async def test_expired_papers_refer_even_if_the_clock_is_set_back(booth):
    for _ in range(4):
        booth.clock.forward(2 * 86_400)
        await booth.papers.observe(booth.clock.now())
    booth.clock.at = manifest().issued
    booth.clock.quality = Quality.RTC
    await sign_in(booth)
    booth.hand.hold(tap())
    await until(booth, Step.VERDICT)
    assert booth.lane.view().reasons == ("MANIFEST-EXPIRED",)


@pytest.mark.req("R-111")
async def test_a_full_outbox_shows_no_green_and_says_why(tmp_path):
    booth = await Booth(folder=tmp_path, quota=2**20).open()
    async with running(booth):
        await to_confirm(booth)
        pages = await booth.opened.database.rows("PRAGMA page_count")
        await booth.opened.database.rows(f"PRAGMA max_page_count = {pages[0][0] + 10}")
        view = await booth.lane.act(Act(act="confirm"))
        assert (view.verdict, view.record) == (Verdict.REFER, None)
        assert view.reasons[0] == "DISK-FULL"
        assert "DISK-FULL" in view.faults
        assert Verdict.GO not in booth.lamp.shown
    await booth.close()


async def test_the_lane_of_one_direction_refers_the_other(tmp_path):
    booth = await Booth(folder=tmp_path, direction="IN").open()
    async with running(booth):
        await sign_in(booth)
        booth.hand.hold(tap())
        await until(booth, Step.VERDICT)
        assert booth.lane.view().reasons == ("WRONG-LANE",)
    await booth.close()


async def test_a_picture_that_no_event_names_does_not_stay(booth):
    await to_confirm(booth)
    first = booth.lane.view().photo_sha256
    await booth.lane.act(Act(act="undo"))
    assert await booth.photos.read(first) is None
    await booth.lane.act(Act(act="answer", check=Check.SEALED, ok=True))
    await booth.lane.act(Act(act="confirm"))
    await booth.lane.act(Act(act="acknowledge"))
    assert await booth.photos.read(first) == booth.camera.jpeg  # the same bytes, and now an event names them
