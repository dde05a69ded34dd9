"""How a request of the REST API meets the database: one transaction, tried once more when two requests collide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from cloud.registry.refusals import Refusal
from cloud.store.engine import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import Request, Response
    from sqlalchemy import Connection

T = TypeVar("T")
Item = TypeVar("Item")

PAGE_DEFAULT = 100
PAGE_MAX = 500
NUMBER_MAX = 2**63 - 1  # what a row id can be

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many items at most")]
After = Annotated[str, Query(max_length=64, description="The `next` of the page before")]


class Page(BaseModel, Generic[Item]):
    """A part of a list; ask again with `after` = `next` until it is null."""

    items: list[Item]
    next: str | None


def number_after(after: str) -> int:
    """Return the `after` of a list that goes by numbers; Refusal INVALID where no page can have given it."""
    if not (after.isascii() and after.isdigit() and int(after) <= NUMBER_MAX):
        raise Refusal("INVALID", "after: the `next` of the page before")
    return int(after)


def page_of(rows: Sequence[Any], limit: int, key: str, read: Callable[[Any], Item]) -> Page[Item]:
    """Make a page of rows; a full one has a next."""
    last = str(getattr(rows[-1], key)) if len(rows) == limit else None
    return Page(items=[read(row) for row in rows], next=last)


def put(request: Request, response: Response, work: Callable[[Connection], bool]) -> None:
    """Run `work` in one transaction; the status becomes 201 if it says that something new was made.

    Two equal requests at the same moment may both find nothing and both insert: the second is run again and then
    finds what the first made, as it would have a moment later.
    """
    engine = request.app.state.engine
    try:
        with writing(engine) as connection:
            created = work(connection)
    except IntegrityError:
        with writing(engine) as connection:
            created = work(connection)
    response.status_code = 201 if created else 200
