"""Which language a page speaks, its catalogue, and how times are said: zh-TW first, English second.

Msgids are English; the catalogue is read as it stands in `locale/`, so that no compiled copy can be stale.
"""

from __future__ import annotations

import gettext
import io
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from starlette.requests import Request

    from schemas.reasons import Reason

LOCALES = Path(__file__).parent / "locale"
TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")  # no daylight saving time since 1979
ACCEPT_LANGUAGE_CHARS_MAX = 400
_MINGUO_OFFSET = 1911
_WEEKDAYS = "一二三四五六日"
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
# What browsers say for traditional Chinese; who reads simplified Chinese is better served by it than by English.
_ALIASES = dict.fromkeys(("zh", "zh_hant", "zh_hant_tw", "zh_hk", "zh_hant_hk", "zh_mo", "zh_cn", "zh_hans"), "zh_TW")


class Language(StrEnum):
    """A language that every text exists in."""

    ZH = "zh_TW"
    EN = "en"

    @property
    def tag(self) -> str:
        """Return the BCP 47 tag, which also chooses the right glyphs."""
        return "zh-Hant-TW" if self is Language.ZH else "en"

    def pick(self, zh: str, en: str) -> str:
        """Choose between two texts of a table."""
        return zh if self is Language.ZH else en

    def name_of(self, reason: Reason) -> str:
        """Return what a stable code means."""
        return self.pick(reason.zh, reason.en)


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """Read a language's texts; English ones are the msgids themselves."""
    if language is Language.EN:
        return gettext.NullTranslations()
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        messages = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def choose(request: Request) -> Language:
    """Take `?lang=`, else the cookie, else what the browser prefers, else zh-TW."""
    asked = request.query_params.get("lang") or request.cookies.get("lang")
    if asked in set(Language):
        return Language(asked)
    accepted = request.headers.get("accept-language", "")[:ACCEPT_LANGUAGE_CHARS_MAX]
    preferred = [tag.replace("-", "_") for tag in by_quality(accepted)]
    found = negotiate_locale(preferred, [str(language) for language in Language], aliases=_ALIASES)
    return Language(found) if found else Language.ZH


def by_quality(accept_language: str) -> list[str]:
    """Sort the tags of an Accept-Language header by their weight (RFC 9110 §12.5.4); what is malformed is left out."""
    weighted: list[tuple[float, str]] = []
    for item in accept_language.split(","):
        tag, _, weight = item.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if tag and 0 < quality <= 1:
            weighted.append((quality, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def local(moment_ms: int) -> datetime:
    """Return a stored moment in Taipei's time."""
    return datetime.fromtimestamp(moment_ms / 1000, TAIPEI)


def midnight_ms(now_ms: int) -> int:
    """Return when the current day began in Taipei."""
    return round(local(now_ms).replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def day(moment_ms: int, language: Language) -> str:
    """Say a date: 115年11月23日（一） in the Minguo calendar (R-115), Mon 23 Nov 2026 in English."""
    moment = local(moment_ms)
    if language is Language.EN:
        return f"{moment:%a} {moment.day} {moment:%b %Y}"
    year = moment.year - _MINGUO_OFFSET
    before = f"民國前{1 - year}" if year <= 0 else str(year)
    return f"{before}年{moment.month}月{moment.day}日（{_WEEKDAYS[moment.weekday()]}）"


def clock(moment_ms: int) -> str:
    """Say a time of day."""
    return f"{local(moment_ms):%H:%M:%S}"


def moment(moment_ms: int, now_ms: int) -> str:
    """Say a time of day, with the date in front where it is not today's: 11/22 23:50."""
    when = local(moment_ms)
    return f"{when:%H:%M}" if when.date() == local(now_ms).date() else f"{when:%m/%d %H:%M}"


def spans(language: Language) -> dict[str, str]:
    """Return the patterns in which a span of time is said, also for the script that counts on."""
    gettext = catalogue(language).gettext
    return {
        "seconds": gettext("%(s)s s"),
        "minutes": gettext("%(m)s min"),
        "hours": gettext("%(h)s h %(m)s min"),
        "days": gettext("%(d)s d %(h)s h"),
    }


def span(seconds: float, language: Language) -> str:
    """Say how long: 42 s, 12 min, 5 h 12 min, 2 d 3 h. `live.js` counts on in the same words."""
    whole = max(0, int(seconds))
    patterns = spans(language)
    if whole < _MINUTE_S:
        return patterns["seconds"] % {"s": whole}
    if whole < _HOUR_S:
        return patterns["minutes"] % {"m": whole // _MINUTE_S}
    if whole < 2 * _DAY_S:
        return patterns["hours"] % {"h": whole // _HOUR_S, "m": whole % _HOUR_S // _MINUTE_S}
    return patterns["days"] % {"d": whole // _DAY_S, "h": whole % _DAY_S // _HOUR_S}
