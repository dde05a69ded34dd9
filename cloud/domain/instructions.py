"""What customs' messages say of a container, and how several messages are recognised as speaking of one sealing.

Pure: `cloud.customs` reads messages into these values, `cloud.registry.instructions` acts on them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Verdict(StrEnum):
    """What one message says of one container; NONE is silence, never "no seal"."""

    REQUIRED = "REQUIRED"
    UNDETERMINED = "UNDETERMINED"
    NONE = "NONE"


class Effect(StrEnum):
    """What a code of customs' tables does, as loaded (tables 062, 025) or as a kind of message."""

    SEAL = "SEAL"
    OFFICER = "OFFICER"
    NONE = "NONE"


class Function(StrEnum):
    """訊息功能代碼 of a message, or that it has none."""

    ADD = "ADD"
    REPLACE = "REPLACE"
    DELETE = "DELETE"
    UNKNOWN = "UNKNOWN"


class Reason(StrEnum):
    """Why something lies on the officers' worklist."""

    EX = "EX"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    CODE_MISSING = "CODE_MISSING"
    CONDITION = "CONDITION"
    UNKNOWN_FUNCTION = "UNKNOWN_FUNCTION"
    UNKNOWN_RESPONSE = "UNKNOWN_RESPONSE"
    NO_CONTAINER = "NO_CONTAINER"
    NOTICE = "NOTICE"
    NOT_REPEATED = "NOT_REPEATED"
    AFTER_SEALING = "AFTER_SEALING"
    WITHDRAWN_AFTER_SEALING = "WITHDRAWN_AFTER_SEALING"
    WITHDRAWN_BUT_ORDERED = "WITHDRAWN_BUT_ORDERED"
    DELETE_WITHOUT_ADD = "DELETE_WITHOUT_ADD"
    REPEATED = "REPEATED"
    SEAL_MISSING = "SEAL_MISSING"
    AMBIGUOUS = "AMBIGUOUS"
    UNKNOWN_VERSION = "UNKNOWN_VERSION"
    CODE_ELSEWHERE = "CODE_ELSEWHERE"
    # of a record that a lane made, which the registers could not follow: it is kept, and waits for a person
    LANE_ABNORMAL = "LANE_ABNORMAL"
    LANE_SCRAP = "LANE_SCRAP"
    LANE_OUTAGE = "LANE_OUTAGE"


# reason → Chinese, English, as the worklist shows it
WORDS: dict[Reason, tuple[str, str]] = {
    Reason.EX: ("應查驗、電子封條或車機封條，待認定", "Examination, e-seal or unit seal: not said which"),
    Reason.UNKNOWN_CODE: ("處理註記代碼不明", "A process code that is not in the table"),
    Reason.CODE_MISSING: ("應有之處理註記缺漏", "The process code is missing where the message must have one"),
    Reason.CONDITION: ("放行附帶條件設為須認定", "A release condition that is set to be looked at"),
    Reason.UNKNOWN_FUNCTION: ("訊息功能代碼不明", "An unknown function: new, replaced or withdrawn is not clear"),
    Reason.UNKNOWN_RESPONSE: ("回應別不明", "An unknown or missing kind of reply"),
    Reason.NO_CONTAINER: ("要求加封但無可辨識之貨櫃號碼", "Something is asked for, but no container can be made out"),
    Reason.NOTICE: ("此類通知不列貨櫃，須人工閱覽", "A notice of this kind lists no containers: to be read"),
    Reason.NOT_REPEATED: ("更正後之清單不再要求加封，待認定", "The replaced list no longer asks for the seal"),
    Reason.AFTER_SEALING: ("加封後又來指示，是否須再加封", "A further message after the sealing: one more seal?"),
    Reason.WITHDRAWN_AFTER_SEALING: ("加封後指示撤回", "Withdrawn after the seal was put on"),
    Reason.WITHDRAWN_BUT_ORDERED: ("訊息已撤回，惟關員曾指示加封", "Withdrawn, but an officer's order stands"),
    Reason.DELETE_WITHOUT_ADD: ("撤回之訊息未曾收到", "What is withdrawn here was never received"),
    Reason.REPEATED: ("已撤回之訊息再次收到，內容相同", "A withdrawn message came again, unchanged"),
    Reason.SEAL_MISSING: ("應加封貨櫃之運送單未列電子封條或車機封條", "The order lists neither e-seal nor unit seal"),
    Reason.UNKNOWN_VERSION: ("訊息版本不同，內容須人工核對", "Another version of the message: to be compared by hand"),
    Reason.CODE_ELSEWHERE: ("處理註記出現於非預期欄位", "A process code stands where none is expected"),
    Reason.LANE_ABNORMAL: ("車道收櫃異常，無法確定留置何櫃", "Abnormal arrival at a lane: which goods to hold?"),
    Reason.LANE_SCRAP: ("車道報廢登錄，無法確定為何封條", "A lane scraps a seal: which one?"),
    Reason.LANE_OUTAGE: ("系統故障期間車道紀錄，資料不全", "A lane's record of an outage that lacks what it is about"),
    Reason.AMBIGUOUS: ("同櫃有多筆加封指示，無法判定何者已加封", "Several instructions: which one is sealed?"),
}  # fmt: skip


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message tells about a container beside its verdict; an empty value: the message is silent."""

    codes: tuple[str, ...] = ()  # 處理註記, as received
    conditions: tuple[str, ...] = ()  # 放行附帶條件
    direction: str = ""  # 進出口別 1 import, 2 export, 3 transit
    declaration: str = ""  # 報單號碼
    previous_declaration: str = ""  # 原報單號碼
    permit: str = ""  # 轉運申請書（准單）號碼
    origin: str = ""
    destination: str = ""
    registrations: tuple[str, ...] = ()  # 海關通關號碼
    bills: tuple[str, ...] = ()  # 提單
    bookings: tuple[str, ...] = ()  # 託運單
    seals: tuple[str, ...] = ()  # 原始封條
    size_type: str = ""  # 貨櫃種類


class Mention(Struct, frozen=True, kw_only=True):
    """One container in one message; `line` counts them from 1."""

    line: int
    container: str
    verdict: Verdict
    facts: Facts
    reason: Reason | None = None  # of an undetermined verdict
    unknown_codes: tuple[str, ...] = ()


class Task(Struct, frozen=True, kw_only=True):
    """Something of a whole message that an officer must see."""

    reason: Reason
    detail: str = ""


class Folded(Struct, frozen=True, kw_only=True):
    """What all messages of one instruction say together; a place that they contradict is left open."""

    declarations: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()
    origin: str = ""
    destination: str = ""
    seals: tuple[str, ...] = ()
    size_type: str = ""
    conflicts: tuple[str, ...] = ()  # "origin: A, B"


def speak_of_one(one: Facts, other: Facts) -> bool:
    """Tell whether two mentions of the same container belong together (customs-messages §4, §8).

    One of declaration, permit, bill, booking must be shared; a vessel registration only where the directions agree,
    since the same call may bring a container and take it away again.
    """
    if _papers(one) & _papers(other) or set(one.bills) & set(other.bills) or set(one.bookings) & set(other.bookings):
        return True
    same_call = bool(set(one.registrations) & set(other.registrations))
    return same_call and _agree(one.direction, other.direction)


def _papers(facts: Facts) -> set[str]:
    return {facts.declaration, facts.previous_declaration, facts.permit} - {""}


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def may_be_one_leg(one: Facts, other: Facts) -> bool:
    """Tell whether two demands can be met by one seal: berth to yard and yard to warehouse are two sealings."""
    return _agree(one.origin, other.origin) and _agree(one.destination, other.destination)


def fold(grounds: Sequence[Facts], beside: Sequence[Facts], entered: Facts) -> Folded:
    """Put together what demands (`grounds`), other messages (`beside`) and an officer (`entered`) say.

    What an officer entered wins, then what the demanding messages say, then the others.
    """
    everything = [entered, *grounds, *beside]
    conflicts: list[str] = []
    replaced = {facts.previous_declaration for facts in everything} - {""}
    return Folded(
        declarations=_union(facts.declaration for facts in everything if facts.declaration not in replaced),
        permits=_union(facts.permit for facts in everything),
        origin=_one("origin", [[entered.origin], _of(grounds, "origin"), _of(beside, "origin")], conflicts),
        destination=_one(
            "destination", [[entered.destination], _of(grounds, "destination"), _of(beside, "destination")], conflicts
        ),
        seals=_union(seal for facts in everything for seal in facts.seals),
        size_type=_one("size_type", [_of(everything, "size_type")], conflicts),
        conflicts=tuple(conflicts),
    )


def _union(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _of(facts: Sequence[Facts], name: str) -> list[str]:
    return [getattr(item, name) for item in facts]


def _one(name: str, sources: Sequence[Sequence[str]], conflicts: list[str]) -> str:
    """Return the one value of the first source that knows any; two values are a conflict, and none is chosen."""
    for source in sources:
        known = _union(source)
        if len(known) == 1:
            return known[0]
        if known:
            conflicts.append(f"{name}: {', '.join(known)}")
            return ""
    return ""
