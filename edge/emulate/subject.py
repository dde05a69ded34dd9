"""What an emulated camera has before it: values only, drawn by `picture`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the camera sees; an empty container number is an empty lane."""

    width_px: int = 1280
    height_px: int = 720
    night: bool = False
    container: str = ""
    plate: str = ""
    seal_no: str = ""
    lane: str = "1"
    place_zh: str = ""
    place_en: str = ""
