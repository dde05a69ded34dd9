"""Scripts, styles, fonts and pictures of the pages, under an address that changes with their content.

The address holds a stamp, so that a browser may keep each file for ever and still never shows an old one.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.exceptions import HTTPException as NotServed
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent.parent / "static"
STAMP_CHARS = 12
VENDOR_STAMP = STATIC / "vendor" / "stamp.txt"

router = APIRouter()
_files = StaticFiles(directory=STATIC)


class AssetsMissingError(Exception):
    """The pages' scripts and fonts were never built; the text says what to do."""


@cache
def stamp() -> str:
    """Name the content of all files; AssetsMissingError where the build step that fetches them did not run."""
    if not VENDOR_STAMP.exists():
        raise AssetsMissingError(
            f"{STATIC}/vendor is missing: run `uv sync --reinstall-package sealgate` with Node.js or a network at hand"
        )
    content = hashlib.sha256(VENDOR_STAMP.read_bytes())
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts):
        content.update(path.read_bytes())
    return content.hexdigest()[:STAMP_CHARS]


def address(name: str) -> str:
    """Return where a file below `static/` is served."""
    return f"/s/{stamp()}/{name}"


@router.get("/s/{asked}/{name:path}")
async def serve(request: Request, asked: str, name: str) -> Response:
    """Serve one file; an address from before an update gets the new file, but is not kept."""
    try:
        response = await _files.get_response(name, request.scope)
    except NotServed as error:
        raise HTTPException(error.status_code) from error
    current = asked == stamp()
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
    return response
