"""What one look of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["OK", "NOTE", "MEND"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one look found; `mend_*` says what to do, empty where all is well."""

    part: str
    level: Level
    zh: str
    en: str
    mend_zh: str = ""
    mend_en: str = ""


def mend(part: str, zh: str, en: str, mend_zh: str, mend_en: str) -> Found:
    """Return something to mend."""
    return Found(part=part, level="MEND", zh=zh, en=en, mend_zh=mend_zh, mend_en=mend_en)
