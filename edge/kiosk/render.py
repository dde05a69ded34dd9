"""The templates: one whole page for the first paint, and the same parts again for every change."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from edge.kiosk.screen import SECONDS_LEFT_WARN, Palette, Screen
from edge.kiosk.words import DRIVER, SIMULATION, SIMULATION_STATES, TEXTS
from schemas.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

STATIC = Path(__file__).parent / "static"
PARTS = ("head", "bar", "banners", "main", "foot", "say")
_BUILD_CHARS = 12


class Renderer:
    """Knows the templates and where the assets of this build lie."""

    def __init__(self) -> None:
        self._env = Environment(
            loader=PackageLoader("edge.kiosk"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._env.globals |= {
            "asset": self.asset,
            "sprite": Markup((STATIC / "icons.svg").read_text(encoding="utf-8")),  # noqa: S704 - our own drawing
            "texts": TEXTS,
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
        for folder in (STATIC, STATIC.with_name("templates")):
            for path in sorted(folder.iterdir()):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:_BUILD_CHARS]

    def asset(self, name: str) -> str:
        """Return the address of a static file; it changes with the build, so that browsers may keep it for ever."""
        return f"/static/{self.build}/{name}"

    def message(self, screen: Screen) -> dict[str, Any]:
        """Return one whole state as the page's script takes it: attributes of the screen and HTML of its parts."""
        return {"build": self.build, "data": attributes(screen), "parts": self._parts(screen)}

    def page(self, screen: Screen, *, palette: Palette, simulated: bool) -> str:
        """Return the whole page with the first words filled in; the simulator strip fills itself, if there is one."""
        template = self._env.get_template("kiosk.html")
        return template.render(
            **_values(screen),
            parts=self._parts(screen),
            attributes=attributes(screen),
            build=self.build,
            palette=palette,
            simulated=simulated,
        )

    def strip(self, values: Mapping[str, Any]) -> str:
        """Return the inside of the simulator strip."""
        return self._env.get_template("strip.html").render(values)

    def _parts(self, screen: Screen) -> dict[str, str]:
        values = _values(screen)
        return {name: self._env.get_template(f"{name}.html").render(values).strip() for name in PARTS}


def _values(screen: Screen) -> dict[str, Any]:
    return {name: getattr(screen, name) for name in screen.__dataclass_fields__}


def attributes(screen: Screen) -> dict[str, str]:
    """Return what changes too often for a part's HTML, and what the style sheet goes by."""
    return {
        "id": str(screen.view.id),
        "tone": screen.tone,
        "light": screen.light,
        "page": screen.page,
        "busy": "true" if screen.view.busy else "false",
        "clock": screen.view.clock,
        "left": "" if screen.view.seconds_left is None else str(screen.view.seconds_left),
    }
