"""Refusals about who is asking, and requests that cannot be understood; gates and their keys."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("TOKEN", 401, "未附或錯誤的存取權杖", "The bearer token is missing or wrong"),
    Text("SESSION", 401, "尚未登入或登入已逾時", "Nobody is signed in, or the session is over"),
    Text("SIGN-IN", 401, "帳號或密碼錯誤", "The account or the password is wrong"),
    Text("SIGN-IN-WAIT", 429, "登入失敗次數過多，請稍後再試", "Too many failed attempts; wait before the next one"),
    Text("SIGN-IN-LINK", 401, "登入連結無效、已使用或已逾時", "The sign-in link is unknown, used, or too old"),
    Text("FIRST-LOGIN", 403, "請先設定個人帳號及密碼", "Set your own account name and password first (R-016)"),
    Text(
        "PASSWORD",
        422,
        "密碼不符規定：至少十二字元，不得含帳號",
        "12 characters at least, without the account's name",
    ),
    Text("PASSWORD-SAME", 422, "新密碼不得與原密碼相同", "The new password is the old one"),
    Text("PASSWORD-TWICE", 422, "兩次輸入的密碼不同", "The two passwords differ"),
    Text("ACCOUNT-TAKEN", 409, "帳號名稱已有人使用", "The account's name is taken"),
    Text("PERSON-TAKEN", 409, "此人已有帳號", "This person has an account already"),
    Text(
        "ROLES",
        422,
        "帳號須有角色；海關、業者、帳號管理不得兼任",
        "An account serves one side: customs, trade, or accounts",
    ),
    Text("OWN-ACCOUNT", 409, "不得變更自己帳號的角色或狀態", "Nobody changes roles or state of their own account"),
    Text("IDEMPOTENCY", 422, "同一識別鍵已用於另一請求", "The Idempotency-Key belongs to another request"),
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
