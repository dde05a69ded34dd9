"""Fields that many bodies of the REST API share: names in both languages, validity."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

# no control characters: a name is one line, and PostgreSQL stores no NUL
LINE = r"^[^\x00-\x1f\x7f]+$"

NameZh = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE, description="Name in Chinese (中文名稱)")]
NameEn = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE, description="Name in English")]
ValidFrom = Annotated[AwareDatetime | None, Field(description="Null: from now on")]
ValidTo = Annotated[AwareDatetime | None, Field(description="Null: until further notice")]
PlaceCodes = Annotated[list[str], Field(max_length=200, description="Place codes (卸存地代碼)")]
