"""The monthly statement of a payer, or of all: every decision of the month with its sum (規則 §32)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.fees import WORDS, Reason
from cloud.registry.exports import Sheet
from cloud.registry.refusals import Refusal
from cloud.store.registry import fees as rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloud.registry.desk import Desk

ROWS_MAX = 100_000  # of one statement
_HEADER = ("序號", "日期", "繳納義務人統一編號", "卸存地代碼", "櫃號", "封條號碼", "種類", "報單或轉運准單號碼")
_DECIDED = ("徵免", "事由", "金額（新臺幣元）")
_OUTCOMES = {"CHARGED": "徵收", "EXEMPT": "免徵"}


def listed(desk: Desk, after: int, limit: int, *, month: str | None, payer: str | None) -> Sequence[Any]:
    """Return fees by number, of the sites the actor may see.

    Raises:
        Refusal: FORBIDDEN.
    """
    sites = desk.scope(Act.FEE_READ, subject="fees")
    return rows.page(desk.connection, after, limit, sites=sites, month=month, payer=payer)


def sheet(desk: Desk, month: str, payer: str | None, when: Callable[[int], str]) -> Sheet:
    """Return the statement of a month as a table for people, its sum in the last row; `when` writes a moment.

    Raises:
        Refusal: FORBIDDEN, INVALID (too many rows for one file).
    """
    found = listed(desk, 0, ROWS_MAX + 1, month=month, payer=payer)
    if len(found) > ROWS_MAX:
        raise Refusal("INVALID", f"more than {ROWS_MAX} rows: ask for one payer")
    lines = [_line(row, when) for row in found]
    blank = [""] * (len(_HEADER) + len(_DECIDED) - 2)
    total = sum(row.amount for row in found)
    name = f"封條加封費明細{month}" + ("" if payer is None else f"-{payer}")
    return Sheet(name=name, header=(*_HEADER, *_DECIDED), rows=[*lines, ["合計", *blank, total]])


def _line(row: Any, when: Callable[[int], str]) -> list[str | int | None]:
    facts = [row.payer or "", row.site, row.container, row.seal_no, row.kind, row.document]
    return [row.id, when(row.at_ms), *facts, _OUTCOMES[row.outcome], WORDS[Reason(row.reason)][0], row.amount]
