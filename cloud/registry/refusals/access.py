"""Refusals about who is asking, and requests that cannot be understood; gates and their keys."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("TOKEN", 401, "未附或錯誤的存取權杖", "The bearer token is missing or wrong"),
    Text("SIGNATURE", 401, "閘道簽章無效", "The gate's signature is missing or does not verify"),
    Text("HOST", 421, "此位址未設為本系統的主機名稱", "This address is not one of the host names served here"),
    Text("ORIGIN", 403, "不接受其他網站的操作", "A page of another origin may not act here"),
    Text("NOT-FOUND", 404, "查無此資料", "There is no such resource"),
    Text("METHOD", 405, "此資源不支援該操作", "The resource does not know this method"),
    Text("INVALID", 422, "內容不符格式", "The content does not fit the format"),
    Text("TOO-LARGE", 413, "內容超過大小上限", "The content is larger than allowed"),
    Text("BUSY", 503, "系統忙碌，請稍後再試", "The system cannot answer just now; try again"),
    Text("KEY", 422, "公開金鑰不符格式", "The public key cannot be used"),
    Text("KEY-TAKEN", 409, "金鑰已登錄於其他閘道或已停用", "The key belongs to another gate or was revoked"),
    Text(
        "KEY-CHANGE",
        409,
        "閘道已登錄其他金鑰；換鑰須明示",
        "The gate has another key; ask for a replacement explicitly",
    ),
    Text("GATE-UNKNOWN", 422, "閘道未登錄", "The gate is not in the register"),
    Text("GATE-RETIRED", 409, "閘道已停用", "The gate is retired"),
    Text("FORBIDDEN", 403, "您的角色或轄區不得辦理此項作業", "Your role or your sites do not allow this"),
    Text("STATE", 409, "目前狀態不得辦理此項作業", "The present state does not allow this"),
    Text("CONFLICT", 409, "資料已由他人變更，請重新查詢", "Somebody else was first; look again"),
)
