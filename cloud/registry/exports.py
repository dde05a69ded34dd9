"""Registers and statements as files: CSV for every program, ODS for people (government's own format)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties
from odf.table import Table, TableCell, TableHeaderRows, TableRow
from odf.text import P

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Cell: TypeAlias = "str | int | None"

ODS_ROWS_MAX = 20_000  # of one document: it is built in memory
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BOM = "\ufeff"  # without it spreadsheets take Chinese for another code


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table for people: `name` titles it and names its file."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def to_csv(sheet: Sheet) -> bytes:
    """Return the sheet as CSV (RFC 4180, UTF-8 with BOM); a text that a spreadsheet would compute gets a quote mark."""
    out = io.StringIO()
    out.write(_BOM)
    writer = csv.writer(out)
    writer.writerow(sheet.header)
    writer.writerows([_harmless(cell) for cell in row] for row in sheet.rows)
    return out.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def to_ods(sheet: Sheet) -> bytes:
    """Return the sheet as an OpenDocument spreadsheet; numbers stay numbers, texts are never formulas.

    Raises:
        ValueError: more rows than `ODS_ROWS_MAX`.
    """
    if len(sheet.rows) > ODS_ROWS_MAX:
        raise ValueError(f"{len(sheet.rows)} rows; a document holds {ODS_ROWS_MAX}")
    document = OpenDocumentSpreadsheet()
    bold = Style(name="head", family="table-cell")
    bold.addElement(TextProperties(fontweight="bold"))
    document.automaticstyles.addElement(bold)
    table = Table(name=sheet.name)
    head = TableHeaderRows()
    head.addElement(_row(sheet.header, bold))
    table.addElement(head)
    for row in sheet.rows:
        table.addElement(_row(row))
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _row(cells: Sequence[Cell], style: Style | None = None) -> TableRow:
    row = TableRow()
    look = {} if style is None else {"stylename": style}
    for cell in cells:
        kind = {"valuetype": "float", "value": str(cell)} if isinstance(cell, int) else {"valuetype": "string"}
        element = TableCell(**kind, **look)
        element.addElement(P(text="" if cell is None else str(cell)))
        row.addElement(element)
    return row
