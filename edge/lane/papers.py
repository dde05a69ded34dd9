"""Drivers' papers at a lane: sealed to the cloud's key in memory, their plain bytes never touch a disk (R-116)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from schemas import sealed
from schemas.messages import SealedPaper
from schemas.sealed import Purpose

if TYPE_CHECKING:
    from edge.lane.desk import Desk
    from schemas.messages import PaperKind


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A driver's statement in words (R-069), as the cloud reads it."""

    text: str
    driver: str = ""
    plate: str = ""


class NoKeyError(Exception):
    """The gate does not know the cloud's key of papers: nothing is kept, the papers are taken later."""


async def put_away(desk: Desk, kind: PaperKind, plain: bytes) -> SealedPaper:
    """Seal a paper and keep it for upload; raises NoKeyError, Rejected (too long), NotStoredError."""
    papers = desk.papers.in_force
    if papers is None or papers.manifest.papers_key is None:
        raise NoKeyError
    jwe = await asyncio.to_thread(sealed.seal, plain, papers.manifest.papers_key, Purpose.PAPER)
    name = await desk.photos.keep(jwe)
    return SealedPaper(kind=kind, sha256=name, size=len(jwe), at=desk.clock.now().at)


def statement(text: str, driver: str, plate: str) -> bytes:
    """Return a statement in words as it is sealed."""
    return msgspec.json.encode(Said(text=text, driver=driver, plate=plate))
