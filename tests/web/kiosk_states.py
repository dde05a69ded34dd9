"""Every state of the lane that the two screens can be asked to show, by name; docs/kiosk has a picture of each."""

from __future__ import annotations

from edge.domain.view import Check, Entry, LaneView, PictureView, Step
from schemas.messages import Abnormal, Location, Operation, PaperKind, SealKind, SealProof
from tests.web.kiosk_lane import (
    ALL_GOOD,
    CLOCK_NIGHT,
    HOLD,
    PICTURE_HASH,
    checking,
    go,
    loaded,
    photographed,
    refer,
    sealing,
    signed_in,
    state,
    stop,
)

MANY = {"holds": (HOLD,) * 4, "faults": ("CAM-DOWN", "GPS-SILENT", "CLOCK-UNSET"), "online": False, "waiting": 27}
OUTAGE = {"outage": "關字第 1150012 號", "online": False, "waiting": 3}
GROUNDS = ("GROUNDS-DEVICE", "GROUNDS-MISSED", "GROUNDS-PLACE", "GROUNDS-OTHER")
OVERRIDES = ("OVERRIDE-WEATHER", "OVERRIDE-LIGHT", "OVERRIDE-CAMERA", "OVERRIDE-OTHER")
ALL_OPERATIONS = (
    Operation.READ_CONFIRM_IN,
    Operation.MAKEUP_ARRIVE,
    Operation.ABNORMAL_IN,
    Operation.SCRAP,
    Operation.PAPERS,
)
WRITTEN = ("container", "seal_no", "plate", "transport_order")
POOR = PictureView(sha256=PICTURE_HASH, found=("PICTURE-BLURRED", "PICTURE-DARK"), reads="EGHU9058711")


def looking(**changes: object) -> LaneView:
    """A seal without a readable chip at an abnormal arrival."""
    return signed_in(
        **{
            "step": Step.LOOKUP,
            "operation": Operation.ABNORMAL_IN,
            "operations": (),
            "entries": tuple(Entry(name=name) for name in WRITTEN),  # type: ignore[arg-type]
        }
        | changes
    )


def abnormal(**changes: object) -> LaneView:
    """What is wrong at arrival: one or more."""
    return loaded(
        **{
            "step": Step.GROUNDS,
            "operation": Operation.ABNORMAL_IN,
            "choices": (Abnormal.UNREADABLE, Abnormal.UNSEALED, Abnormal.ALTERED, Abnormal.OTHER),
            "several": True,
            "acts": ("choose", "next", "undo", "cancel"),
        }
        | changes
    )


def papers(**changes: object) -> LaneView:
    """The hold is stored; its papers are taken."""
    return stop(
        **{
            "step": Step.PAPERS,
            "operation": Operation.ABNORMAL_IN,
            "reasons": ("HOLD-ALTERED",),
            "entries": (Entry(name="driver"), Entry(name="statement")),
        }
        | changes
    )


PIN = {"step": Step.PIN, "operation": Operation.MAKEUP_ARRIVE, "operations": (), "role": "OFFICER"}
POOR_PHOTO = {"step": Step.PHOTO, "checks_done": ALL_GOOD, "pictures": (POOR,), "choices": OVERRIDES}

STATES: dict[str, LaneView] = {
    "idle": state(),
    "idle-hold": state(holds=(HOLD,)),
    "idle-fault": state(faults=("CAM-DOWN", "GPS-SILENT")),
    "idle-many": state(**MANY),
    "idle-notice": state(notice="ACTOR-UNKNOWN"),
    "idle-outage": state(**OUTAGE),
    "closed-reader": state(faults=("READER-DOWN", "CAM-DOWN")),
    "closed-disk": state(faults=("DISK-FULL",)),
    "seal": signed_in(),
    "seal-all": signed_in(operations=ALL_OPERATIONS, role="OFFICER"),
    "seal-chosen": signed_in(operations=ALL_OPERATIONS, operation=Operation.MAKEUP_ARRIVE),
    "seal-torn": signed_in(notice="TORN"),
    "seal-place": signed_in(location=Location.UNCONFIRMED, faults=("GPS-SILENT",), seconds_left=21),
    "seal-tag": signed_in(tag_s=583),
    "seal-many": signed_in(**MANY, operations=ALL_OPERATIONS),
    "pin": signed_in(**PIN, entries=(Entry(name="pin"),)),
    "pin-wrong": signed_in(**PIN, entries=(Entry(name="pin", error="PIN-WRONG"),), online=False, waiting=27),
    "lookup": looking(),
    "lookup-wrong": looking(
        entries=(Entry(name="container", value="CSQU3054384", error="LOOKUP-NONE"), Entry(name="seal_no")),
    ),
    "grounds": signed_in(step=Step.GROUNDS, operation=Operation.READ_CONFIRM_OUT, operations=(), choices=GROUNDS),
    "grounds-several": abnormal(),
    "grounds-chosen": abnormal(chosen=(Abnormal.UNSEALED, Abnormal.ALTERED), **MANY),
    "grounds-paper": abnormal(
        kind=SealKind.PA, choices=(Abnormal.OPENED, Abnormal.ALTERED, Abnormal.OTHER), chosen=(Abnormal.OPENED,)
    ),
    **{f"check-{check}": checking(check) for check in Check if check is not Check.SEALED},
    "check-sealed": sealing(),
    "check-sealed-arrival": sealing(choices=("NOT-LOCKED", "TAMPERED"), operation=Operation.ARRIVE),
    "check-sealed-many": sealing(**MANY),
    "check-many": checking(Check.SEAL, **MANY),
    "check-hint": checking(Check.CONTAINER, hint="EGHU9058711"),
    "check-late": checking(Check.PLATE, operation=Operation.ARRIVE, kind=SealKind.PA, late_s=4320),
    "check-due": checking(Check.PLATE, operation=Operation.ARRIVE, deadline="2026-11-23T03:10:00+00:00"),
    "check-ends": checking(Check.PLATE, seconds_left=17),
    "photo": loaded(step=Step.PHOTO, checks_done=ALL_GOOD),
    "photo-busy": loaded(step=Step.PHOTO, checks_done=ALL_GOOD, busy=True),
    "photo-fault": loaded(step=Step.PHOTO, checks_done=ALL_GOOD, notice="CAM-DOWN", faults=("CAM-DOWN",)),
    "photo-poor": loaded(**POOR_PHOTO),
    "photo-poor-offline": loaded(**POOR_PHOTO, online=False, waiting=27),
    "confirm": photographed(),
    "confirm-hint": photographed(hint="EGHU9058711", pictures=(POOR,), late_s=180),
    "go": go(),
    "go-unproven": go(proof=SealProof.NOT_VERIFIED, reasons=("DEPARTED", "PROOF-LATER")),
    "go-offline": go(proof=SealProof.NOT_VERIFIED, online=False, waiting=27),
    "stop": stop(),
    "stop-held": stop(reasons=("HELD",), holds=(HOLD,)),
    "stop-many": stop(reasons=("SEAL-OPEN", "CONTAINER-DIFFERS", "PLATE-DIFFERS"), **MANY),
    "refer": refer(),
    "refer-more": refer(operations=(Operation.ABNORMAL_IN,), acts=("acknowledge", "operation")),
    "refer-unknown": refer(reasons=("NO-MANIFEST",), container=None, seal_no=None, plate=None, faults=("NO-PAPERS",)),
    "papers": papers(),
    "papers-half": papers(papers_done=(PaperKind.DRIVER_ID,), online=False, waiting=28),
    "papers-done": papers(papers_done=tuple(PaperKind), entries=()),
    "night-idle": state(clock=CLOCK_NIGHT),
    "night-seal": signed_in(clock=CLOCK_NIGHT),
    "night-pin": signed_in(**PIN, entries=(Entry(name="pin"),), clock=CLOCK_NIGHT),
    "night-check": checking(Check.CONTAINER, clock=CLOCK_NIGHT),
    "night-go": go(clock=CLOCK_NIGHT),
    "night-stop": stop(clock=CLOCK_NIGHT),
    "night-refer": refer(clock=CLOCK_NIGHT),
}
