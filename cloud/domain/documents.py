"""What a document kept as evidence may be: kinds, formats, and which are personal by nature (D5, R-070)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class DocumentKind(StrEnum):
    """What a document shows."""

    STATEMENT = "STATEMENT"  # 司機書面說明
    ID_COPY = "ID_COPY"  # 司機身分證明影本
    WRITTEN_ORDER = "WRITTEN_ORDER"  # 書面指示
    APPLICATION = "APPLICATION"  # 加封申請附件
    PERMIT = "PERMIT"  # 核准文件
    TRANSPORT_ORDER = "TRANSPORT_ORDER"  # 運送單
    SEALING_PHOTO = "SEALING_PHOTO"  # 加封影像
    ARRIVAL_PHOTO = "ARRIVAL_PHOTO"  # 進站影像
    TAG_PHOTO = "TAG_PHOTO"  # 位置標籤影像
    NOTICE = "NOTICE"  # 公告、通報
    DIAGNOSIS = "DIAGNOSIS"  # 封條檢測
    OTHER = "OTHER"


PERSONAL = frozenset({DocumentKind.STATEMENT, DocumentKind.ID_COPY})  # restricted whoever asks

# Media type → how its bytes begin. No format that runs scripts where it is looked at, save PDF, which is downloaded.
MEDIA: Mapping[str, bytes] = MappingProxyType(
    {
        "image/jpeg": b"\xff\xd8\xff",
        "image/png": b"\x89PNG\r\n\x1a\n",
        "application/pdf": b"%PDF-",
        "application/json": b"{",  # what is said in words, as a service writes it down
    }
)


def is_of(content: bytes, media_type: str) -> bool:
    """Return whether bytes begin as their media type says."""
    start = MEDIA.get(media_type)
    return start is not None and content.startswith(start)
