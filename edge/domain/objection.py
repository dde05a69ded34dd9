"""What speaks against a movement, and what several such words come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.messages import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

Objection = tuple[Verdict, str]  # STOP or REFER, with its code of schemas.reasons

_WEIGHT = {Verdict.GO: 0, Verdict.REFER: 1, Verdict.STOP: 2}


def verdict_of(objections: Iterable[Objection]) -> Verdict:
    """Return the heaviest verdict; GO only where nothing speaks against it."""
    return max((verdict for verdict, _ in objections), key=_WEIGHT.__getitem__, default=Verdict.GO)


def codes_of(objections: Iterable[Objection]) -> tuple[str, ...]:
    """Return the codes, heaviest first, else in the order found, each once."""
    ordered = sorted(objections, key=lambda objection: -_WEIGHT[objection[0]])
    return tuple(dict.fromkeys(code for _, code in ordered))
