"""Refusals about sites, fences, location tags, route limits."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("FENCE", 422, "電子圍籬不是有效的多邊形", "The fence is not a valid polygon"),
    Text("SITE-UNKNOWN", 422, "卸存地代碼未登錄", "The place code is not in the register"),
    Text("SITE-CLOSED", 409, "該站此時不在有效期間內", "The site takes no part at that time"),
    Text("TAG-TAKEN", 409, "此晶片已登錄為其他位置標籤", "The chip is registered as another location tag"),
    Text(
        "TAG-GROUND",
        422,
        "僅訊號不良無法確認位置時得申請位置標籤",
        "Tags are for places without a satellite fix (R-018)",
    ),
    Text("SITE-TAGS-FULL", 409, "該站啟用之位置標籤已達上限", "The site has as many tags as a manifest can hold"),
    Text("NOTICE-UNKNOWN", 422, "查無欲更正之通報", "There is no such notice at this site to put right"),
    Text(
        "NOTICE-CORRECTED",
        409,
        "該通報已更正，請更正最新一筆",
        "It was put right before; correct the newest row",
    ),
    Text("NOTICE-FUTURE", 422, "通報時間晚於現在", "The notice tells of a time that has not come yet"),
    Text("CSV", 422, "檔案不是可讀取之 CSV", "The file cannot be read as CSV with the columns asked for"),
    Text("CSV-LINES", 422, "檔案有不符之列，全部未登錄", "Lines of the file do not fit; nothing of it was stored"),
    Text("VALIDITY", 422, "有效期間重疊或顛倒", "The validity overlaps another or ends before it begins"),
)
