"""How long a yard's own camera footage can be had, and when customs must ask that it be kept (B0 evidence hold).

A yard keeps it 30 days, 90 on customs' order (集散站辦法 §7-1): a case without a picture of our own needs it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAIPEI = timezone(timedelta(hours=8))
DAY_MS = 24 * 3_600_000
WARN_MS, DRAFT_MS, KEPT_MS, ORDERED_MS = 20 * DAY_MS, 25 * DAY_MS, 30 * DAY_MS, 90 * DAY_MS


class Side(StrEnum):
    """Whose cameras saw what a case is about."""

    ORIGIN = "ORIGIN"
    DESTINATION = "DESTINATION"


# The picture that each of customs' anomalies asks for (B1…B5): S7 has no arrival, its departure is looked for.
SIDES: Mapping[str, Side] = MappingProxyType(
    {
        "S2": Side.ORIGIN,
        "S3": Side.DESTINATION,
        "S4": Side.DESTINATION,
        "S7": Side.ORIGIN,
        "S8": Side.DESTINATION,
    }
)


class Stage(StrEnum):
    """How near the end of the footage is."""

    WARN = "WARN"  # day 20
    DRAFT = "DRAFT"  # day 25: the order to extend is written, an officer sends it
    OVER = "OVER"  # day 30 has passed without an order
    ORDERED = "ORDERED"  # kept until day 90


def stage(occurred_ms: int, now_ms: int, *, ordered: bool) -> Stage | None:
    """Return how near the end is, or None before day 20 and, once it was ordered, after day 90."""
    age_ms = now_ms - occurred_ms
    if ordered:
        return Stage.ORDERED if age_ms < ORDERED_MS else None
    if age_ms < WARN_MS:
        return None
    if age_ms < DRAFT_MS:
        return Stage.WARN
    return Stage.DRAFT if age_ms < KEPT_MS else Stage.OVER


def draft(site: str, container: str, case: str, occurred_ms: int) -> str:
    """Write the order to extend as an officer may send it, in days of the Republic (R-115); it names no person."""
    return (
        f"主旨：請保存 {site} 站 {_day(occurred_ms)}監視系統影像至{_day(occurred_ms + ORDERED_MS)}。\n"
        f"說明：貨櫃 {container}（案號 {case}）無系統影像，"
        "爰依海關管理進出口貨棧及貨櫃集散站辦法第七條之一，請延長保存為九十日。"
    )


def _day(at_ms: int) -> str:
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(_TAIPEI)
    return f"民國{at.year - 1911}年{at.month}月{at.day}日"
