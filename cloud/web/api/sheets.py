"""How a table for people leaves the REST API: CSV or ODS, named as it is titled, with Minguo dates (R-115)."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from cloud.clock import from_ms
from cloud.registry.exports import Sheet, to_csv, to_ods
from cloud.registry.refusals import Refusal

Format = Annotated[Literal["csv", "ods"], Query(alias="format", description="CSV (UTF-8) or OpenDocument")]
CSV = "text/csv; charset=utf-8"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
FILES: dict[int | str, dict[str, object]] = {200: {"content": {CSV: {}, ODS: {}}}}

_TAIPEI = ZoneInfo("Asia/Taipei")
_MINGUO_OFFSET = 1911


def minguo(at_ms: int) -> str:
    """Write a moment as 115/11/23 14:05:09, in Taipei."""
    at = from_ms(at_ms).astimezone(_TAIPEI)
    return f"{at.year - _MINGUO_OFFSET}/{at:%m/%d %H:%M:%S}"


def answer(sheet: Sheet, form: Literal["csv", "ods"]) -> Response:
    """Return the sheet as a file to keep; Refusal INVALID where a document cannot hold it."""
    try:
        content = to_csv(sheet) if form == "csv" else to_ods(sheet)
    except ValueError as error:
        raise Refusal("INVALID", f"format: {error}") from error
    name = quote(f"{sheet.name}.{form}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=CSV if form == "csv" else ODS, headers=headers)
