"""Refusals about the seal stock and its registers."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("SEAL-KIND", 409, "封條種類登錄後不得變更", "The kind of a seal cannot change after issue (R-002)"),
    Text("UID-TAKEN", 409, "晶片號碼已登錄於其他封條", "The chip's UID is registered to another seal"),
    Text("SEAL-IN-USE", 409, "封條已配櫃，不得變更", "The seal is paired and cannot change"),
    Text("SEAL-UNISSUED", 422, "封條未登錄領用", "The seal is not in the issue register"),
    Text("SEAL-DEAD", 409, "封條已報廢，不得再使用", "The seal is scrapped and never returns to use (R-063)"),
    Text("NO-BATCH", 422, "電子紙封條不得批次請領，應逐案申請加封", "Paper seals are applied for one by one (R-035)"),
    Text("QUANTITY", 422, "數量與起迄號碼不符", "The quantity is not that of the range (R-032)"),
    Text("RANGE", 422, "起迄號碼不成一連續號段", "First and last number do not make a range"),
    Text("RANGE-TAKEN", 409, "號段與已核發之號段重疊，或該筆已更正", "The range overlaps one that is issued already"),
    Text("SCRAP-KIND", 409, "此報廢程序不適用於該種封條", "This step of scrapping is for the other kind of seal"),
    Text("SEAL-KNOWN", 409, "封條號碼已登錄他晶片或他金鑰", "The number is registered with another chip or key"),
    Text("TWICE", 422, "檔案內重複", "The file says it twice"),
    Text("CORRECTED", 409, "該筆登記已更正，請更正最新一筆", "This entry is corrected already; correct the newest one"),
    Text("IMPORT", 422, "匯入檔有誤，未匯入任何資料", "The file has faults; nothing of it was taken"),
)
