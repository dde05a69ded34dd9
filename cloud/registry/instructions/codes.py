"""Customs' code tables as data: 062 (處理註記), 025 (放行附帶條件), and kinds of message without containers."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta
from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.instructions import Effect
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store.registry import customs_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk

PROCESS, CONDITIONS, KINDS = "062", "025", "MSG"
SEAL_CODE = "B"
Code = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,8}$(?!\n)")]
MeaningText = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

# What the guides state, and what lists no containers but may ask for a seal (R-024…R-029, A9-12).
STATED: Mapping[tuple[str, str], tuple[Effect, str]] = MappingProxyType({
    (PROCESS, SEAL_CODE): (Effect.SEAL, "應加封電子封條或車機封條 · e-seal or vehicle-unit seal"),
    (KINDS, "N5107"): (Effect.OFFICER, "應補辦事項通知 · things to complete"),
    (KINDS, "N5158"): (Effect.OFFICER, "普通卸貨准單 · discharge permit"),
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CodeEntry:
    """What a code does from now on."""

    list: str
    code: str
    effect: Effect
    meaning: str


def load(desk: Desk, entry: CodeEntry) -> None:
    """Say what a code does from now on; what was decided before stays.

    Raises:
        Refusal: FORBIDDEN, INVALID, CODE-FIXED (B demands a seal), CONFLICT.
    """
    desk.require(Act.CUSTOMS_CODE_WRITE, subject=f"code:{entry.list}:{entry.code}")
    checked(entry.code, Code, "code")
    checked(entry.meaning, MeaningText, "meaning")
    if entry.list not in {PROCESS, CONDITIONS, KINDS}:
        raise Refusal("INVALID", "list")
    if (entry.list, entry.code) == (PROCESS, SEAL_CODE) and entry.effect is not Effect.SEAL:
        raise Refusal("CODE-FIXED", entry.code)
    if entry.list == KINDS and entry.effect is Effect.SEAL:
        raise Refusal("INVALID", "effect: a message without containers cannot name what to seal")
    row = {"list": entry.list, "code": entry.code, "effect": entry.effect.value, "meaning": entry.meaning}
    try:
        with desk.connection.begin_nested():
            customs_codes.add(desk.connection, row | {"valid_from_ms": desk.now_ms})
    except IntegrityError as error:
        raise Refusal("CONFLICT", f"{entry.list} {entry.code}") from error
    desk.note(Act.CUSTOMS_CODE_WRITE, f"code:{entry.list}:{entry.code}", effect=entry.effect)


def in_force(connection: Connection, now_ms: int) -> dict[tuple[str, str], tuple[Effect, str]]:
    """Return effect and meaning of every code known at a moment: what the guides state, overlaid by what was loaded."""
    known = dict(STATED)
    for row in customs_codes.all_rows(connection):
        if row.valid_from_ms <= now_ms:
            known[(row.list, row.code)] = (Effect(row.effect), row.meaning)
    return known


def effects(connection: Connection, code_list: str, now_ms: int) -> dict[str, Effect]:
    """Return what each code of one list does at a moment."""
    return {code: effect for (name, code), (effect, _) in in_force(connection, now_ms).items() if name == code_list}
