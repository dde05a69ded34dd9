"""Says in plain words what a case rests on (R-117): the inputs and limits that its rule stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.web import language as speech
from cloud.web import wording

if TYPE_CHECKING:
    from cloud.web.language import Language

HASH_CHARS = 43
HASH_SHOWN_CHARS = 10


def said_input(key: str, value: Any, now_ms: int, language: Language) -> tuple[str, str]:
    """Return the name of an input and its value; `…_ms` is a moment."""
    if key.endswith("_ms") and isinstance(value, int):
        return _name(key, language), f"{speech.moment(value, now_ms)}:{speech.local(value):%S}"
    return _name(key, language), _spoken(value, language)


def said_limit(key: str, value: Any, language: Language) -> tuple[str, str]:
    """Return the name of a limit and its value; `…_ms` is a span of time."""
    if key.endswith("_ms") and isinstance(value, int):
        return _name(key, language), speech.span(value / 1000, language)
    return _name(key, language), _spoken(value, language)


def _name(key: str, language: Language) -> str:
    return language.pick(*wording.FACTS.get(key, (key, key)))


def _spoken(value: Any, language: Language) -> str:
    match value:
        case None | []:
            said = language.pick("無", "none")
        case bool():
            said = language.pick("是", "yes") if value else language.pick("否", "no")
        case str():
            said = _word(value, language)
        case dict():
            parts = (f"{_name(key, language)} {_spoken(item, language)}" for key, item in value.items())
            said = language.pick("，", ", ").join(parts)
        case [str(), int(), int(), *rest]:  # the identity of a record: gate, epoch, sequence
            said = " ".join(["/".join(str(part) for part in value[:3]), *(_spoken(part, language) for part in rest)])
        case list():
            said = language.pick("；", "; ").join(_spoken(item, language) for item in value)
        case _:
            said = str(value)
    return said


def _word(value: str, language: Language) -> str:
    if len(value) == HASH_CHARS:
        return value[:HASH_SHOWN_CHARS] + "…"
    return language.pick(*wording.GROUNDS.get(value) or wording.reason(value))
