"""Languages of the pages: the catalogue is whole, dates are Minguo, and browsers get what they asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from cloud.web import language as speech
from cloud.web.language import Language

WEB = Path(speech.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}


@pytest.mark.req("R-115")
def test_no_text_is_without_its_chinese() -> None:
    used = {message for _, _, message, _, _ in extract_from_dir(WEB, METHODS, OPTIONS) if isinstance(message, str)}
    with (speech.LOCALES / "zh_TW/LC_MESSAGES/messages.po").open("rb") as source:
        catalogue = read_po(source, locale="zh_TW")
    told = {message.id: message for message in catalogue if message.id}
    assert used - set(told) == set(), "texts without Chinese: add them to locale/zh_TW/LC_MESSAGES/messages.po"
    assert set(told) - used == set(), "texts that no page uses any more"
    assert [key for key, message in told.items() if message.fuzzy or not message.string] == []
    assert [key for key, message in told.items() for _ in message.check(catalogue)] == []


@pytest.mark.req("R-115")
@pytest.mark.parametrize(
    ("moment_ms", "zh", "en"),
    [
        (1_795_424_400_000, "115年11月23日（一）", "Mon 23 Nov 2026"),
        (-1_830_412_800_000, "1年1月1日（一）", "Mon 1 Jan 1912"),
        (-1_830_412_800_000 - 86_400_000, "民國前1年12月31日（日）", "Sun 31 Dec 1911"),
        (1_798_732_800_000 - 1, "115年12月31日（四）", "Thu 31 Dec 2026"),
    ],
)
def test_dates_are_minguo(moment_ms: int, zh: str, en: str) -> None:
    assert speech.day(moment_ms, Language.ZH) == zh
    assert speech.day(moment_ms, Language.EN) == en


def test_a_day_begins_at_midnight_in_taipei() -> None:
    now_ms = 1_795_424_400_000
    begun = speech.local(speech.midnight_ms(now_ms))
    assert (begun.hour, begun.minute, begun.second, begun.utcoffset().total_seconds()) == (0, 0, 0, 28_800)
    assert 0 <= now_ms - speech.midnight_ms(now_ms) < 86_400_000


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("en-GB,en;q=0.9,zh-TW;q=0.95", ["en-GB", "zh-TW", "en"]),
        ("zh-TW", ["zh-TW"]),
        ("", []),
        ("en;q=nonsense, de", ["de"]),
        ("en;q=0, zh;q=2, fr;q=0.1", ["fr"]),
        (",,;q=1", []),
    ],
)
def test_browsers_are_read_by_weight(header: str, tags: list[str]) -> None:
    assert speech.by_quality(header) == tags
