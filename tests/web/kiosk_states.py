"""Every state of the lane that the page can be asked to show, by name."""

from __future__ import annotations

from edge.domain.view import Check, Step
from schemas.messages import Location, SealProof
from tests.web.kiosk_lane import (
    ALL_GOOD,
    CLOCK_NIGHT,
    HOLD,
    checking,
    go,
    loaded,
    photographed,
    refer,
    signed_in,
    state,
    stop,
)

MANY = {"holds": (HOLD,) * 4, "faults": ("CAM-DOWN", "GPS-SILENT", "CLOCK-UNSET"), "online": False, "waiting": 27}

STATES = {
    "idle": state(),
    "idle-hold": state(holds=(HOLD,)),
    "idle-fault": state(faults=("CAM-DOWN", "GPS-SILENT")),
    "idle-many": state(**MANY),
    "idle-notice": state(notice="ACTOR-UNKNOWN"),
    "closed-reader": state(faults=("READER-DOWN", "CAM-DOWN")),
    "closed-disk": state(faults=("DISK-FULL",)),
    "seal": signed_in(),
    "seal-torn": signed_in(notice="TORN"),
    "seal-place": signed_in(location=Location.UNCONFIRMED, faults=("GPS-SILENT",), seconds_left=21),
    **{f"check-{check}": checking(check) for check in Check},
    "check-many": checking(Check.SEAL, **MANY),
    "photo": loaded(step=Step.PHOTO, checks_done=ALL_GOOD),
    "photo-busy": loaded(step=Step.PHOTO, checks_done=ALL_GOOD, busy=True),
    "photo-fault": loaded(step=Step.PHOTO, checks_done=ALL_GOOD, notice="CAM-DOWN", faults=("CAM-DOWN",)),
    "confirm": photographed(),
    "go": go(),
    "go-unproven": go(proof=SealProof.NOT_VERIFIED, reasons=("DEPARTED", "PROOF-LATER")),
    "go-offline": go(proof=SealProof.NOT_VERIFIED, online=False, waiting=27),
    "stop": stop(),
    "stop-held": stop(reasons=("HELD",), holds=(HOLD,)),
    "stop-many": stop(reasons=("SEAL-OPEN", "CONTAINER-DIFFERS", "PLATE-DIFFERS"), **MANY),
    "refer": refer(),
    "refer-unknown": refer(reasons=("NO-MANIFEST",), container=None, seal_no=None, plate=None, faults=("NO-PAPERS",)),
    "night-idle": state(clock=CLOCK_NIGHT),
    "night-check": checking(Check.CONTAINER, clock=CLOCK_NIGHT),
    "night-go": go(clock=CLOCK_NIGHT),
    "night-stop": stop(clock=CLOCK_NIGHT),
    "night-refer": refer(clock=CLOCK_NIGHT),
}
