"""How a refusal leaves the house: {code, zh, en, detail} with the status of its code, for every kind of error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DataError, DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from cloud.registry.refusals import Refusal

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

DETAIL_CHARS_MAX = 500
_CODE_OF_STATUS = {404: "NOT-FOUND", 405: "METHOD", 413: "TOO-LARGE"}

_log = logging.getLogger(__name__)


class Refused(BaseModel):
    """Why a request was refused; `code` is stable, the texts are for people."""

    code: str
    zh: str
    en: str
    detail: str


def answer(refusal: Refusal) -> JSONResponse:
    """Write a refusal as a response."""
    text = refusal.text
    body = Refused(code=text.code, zh=text.zh, en=text.en, detail=refusal.detail[:DETAIL_CHARS_MAX])
    headers = {"WWW-Authenticate": "Bearer"} if text.code == "TOKEN" else {}
    if text.code == "SIGN-IN-WAIT":
        headers["Retry-After"] = refusal.detail
    return JSONResponse(body.model_dump(), status_code=text.status, headers=headers)


def install(app: FastAPI) -> None:
    """Have every error under /api answered as a refusal."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OverflowError, _unstorable)


async def _refusal(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return answer(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Places and reasons only: what was entered may be personal and is not sent back or logged.
    places = (".".join(str(part) for part in item["loc"]) + ": " + item["msg"] for item in error.errors())
    return answer(Refusal("INVALID", "; ".join(places)))


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if not request.url.path.startswith("/api/"):
        return Response(str(error.detail), status_code=error.status_code, headers=error.headers)
    return answer(Refusal(_CODE_OF_STATUS.get(error.status_code, "INVALID"), str(error.detail)))


async def _database(_request: Request, error: Exception) -> Response:
    if not isinstance(error, DBAPIError):
        raise error
    # Kind and statement only: the driver's own words may quote the row that did not fit.
    _log.error("database error while answering: %s in %s", type(error.orig).__name__, error.statement)
    return answer(Refusal("BUSY"))


async def _unstorable(_request: Request, error: Exception) -> Response:
    """Answer for what no column holds: a number beyond 64 bits, a time beyond the years 1 to 9999, a NUL character."""
    _log.info("refused, since it cannot be stored: %s", type(error).__name__)
    return answer(Refusal("INVALID", "a number, a time or a character that cannot be stored"))
