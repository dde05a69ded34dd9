"""Fields that many bodies of the REST API share: names in both languages, moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field

from cloud.clock import from_ms, to_ms

if TYPE_CHECKING:
    from datetime import datetime

# no control characters: a name is one line, and PostgreSQL stores no NUL
LINE = r"^[^\x00-\x1f\x7f]+$"

NameZh = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE, description="Name in Chinese (中文名稱)")]
NameEn = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE, description="Name in English")]
ValidFrom = Annotated[AwareDatetime | None, Field(description="Null: from now on")]
ValidTo = Annotated[AwareDatetime | None, Field(description="Null: until further notice")]
PlaceCodes = Annotated[list[str], Field(max_length=200, description="Place codes (卸存地代碼)")]


def moment(at_ms: int | None) -> datetime | None:
    """Return a stored time as the API writes it."""
    return None if at_ms is None else from_ms(at_ms)


def millis(at: datetime | None) -> int | None:
    """Return a time of a body as it is stored."""
    return None if at is None else to_ms(at)
