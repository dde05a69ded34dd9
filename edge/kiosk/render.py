"""The templates: one whole page for the first paint, and the same parts again for every change."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from edge.kiosk.screen import SECONDS_LEFT_WARN, Screen
from edge.kiosk.words import DRIVER, DRIVER_TEXTS, SIMULATION, SIMULATION_STATES, TEXTS
from schemas.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.kiosk.driver import DriverScreen

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
STAFF_PARTS = ("head", "bar", "banners", "main", "foot", "say")
DRIVER_PARTS = ("head", "banners", "main", "foot", "say")
_BUILD_CHARS = 12


class Renderer:
    """Knows the templates and where the assets of this build lie."""

    def __init__(self) -> None:
        self._env = Environment(
            loader=PackageLoader("edge.kiosk"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._env.globals |= {
            "asset": self.asset,
            "build": self.build,
            "sprite": Markup((STATIC / "icons.svg").read_text(encoding="utf-8")),  # noqa: S704 - our own drawing
            "texts": TEXTS,
            "driver_texts": DRIVER_TEXTS,
            "idle": DRIVER["idle"],
            "closed": DRIVER["closed"],
            "keep_out": DRIVER["keep_out"],
            "lost": REASONS["KIOSK-SILENT"],
            "warn_s": SECONDS_LEFT_WARN,
            "simulation": SIMULATION,
            "simulation_states": SIMULATION_STATES,
        }

    @cached_property
    def build(self) -> str:
        """Name of this build: the hash of templates and assets, so that a page of an older one reloads itself."""
        digest = hashlib.sha256()
        for folder in (STATIC, TEMPLATES):
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:_BUILD_CHARS]

    def asset(self, name: str) -> str:
        """Return the address of a static file; it changes with the build, so that browsers may keep it for ever."""
        return f"/static/{self.build}/{name}"

    def staff_message(self, screen: Screen) -> dict[str, Any]:
        """Return one whole state as the page's script takes it: attributes of the screen and HTML of its parts."""
        parts = self._parts("staff", STAFF_PARTS, _values(screen))
        return {"build": self.build, "data": staff_attributes(screen), "parts": parts}

    def staff_page(self, screen: Screen, *, stream: str, simulated: bool) -> str:
        """Return the whole page with the first words filled in; the simulator strip fills itself, if there is one."""
        values = _values(screen)
        return self._env.get_template("staff/page.html").render(
            **values,
            parts=self._parts("staff", STAFF_PARTS, values),
            attributes=staff_attributes(screen),
            stream=stream,
            simulated=simulated,
        )

    def driver_message(self, screen: DriverScreen) -> dict[str, Any]:
        """Return one whole state of the driver's screen, as `staff_message`."""
        parts = self._parts("driver", DRIVER_PARTS, {"screen": screen})
        return {"build": self.build, "data": driver_attributes(screen), "parts": parts}

    def driver_page(self, screen: DriverScreen, *, stream: str, voice: str) -> str:
        """Return the driver's whole page with the first words filled in; `voice` says what it sounds."""
        return self._env.get_template("driver/page.html").render(
            lane=screen.lane,
            parts=self._parts("driver", DRIVER_PARTS, {"screen": screen}),
            attributes=driver_attributes(screen),
            stream=stream,
            voice=voice,
        )

    def strip(self, values: Mapping[str, Any]) -> str:
        """Return the inside of the simulator strip."""
        return self._env.get_template("strip.html").render(values)

    def _parts(self, face: str, names: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, str]:
        return {name: self._env.get_template(f"{face}/{name}.html").render(values).strip() for name in names}


def _values(screen: Screen) -> dict[str, Any]:
    return {name: getattr(screen, name) for name in screen.__dataclass_fields__}


def staff_attributes(screen: Screen) -> dict[str, str]:
    """Return what changes too often for a part's HTML, and what the style sheet goes by."""
    view = screen.view
    return {
        "id": str(view.id),
        "tone": screen.tone,
        "light": screen.light,
        "page": screen.page,
        "busy": "true" if view.busy else "false",
        "clock": view.clock,
        "left": "" if view.seconds_left is None else str(view.seconds_left),
        "tag": "" if view.tag_s is None else str(view.tag_s),
    }


def driver_attributes(screen: DriverScreen) -> dict[str, str]:
    """Return the same of the driver's screen; `verdict` is what a sound is made for, once."""
    return {
        "id": str(screen.id),
        "tone": screen.tone,
        "light": screen.light,
        "page": screen.page,
        "clock": screen.clock_iso,
        "verdict": screen.record,
    }
