"""Refusals about sites, fences, location tags, route limits."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("FENCE", 422, "電子圍籬不是有效的多邊形", "The fence is not a valid polygon"),
    Text("SITE-UNKNOWN", 422, "卸存地代碼未登錄", "The place code is not in the register"),
    Text("TAG-TAKEN", 409, "位置標籤已登錄於其他站", "The location tag is registered to another site"),
    Text("VALIDITY", 422, "有效期間重疊或顛倒", "The validity overlaps another or ends before it begins"),
)
