"""Each kind of hardware fault at each step of a lane's session: after it the lane works again, by itself.

One booth serves a row: reach the step, let the fault happen, press on as a hurried person would, mend it, and see a
genuine movement through. At the end of a row every green light is held against what it rested on.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.domain.session import QUESTIONS
from edge.domain.view import Step
from edge.emulate.deck import set_reader
from schemas import sun
from schemas.messages import Location, SealProof, Verdict
from tests.integration.edge_core.test_full_disk import disk, fill
from tests.integration.edge_hardware.fault_booth import FORGED, LANE, WITHIN_S, FaultBooth
from tests.town import Seal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["disk"]  # a fixture: a file system that can really be full

CHECKS = [str(check) for check in QUESTIONS]
ASIDE = ["LOOKUP", "GROUNDS", "PIN", "PAPERS"]  # not on the plain way: they are left, and the next vehicle comes
STEPS = ["IDLE", "SIGNED_IN", *CHECKS, "PHOTO", "CONFIRM", "VERDICT", *ASIDE]
NEXT_VEHICLE = {"VERDICT", *ASIDE}  # comes while the fault stands
BEFORE_THE_SEAL = {"IDLE", "SIGNED_IN", *NEXT_VEHICLE}
BEFORE_THE_PICTURE = {*BEFORE_THE_SEAL, *CHECKS, "PHOTO"}
CARD_FRAMES = 4  # a card that leaves after so many is in the middle of being read
TRICKLE_S = 0.2  # the whole of the lane's patience; the picture would take forty times that
FULL_BYTES = 2**20  # what somebody else's file leaves


# ------------------------------------------------------------------------------------------------ what may happen


@contextlib.asynccontextmanager
async def reader_is(booth: FaultBooth, state: str) -> AsyncIterator[None]:
    chip = booth.emulator.deck.readers[LANE]
    set_reader(chip, state)
    await booth.sees(lambda: "READER-DOWN" in booth.view.faults, f"the reader is {state}")
    yield
    set_reader(chip, "plugged")
    await booth.sees(lambda: "READER-DOWN" not in booth.view.faults, "the reader is back")


@contextlib.asynccontextmanager
async def cards(booth: FaultBooth, *names: str, frames_max: int | None = None) -> AsyncIterator[None]:
    for name in names:
        await booth.hold(name, frames_max=frames_max)
    assert booth.view.verdict is not Verdict.GO or booth.view.notice, "it is said that the card did nothing"
    yield
    booth.emulator.deck.remove(LANE)


@contextlib.asynccontextmanager
async def torn(booth: FaultBooth) -> AsyncIterator[None]:
    async with cards(booth, "stock", frames_max=CARD_FRAMES):
        assert booth.view.notice == "TORN"
        yield


@contextlib.asynccontextmanager
async def forged(booth: FaultBooth) -> AsyncIterator[None]:
    idle = booth.view.step in {Step.IDLE, Step.SIGNED_IN, Step.VERDICT}
    async with cards(booth, "forged"):
        if idle:
            assert (booth.view.verdict, booth.view.reasons[0]) == (Verdict.STOP, "SEAL-FORGED")
        yield


@contextlib.asynccontextmanager
async def gps_is(booth: FaultBooth, state: Any, location: Location, *shown: str) -> AsyncIterator[None]:
    assert booth.emulator.gps is not None
    booth.emulator.gps.state = state
    await booth.sees(lambda: booth.location is location, f"GPS is {state}")
    for card in shown:
        await booth.hold(card)
        assert booth.location is location, "a foreign tag proves no place"
    yield
    booth.emulator.gps.state = "inside"
    await booth.sees(lambda: booth.location is Location.CONFIRMED, "the place is confirmed again")


@contextlib.asynccontextmanager
async def camera_is(booth: FaultBooth, state: Any) -> AsyncIterator[None]:
    assert booth.emulator.camera is not None
    booth.emulator.camera.state = state
    booth.camera._timeout_s = TRICKLE_S if state == "slow" else WITHIN_S
    yield
    booth.emulator.camera.state = "ok"
    booth.camera._timeout_s = WITHIN_S


@contextlib.asynccontextmanager
async def disk_full(booth: FaultBooth) -> AsyncIterator[None]:
    fill(booth.folder, FULL_BYTES)
    yield
    (booth.folder / "log").unlink()
    booth.faults.report("DISK-FULL", stands=not await booth.opened.records.has_room())  # as the pulse does
    assert booth.faults.all() == ()


@contextlib.asynccontextmanager
async def clock_back(booth: FaultBooth) -> AsyncIterator[None]:
    booth.clock.set_by = timedelta(days=-1)
    yield
    booth.clock.set_by = timedelta()


@dataclass(frozen=True)
class Fault:
    """What happens, and what the lane says to whoever presses on meanwhile; None where that is no obstacle."""

    happens: Callable[[FaultBooth], contextlib.AbstractAsyncContextManager[None]]
    word: str | None = None
    at: frozenset[str] = frozenset()  # the steps at which the word is said
    reads: bool = True  # whether a card can be read while it lasts


def _at(steps: set[str]) -> frozenset[str]:
    return frozenset(steps)


FAULTS = {
    "reader unplugged": Fault(lambda b: reader_is(b, "unplugged"), "READER-DOWN", _at(BEFORE_THE_SEAL), reads=False),
    "reader hangs": Fault(lambda b: reader_is(b, "hung"), "READER-DOWN", _at(BEFORE_THE_SEAL), reads=False),
    "torn read": Fault(torn),
    "forged seal": Fault(forged),
    "two cards": Fault(lambda b: cards(b, "stock", "stranger")),
    "telephone": Fault(lambda b: cards(b, "phone")),
    "odd ATS": Fault(lambda b: cards(b, "visitor")),
    "GPS jump": Fault(lambda b: gps_is(b, "outside", Location.OUTSIDE), "OUTSIDE-FENCE", _at(set(STEPS))),
    "no fix": Fault(lambda b: gps_is(b, "nofix", Location.UNCONFIRMED), "PLACE-UNCONFIRMED", _at(BEFORE_THE_SEAL)),
    "receiver silent": Fault(lambda b: gps_is(b, "silent", Location.UNCONFIRMED), "GPS-OFF", _at(BEFORE_THE_SEAL)),
    "spoofed place": Fault(
        lambda b: gps_is(b, "nofix", Location.UNCONFIRMED, "other-place"), "PLACE-UNCONFIRMED", _at(BEFORE_THE_SEAL)
    ),
    "camera trickles": Fault(lambda b: camera_is(b, "slow"), "CAM-TIMEOUT", _at(BEFORE_THE_PICTURE)),
    "camera down": Fault(lambda b: camera_is(b, "down"), "CAM-DOWN", _at(BEFORE_THE_PICTURE)),
    "disk full": Fault(disk_full, "DISK-FULL", _at(set(STEPS))),
    "clock a day back": Fault(clock_back),
}
CELLS = [(fault, step) for fault in FAULTS for step in STEPS]


# ------------------------------------------------------------------------------------------------ the walk


async def reach(booth: FaultBooth, step: str, seal: Seal) -> None:
    """Bring the lane to a step of this seal's session; VERDICT is the green light of a whole movement."""
    await booth.leave()
    match step:
        case "IDLE":
            pass
        case "SIGNED_IN":
            await booth.hold("badge")
        case "VERDICT":
            await booth.depart(seal)
        case "LOOKUP":
            await booth.hold("badge")
            await booth.press("unreadable")
        case "GROUNDS":
            await booth.choose("READ_CONFIRM_OUT", seal)
        case "PIN":
            await booth.choose("SCRAP", seal, "GROUNDS-BROKEN")
            await booth.press("confirm")
        case "PAPERS":
            await booth.choose("ABNORMAL_IN", seal, "ALTERED")
            await booth.press("next")
        case "PHOTO":  # where the picture failed that is taken by itself
            await booth.begin(seal)
            async with camera_is(booth, "down"):
                await booth.answer_yes()
        case _:
            await booth.begin(seal)
            await booth.answer_yes(until=step)
    assert step in {booth.view.step, booth.view.check}, booth.view


async def press_on(booth: FaultBooth, fault: Fault, seal: Seal) -> None:
    """Go on as if nothing were wrong, as far as the lane lets one."""
    await booth.leave()
    if fault.reads:
        await booth.begin(seal)
    await booth.go_on()


async def live_through(booth: FaultBooth, step: str, fault: Fault, seals: list[Seal]) -> None:
    """One cell."""
    seal = seals.pop()
    await reach(booth, step, seal)
    if step in NEXT_VEHICLE:
        seal = seals.pop()
    async with fault.happens(booth):
        await press_on(booth, fault, seal)
        if step in fault.at:
            view = booth.view
            assert view.verdict is not Verdict.GO
            assert fault.word in {*view.reasons, view.notice, *view.faults}, view
            assert booth.lamp.shown[-1] is not Verdict.GO
    if not any(event.tag.uid == seal.uid_hex for event in await booth.goes()):
        await booth.depart(seal)
    assert booth.view.verdict is Verdict.GO


async def audit(booth: FaultBooth, movements: int) -> None:
    """Hold every green light against what it rested on."""
    goes = await booth.goes()
    assert len({event.movement for event in goes}) == len(goes) == movements
    assert booth.lamp.shown.count(Verdict.GO) == movements
    seals = {seal.uid_hex: seal for seal in booth.seals}
    for event in goes:
        seal = seals[event.tag.uid]
        message = sun.parse(bytes.fromhex(event.tag.ndef))
        assert sun.verify(message, seal.uid, OneKey(seal)).tamper == "CC"
        assert event.decision.proof is SealProof.VERIFIED
        assert event.position.location is Location.CONFIRMED
        assert set(msgspec.structs.asdict(event.answers).values()) == {True}
        assert event.photos
        for picture in event.photos:
            assert (await booth.photos.read(picture.sha256) or b"").startswith(b"\xff\xd8")
        assert event.actor is not None
    assert FORGED.uid_hex not in {event.tag.uid for event in goes}
    sequence = [event.link.seq for event in await booth.scans()]
    assert sequence == list(range(2, len(sequence) + 2))


@dataclass(frozen=True)
class OneKey:
    seal: Seal

    def file_key(self, _uid: bytes) -> bytes:
        return self.seal.file_key

    def meta_key(self) -> None:
        return None


def test_the_table_has_every_fault_at_every_step():
    assert len(set(CELLS)) == len(FAULTS) * len(STEPS) >= 100


@pytest.mark.req("R-050", "R-052", "R-055", "R-056", "R-060", "R-111", "R-112")
@pytest.mark.parametrize("name", FAULTS)
async def test_after_a_fault_at_any_step_the_lane_works_again_and_no_green_rests_on_it(name, tmp_path, request):
    fault, count = FAULTS[name], len(STEPS) + len(NEXT_VEHICLE)
    folder = request.getfixturevalue("disk") if name == "disk full" else tmp_path
    booth = await FaultBooth(folder, tuple(Seal(number=number) for number in range(1, count + 1))).open()
    seals, lived = list(booth.seals), 0
    try:
        for step in STEPS:
            try:
                await live_through(booth, step, fault, seals)
            except AssertionError as error:
                error.add_note(f"the cell: {name} at {step}")
                raise
            lived += 1
        await audit(booth, count - len(ASIDE))  # whose own seals never left
    finally:
        await booth.close()
    assert (lived, seals) == (len(STEPS), [])
