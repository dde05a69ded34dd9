"""Refusals about messages and files that arrive, and about sealing instructions."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("MESSAGE-ENCODING", 422, "訊息不是 UTF-8 編碼", "The message is not in UTF-8"),
    Text("MESSAGE-DTD", 422, "訊息含文件型別或實體宣告，不予解析", "The message declares a document type or entities"),
    Text("MESSAGE-MALFORMED", 422, "訊息毀損或不完整，無法解析", "The message is damaged or cut off"),
    Text("MESSAGE-KIND", 422, "不認識的訊息種類或版本", "A kind or version of message that is not known here"),
    Text("MESSAGE-FIELD", 422, "訊息欄位缺漏或不符格式", "A field of the message is missing or does not fit"),
    Text("INSTRUCTION-TAKEN", 409, "此文件號碼已對該櫃開立加封指示", "The document orders this container already"),
    Text("TASK-CLOSED", 409, "此待辦已由他人處理", "Somebody has dealt with this already"),
    Text("TASK-DECISION", 422, "此待辦不適用該處理方式", "This decision does not fit the task"),
    Text("CODE-FIXED", 409, "處理註記 B 之意義不得變更", "What process code B means cannot be changed"),
)
