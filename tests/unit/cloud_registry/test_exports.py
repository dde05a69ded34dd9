"""Sheets as CSV and ODS: what was written is what is read, and no spreadsheet computes it (R-034)."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odf.opendocument import load
from odf.table import Table, TableCell, TableRow

from cloud.registry.exports import Sheet, to_csv, to_ods

SHEET = Sheet(name="封條使用登記簿", header=["封條號碼", "數量"], rows=[["KE26A0000123", 1], ["=1+1", None]])
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.req("R-034")
def test_csv_is_read_back_and_computes_nothing() -> None:
    content = to_csv(SHEET)
    assert content.startswith(b"\xef\xbb\xbf")
    assert cells(content) == [["封條號碼", "數量"], ["KE26A0000123", "1"], ["'=1+1", ""]]


@pytest.mark.req("R-034")
@given(rows=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=2, max_size=2)))
def test_no_cell_of_a_csv_begins_a_formula(rows) -> None:
    read = cells(to_csv(Sheet(name="x", header=["a", "b"], rows=rows)))
    assert len(read) == len(rows) + 1
    for told, row in zip(rows, read[1:], strict=True):
        assert not any(cell.startswith(FORMULA_STARTS) for cell in row)
        assert [cell.removeprefix("'") for cell in row] == [cell.removeprefix("'") for cell in told]


@pytest.mark.req("R-034")
def test_an_ods_opens_with_texts_and_numbers() -> None:
    content = to_ods(SHEET)
    assert zipfile.ZipFile(io.BytesIO(content)).read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
    document = load(io.BytesIO(content))
    (table,) = document.spreadsheet.getElementsByType(Table)
    assert table.getAttribute("name") == "封條使用登記簿"
    rows = [row.getElementsByType(TableCell) for row in table.getElementsByType(TableRow)]
    assert [[str(cell) for cell in row] for row in rows] == [["封條號碼", "數量"], ["KE26A0000123", "1"], ["=1+1", ""]]
    assert [cell.getAttribute("valuetype") for cell in rows[1]] == ["string", "float"]
    assert [cell.getAttribute("formula") for row in rows for cell in row] == [None] * 6


@pytest.mark.req("R-034")
@given(text=TEXT)
def test_any_text_stands_in_an_ods_as_it_was_told(text) -> None:
    (table,) = load(io.BytesIO(to_ods(Sheet(name="x", header=["a"], rows=[[text]])))).spreadsheet.getElementsByType(
        Table
    )
    assert str(table.getElementsByType(TableRow)[1].getElementsByType(TableCell)[0]) == text
