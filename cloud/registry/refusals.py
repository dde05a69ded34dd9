"""Why a request is refused: a stable code, what a person reads in both languages, and the HTTP status it becomes."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """One refusal: `status` as RFC 9110 has it."""

    code: str
    status: int
    zh: str
    en: str


_TEXTS = (
    Text("TOKEN", 401, "未附或錯誤的存取權杖", "The bearer token is missing or wrong"),
    Text("SIGNATURE", 401, "閘道簽章無效", "The gate's signature is missing or does not verify"),
    Text("HOST", 421, "此位址未設為本系統的主機名稱", "This address is not one of the host names served here"),
    Text("ORIGIN", 403, "不接受其他網站的操作", "A page of another origin may not act here"),
    Text("NOT-FOUND", 404, "查無此資料", "There is no such resource"),
    Text("METHOD", 405, "此資源不支援該操作", "The resource does not know this method"),
    Text("INVALID", 422, "內容不符格式", "The content does not fit the format"),
    Text("TOO-LARGE", 413, "內容超過大小上限", "The content is larger than allowed"),
    Text("FENCE", 422, "電子圍籬不是有效的多邊形", "The fence is not a valid polygon"),
    Text("SITE-UNKNOWN", 422, "卸存地代碼未登錄", "The place code is not in the register"),
    Text("BADGE-TAKEN", 409, "識別證已登錄於其他人員", "The badge is registered to somebody else"),
    Text("SITE-FULL", 409, "該站登錄人員已達上限", "The site has as many badges as a manifest can hold"),
    Text("TAG-TAKEN", 409, "位置標籤已登錄於其他站", "The location tag is registered to another site"),
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
    Text("VALIDITY", 422, "有效期間重疊或顛倒", "The validity overlaps another or ends before it begins"),
    Text("SEAL-KIND", 409, "封條種類登錄後不得變更", "The kind of a seal cannot change after issue (R-002)"),
    Text("UID-TAKEN", 409, "晶片號碼已登錄於其他封條", "The chip's UID is registered to another seal"),
    Text("SEAL-IN-USE", 409, "封條已配櫃，不得變更", "The seal is paired and cannot change"),
    Text("SEAL-UNISSUED", 422, "封條未登錄領用", "The seal is not in the issue register"),
    Text("SEAL-PAIRED", 409, "封條已配於其他運送單", "The seal is paired with another transport order"),
    Text("SEAL-BLOCK", 422, "封條種類與封條號碼登錄不符", "The seal's type in the order is not the one registered"),
    Text("ONE-E-SEAL", 422, "一運送單限配一電子封條", "One e-seal is enough for one order (R-042)"),
    Text("ORDER-DEPARTED", 409, "運送單已出站，不得變更", "The order has departed and cannot change"),
    Text("ORDER-CANCELLED", 409, "運送單已取消", "The order is cancelled"),
    Text("PHOTO-HASH", 422, "影像雜湊與簽署不符", "The picture's bytes are not the ones that were signed for"),
    Text("PHOTO-QUOTA", 429, "待認領影像過多", "Too many pictures of this gate wait for the event that names them"),
    Text("BUSY", 503, "系統忙碌，請稍後再試", "The system cannot answer just now; try again"),
)
TEXTS = {text.code: text for text in _TEXTS}


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a fault
    """A request that is answered with a reason; `detail` names the field or the value."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.text = TEXTS[code]
        self.detail = detail

    @property
    def code(self) -> str:
        """The stable code."""
        return self.text.code
