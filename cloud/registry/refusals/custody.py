"""Refusals about pictures, documents, holds, outages."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("PHOTO-HASH", 422, "影像雜湊與簽署不符", "The picture's bytes are not the ones that were signed for"),
    Text("PHOTO-QUOTA", 429, "待認領影像過多", "Too many pictures of this gate wait for the event that names them"),
    Text("DOCUMENT-UNKNOWN", 422, "查無此文件，請先上傳", "There is no such document: put it first"),
    Text("DOCUMENT-HASH", 422, "文件雜湊與位址不符", "The document's bytes are not the ones its address names"),
    Text("DOCUMENT-TYPE", 415, "不接受此文件格式，或內容與格式不符", "The document is not of a format taken here"),
    Text("DOCUMENT-QUOTA", 429, "已上傳而未使用之文件過多", "Too many documents of this account wait to be used"),
    Text("DOCUMENT-REMOVED", 410, "文件已逾保存期限，業已移除", "The document's time is over and it was removed"),
    Text("LOOK-REASON", 422, "查閱個人資料文件須敘明事由", "Say why you look at a document with personal data"),
)
