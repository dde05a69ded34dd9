"""The shape of one reason: a stable code and every sentence that a person may read for it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Group(StrEnum):
    """Who meets the reason, and where."""

    DECISION = "DECISION"  # the lane's light
    REJECTED = "REJECTED"  # bad bytes, quarantined
    FAULT = "FAULT"  # something is broken or missing: what to do
    ANOMALY = "ANOMALY"  # a case on the board
    LANE = "LANE"  # in the middle of a lane's session
    HOLD = "HOLD"  # why a person keeps goods, on both gates' screens


class Reason(NamedTuple):
    """One code; `what_*` tells the person in charge what to do, `driver_*` what the driver should do."""

    code: str
    zh: str
    en: str
    what_zh: str = ""
    what_en: str = ""
    driver_zh: str = ""
    driver_en: str = ""
    driver_vi: str = ""
    driver_id: str = ""
