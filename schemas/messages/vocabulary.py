"""The words that messages are made of: checked scalars, enumerations, and what every message has.

A pattern ends by refusing a line break after `$`, which Python would let through and ECMA 262 would not.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

GateId = Annotated[
    str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$(?!\n)", description="One kiosk computer, one signing key")
]
PlaceCode = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,8}$(?!\n)", description="卸存地代碼 (A8d: an..8)")]
SealNumber = Annotated[
    str, Meta(pattern=r"^[0-9A-Z-]{1,17}$(?!\n)", description="明碼, the printed number (A8d: an..17)")
]
ContainerNumber = Annotated[
    str, Meta(pattern=r"^[0-9A-Z]{1,17}$(?!\n)", description="container or bonded unit (R-047)")
]
UidHex = Annotated[str, Meta(pattern=r"^[0-9A-F]{8,20}$(?!\n)", description="UID of an NFC chip, 暗碼, upper-case hex")]
HexBytes = Annotated[
    str, Meta(pattern=r"^([0-9A-F]{2})*$(?!\n)", max_length=2048, description="raw bytes, upper-case hex")
]
Hash = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)", description="SHA-256, base64url without padding (RFC 7515)")
]
BootId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)", description="drawn anew at each start of the agent")]
Code = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9-]{1,39}$(?!\n)", description="a stable code of `reasons`")]
Ordinal = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Metres = Annotated[float, Meta(gt=0, le=100_000)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Text = Annotated[str, Meta(max_length=200)]
UtcTime = Annotated[datetime, Meta(tz=True)]
YEAR_MIN, YEAR_MAX = 1970, 2200  # 1970: a clock that was never set still has to be recorded


class Model(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message."""


class Message(Model, frozen=True, kw_only=True):
    """A whole signed payload; `v` is its version."""

    v: Literal[1]


class SealKind(StrEnum):
    """R-002: two kinds of seal with rules of their own."""

    E = "E"  # 被動式電子封條
    PA = "PA"  # 電子紙封條


class Operation(StrEnum):
    """What a person does at a lane (A8d 作業別; R-051, R-059, R-065, R-067, R-091)."""

    SEAL_OUT_E = "SEAL_OUT_E"  # 加封出站
    SEAL_OUT_P = "SEAL_OUT_P"  # 加封
    ARRIVE = "ARRIVE"  # 到站讀取
    READ_CONFIRM_OUT = "READ_CONFIRM_OUT"  # 讀取確認 at the origin
    READ_CONFIRM_IN = "READ_CONFIRM_IN"  # 讀取確認 at the destination
    MAKEUP_ARRIVE = "MAKEUP_ARRIVE"  # 補作進站讀取
    INSPECT = "INSPECT"  # a tap for which the manifest foresees nothing: recorded, moves nothing
    ABNORMAL_IN = "ABNORMAL_IN"  # 收櫃異常: the goods are held at the destination
    SCRAP = "SCRAP"  # 報廢登錄 of a seal that cannot be read at departure
    PAPERS = "PAPERS"  # 補件: the driver's statement and copy of ID for a hold recorded before


class SealPosition(StrEnum):
    """加封位置 (R-043)."""

    RIGHT_INNER_ROD = "RIGHT_INNER_ROD"  # 右側櫃門內桿
    RIGHT_LOWER_SEAT = "RIGHT_LOWER_SEAT"  # 其下方封條孔座
    RIGHT_OUTER_ROD = "RIGHT_OUTER_ROD"  # 右門外桿
    OTHER_APPROVED = "OTHER_APPROVED"  # 海關許可之其他位置


class Abnormal(StrEnum):
    """What is wrong with a seal at arrival; which of them a kind of seal knows is R-068 (E) and R-072 (Pa)."""

    UNREADABLE = "UNREADABLE"  # 無法讀取 (E)
    UNSEALED = "UNSEALED"  # 未固封 (E)
    OPENED = "OPENED"  # 異常啟封 (Pa)
    ALTERED = "ALTERED"  # 有變造跡證
    OTHER = "OTHER"  # 其他可能非法異常


class PaperKind(StrEnum):
    """What a driver leaves behind with a hold; on the gate it exists only encrypted to the cloud's key (R-116)."""

    STATEMENT = "STATEMENT"  # 司機書面說明
    DRIVER_ID = "DRIVER_ID"  # 身分證明影本


class Verdict(StrEnum):
    """The light of the lane: the same words in code, events and screens."""

    GO = "GO"  # 放行
    STOP = "STOP"  # 停車
    REFER = "REFER"  # 請洽關員


class Location(StrEnum):
    """Whether the lane stands where it claims to stand (R-052, R-058, R-112)."""

    CONFIRMED = "CONFIRMED"
    OUTSIDE = "OUTSIDE"
    UNCONFIRMED = "UNCONFIRMED"


class SealProof(StrEnum):
    """What is known cryptographically of the seal when the light was shown."""

    VERIFIED = "VERIFIED"
    FAILED = "FAILED"
    NOT_VERIFIED = "NOT_VERIFIED"  # no key at the gate: the cloud checks later and may send a hold


class Quality(StrEnum):
    """Where the gate's clock has its time from, best first (B0 clock trust)."""

    GNSS = "GNSS"
    NTP = "NTP"
    RTC = "RTC"
    UNSET = "UNSET"


class EventTime(Model, frozen=True, kw_only=True):
    """When it happened at the gate; the true time lies within ±`bound_ms` of `at` if a bound is known."""

    at: UtcTime
    quality: Quality
    bound_ms: Count | None = None

    def __post_init__(self) -> None:
        """Refuse years that no clock of ours can show: arithmetic on them would overflow."""
        if not YEAR_MIN <= self.at.year <= YEAR_MAX:
            raise ValueError(f"year {self.at.year} is outside {YEAR_MIN}…{YEAR_MAX}")
