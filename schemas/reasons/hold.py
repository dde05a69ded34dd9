"""Why a person put goods on hold (留置, R-068, R-072); both gates show it until an officer lifts it."""

from __future__ import annotations

from schemas.reasons.model import Reason

HOLDS: tuple[Reason, ...] = (
    Reason(
        "HOLD-UNREADABLE",
        "電子封條無法讀取",
        "The e-seal cannot be read",
        "留置貨櫃，取得司機書面說明與證件影本，通報監管關員",
        "Keep the container, take the driver's statement and a copy of ID, tell the officer",
    ),
    Reason(
        "HOLD-UNSEALED",
        "電子封條未固封",
        "The e-seal is not closed",
        "留置貨櫃，取得司機書面說明與證件影本，通報監管關員",
        "Keep the container, take the driver's statement and a copy of ID, tell the officer",
    ),
    Reason(
        "HOLD-OPENED",
        "紙封條異常啟封",
        "The paper seal was opened without leave",
        "留置貨櫃，取得司機書面說明與證件影本，通報監管關員",
        "Keep the container, take the driver's statement and a copy of ID, tell the officer",
    ),
    Reason(
        "HOLD-ALTERED",
        "封條有變造跡證",
        "The seal shows traces of tampering",
        "留置貨櫃，勿觸動封條，取得司機書面說明與證件影本，通報監管關員",
        "Keep the container, do not touch the seal, take statement and copy of ID, tell the officer",
    ),
    Reason(
        "HOLD-OTHER",
        "其他可能非法異常",
        "Something else that may be unlawful",
        "留置貨櫃，取得司機書面說明與證件影本，通報監管關員",
        "Keep the container, take the driver's statement and a copy of ID, tell the officer",
    ),
)
