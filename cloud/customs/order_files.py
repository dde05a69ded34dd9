"""R12 運送單 as JSON (one order or a list) and as CSV (one row a cargo line or seal, rows of one order together)."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec

from cloud.customs.order import R12, said_by
from cloud.customs.said import Said
from cloud.registry.refusals import Refusal
from schemas import iso6346

VERSION = "110.08.17"
ORDERS_MAX = 2_000
# column → the Chinese name of the guide, which may stand in its place
_ORDER = {
    "message_id": "訊息編號", "number": "運送單號碼", "application": "申請類別", "operation": "作業類別",
    "load": "貨櫃(物)類別", "released": "放行總數量", "origin": "起運地點代碼", "destination": "運往地點代碼",
    "container": "貨櫃號碼", "container_type": "貨櫃種類", "quantity": "櫃車(件)數量", "departs": "出發時間",
}  # fmt: skip
_VEHICLE = {
    "vehicle_class": "保稅運貨工具類別", "unit": "保稅運貨工具編號", "company_ubn": "車行統編", "company": "車行名稱",
    "plate": "車牌號碼", "licence": "駕照號碼", "driver": "司機姓名",
}  # fmt: skip
_CARGO = {
    "direction": "進出口轉運別", "declaration": "報單號碼", "master_bill": "主提單號碼", "house_bill": "分提單號碼",
    "registration": "海關通關號碼", "manifest": "艙單號碼", "voyage": "航次", "vessel": "船(機)代碼",
    "vessel_name": "船舶名稱", "carried": "載運數量", "clearance": "通關方式", "conditions": "放行附帶條件",
}  # fmt: skip
_SEAL = {"seal_type": "封條種類", "seal_number": "封條號碼"}
COLUMNS = {**_ORDER, **_VEHICLE, **_CARGO, **_SEAL}
_COLUMN_OF = {name: name for name in COLUMNS} | {chinese: name for name, chinese in COLUMNS.items()}
_NUMBERS = frozenset({"released", "quantity", "carried"})
_NEEDED = frozenset({"number", "origin", "destination", "plate"})


def read_json(content: bytes) -> Said:
    """Read one order or a list of orders; Refusal MESSAGE-MALFORMED or MESSAGE-FIELD, naming field, never value."""
    try:
        sent = msgspec.json.decode(content, type=R12 | list[R12])
    except msgspec.ValidationError as error:
        raise Refusal("MESSAGE-FIELD", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("MESSAGE-MALFORMED", str(error)) from error
    except RecursionError as error:
        raise Refusal("MESSAGE-MALFORMED", "nested too deeply") from error
    return _said(sent if isinstance(sent, list) else [sent])


def read_csv(text: str) -> Said:
    """Read a file with a header of English or Chinese column names; each error names its line."""
    rows = csv.reader(io.StringIO(text), strict=True)
    orders: dict[str, dict[str, Any]] = {}
    begun: dict[str, int] = {}
    try:
        columns = _header(next(rows, []))
        for row in rows:
            if any(cell.strip() for cell in row):
                _take_row(orders, begun, columns, row, rows.line_num)
    except csv.Error as error:
        raise Refusal("MESSAGE-MALFORMED", f"line {rows.line_num}: {error}") from error
    return _said([_order(order, begun[number]) for number, order in orders.items()])


def is_header(line: str) -> bool:
    """Tell whether a line may be the header of such a file."""
    cells = {cell.strip().strip('"') for cell in line.split(",")}
    return bool(cells & {"number", _ORDER["number"]})


def _header(cells: list[str]) -> list[str]:
    unknown = [cell.strip()[:40] for cell in cells if cell.strip() not in _COLUMN_OF]
    if unknown:
        raise Refusal("MESSAGE-FIELD", f"line 1: unknown columns {', '.join(unknown)}")
    columns = [_COLUMN_OF[cell.strip()] for cell in cells]
    missing = _NEEDED - set(columns)
    if missing or len(set(columns)) < len(columns):
        raise Refusal("MESSAGE-FIELD", f"line 1: columns missing or twice: {', '.join(sorted(missing))}")
    return columns


def _take_row(
    orders: dict[str, dict[str, Any]], begun: dict[str, int], columns: list[str], row: list[str], line: int
) -> None:
    if len(row) != len(columns):
        raise Refusal("MESSAGE-FIELD", f"line {line}: {len(row)} cells, the header has {len(columns)}")
    cells: dict[str, Any] = {name: cell.strip() for name, cell in zip(columns, row, strict=True) if cell.strip()}
    for name in _NUMBERS & cells.keys():
        if not cells[name].isdecimal():
            raise Refusal("MESSAGE-FIELD", f"line {line}: {name} is no number")
        cells[name] = int(cells[name])
    fixed = {name: value for name, value in cells.items() if name in _ORDER}
    fixed["vehicle"] = {name: value for name, value in cells.items() if name in _VEHICLE}
    number = cells.get("number", "")
    order = orders.setdefault(number, {"fixed": fixed, "cargo": [], "seals": []})
    begun.setdefault(number, line)
    if order["fixed"] != fixed:
        raise Refusal("MESSAGE-FIELD", f"line {line}: differs from line {begun[number]} of the same order")
    cargo = {("quantity" if name == "carried" else name): value for name, value in cells.items() if name in _CARGO}
    seal = {name.removeprefix("seal_"): value for name, value in cells.items() if name in _SEAL}
    for part, of_row in (("cargo", cargo), ("seals", seal)):
        if of_row and of_row not in order[part]:
            order[part].append(of_row)


def _order(order: dict[str, Any], line: int) -> R12:
    try:
        return msgspec.convert({**order["fixed"], "cargo": order["cargo"], "seals": order["seals"]}, R12)
    except msgspec.ValidationError as error:
        raise Refusal("MESSAGE-FIELD", f"line {line}: {error}") from error


def _said(sent: list[R12]) -> Said:
    if not 0 < len(sent) <= ORDERS_MAX:
        raise Refusal("MESSAGE-FIELD", f"{len(sent)} orders; 1 to {ORDERS_MAX} are taken at once")
    said = Said(kind="R12", version=VERSION)
    for order in map(said_by, sent):
        said.orders.append(order)
        for warning in order.warnings:
            said.warn(warning)
    for line in sent:
        doubt = iso6346.doubt(line.container) if line.container else None
        if doubt:
            said.warn(f"container {line.container[:17]} {doubt}")
    return said
