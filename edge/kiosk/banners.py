"""The banners of the staff's screen: what stands above a page, most important first, never more than it holds.

Offline is not an alarm, a hold is: each has its own colour. What found no room is counted on the last banner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from edge.kiosk.say import CLOSES_LANE, reasons, spaced
from edge.kiosk.words import TEXTS, Words

if TYPE_CHECKING:
    from edge.domain.view import LaneView
    from schemas.reasons import Reason

# The offline banner says it already.
_SHOWN_ELSEWHERE = frozenset({"LINK-DOWN"})
# Where the last notice, the holds or the faults have a place of their own in the middle.
_NOTICE_INSIDE = frozenset({"idle", "closed", "seal"})
_HOLDS_ELSEWHERE = frozenset({"idle", "closed", "pin", "lookup", "photo", "papers"})
_FAULTS_BANNER = frozenset({"seal", "photo", "verdict"})
_HINT_PAGES = frozenset({"check", "photo", "confirm"})
_FULL_PAGES = frozenset({"pin", "lookup", "grounds", "sealed", "photo", "papers"})  # their buttons need the height


@dataclass(frozen=True, kw_only=True)
class Banner:
    """One line above the page: what it is about, a number, and the sentence."""

    kind: Literal["notice", "hint", "outage", "offline", "hold", "fault"]
    icon: str
    head: Words
    mono: str = ""
    text: Words | None = None
    more: int = 0  # further ones that found no room


def banners(view: LaneView, page: str) -> tuple[Banner, ...]:
    """Return what stands above this page."""
    room = 1 if page in _FULL_PAGES else 2
    every = [banner for banner in _every(view, page) if banner is not None]
    shown = every[:room]
    left = sum(1 + banner.more for banner in every[room:])
    if left:
        shown[-1] = replace(shown[-1], more=shown[-1].more + left)
    return tuple(shown)


def notice_told(view: LaneView) -> Reason | None:
    """Return why the last tap or press led nowhere; a reader that is back needs no more words."""
    if view.notice is None or (view.notice in CLOSES_LANE and view.notice not in view.faults):
        return None
    return reasons([view.notice])[0]


def faults_told(view: LaneView) -> tuple[Reason, ...]:
    """Return what is to be told of faults, those first that close the lane."""
    notice = notice_told(view)
    told = {*_SHOWN_ELSEWHERE, notice.code if notice else ""}
    return reasons(sorted((code for code in view.faults if code not in told), key=lambda code: code not in CLOSES_LANE))


def _every(view: LaneView, page: str) -> tuple[Banner | None, ...]:
    """Return all that could be said, in the order of its weight."""
    return (
        _notice(view, page),
        _hint(view, page),
        _hold(view, page),
        _outage(view),
        _offline(view),
        _fault(view, page),
    )


def _notice(view: LaneView, page: str) -> Banner | None:
    notice = notice_told(view)
    if notice is None or page in _NOTICE_INSIDE:
        return None
    return Banner(kind="notice", icon="warn", head=_head(notice), text=_what(notice))


def _hint(view: LaneView, page: str) -> Banner | None:
    if not view.hint or page not in _HINT_PAGES:
        return None
    return Banner(kind="hint", icon="eye", head=TEXTS["hint"], mono=spaced(view.hint), text=TEXTS["hint_how"])


def _outage(view: LaneView) -> Banner | None:
    if not view.outage:
        return None
    return Banner(kind="outage", icon="outage", head=TEXTS["outage"], mono=view.outage, text=TEXTS["outage_how"])


def _offline(view: LaneView) -> Banner | None:
    if view.online:
        return None
    return Banner(
        kind="offline", icon="network-off", head=TEXTS["offline"], mono=str(view.waiting), text=TEXTS["waiting"]
    )


def _hold(view: LaneView, page: str) -> Banner | None:
    if not view.holds or page in _HOLDS_ELSEWHERE:
        return None
    hold = view.holds[0]
    return Banner(
        kind="hold",
        icon="hold",
        head=TEXTS["hold"],
        mono=spaced(hold.container),
        text=_head(reasons([hold.reason])[0]),
        more=len(view.holds) - 1,
    )


def _fault(view: LaneView, page: str) -> Banner | None:
    told = faults_told(view)
    if not told or page not in _FAULTS_BANNER:
        return None
    return Banner(kind="fault", icon="warn", head=_head(told[0]), text=_what(told[0]), more=len(told) - 1)


def _head(reason: Reason) -> Words:
    return Words(reason.zh, reason.en)


def _what(reason: Reason) -> Words:
    return Words(reason.what_zh, reason.what_en)
