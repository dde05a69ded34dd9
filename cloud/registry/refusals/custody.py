"""Refusals about pictures, documents, holds, outages."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("PHOTO-HASH", 422, "影像雜湊與簽署不符", "The picture's bytes are not the ones that were signed for"),
    Text("PHOTO-OFFSET", 409, "續傳位置不符", "These are not the next bytes of the picture"),
    Text("PHOTO-AGAIN", 409, "影像續傳內容受損，請重新傳送", "What came in pieces is spoilt: send the picture again"),
    Text("PHOTO-QUOTA", 429, "待認領影像過多", "Too many pictures of this gate wait for the event that names them"),
    Text("DOCUMENT-UNKNOWN", 422, "查無此文件，請先上傳", "There is no such document: put it first"),
    Text("DOCUMENT-HASH", 422, "文件雜湊與位址不符", "The document's bytes are not the ones its address names"),
    Text("DOCUMENT-TYPE", 415, "不接受此文件格式，或內容與格式不符", "The document is not of a format taken here"),
    Text("DOCUMENT-QUOTA", 429, "已上傳而未使用之文件過多", "Too many documents of this account wait to be used"),
    Text("DOCUMENT-REMOVED", 410, "文件已逾保存期限，業已移除", "The document's time is over and it was removed"),
    Text("LOOK-REASON", 422, "查閱個人資料文件須敘明事由", "Say why you look at a document with personal data"),
    Text("DOCUMENT-OPEN", 422, "含個人資料之文件須以限閱上傳", "A paper with personal data must be put as restricted"),
    Text("HOLD-REASON", 422, "留置事由與封條種類不符", "The reason for the hold does not exist for this kind of seal"),
    Text("HELD-ALREADY", 409, "該移動已在留置中", "These goods are on hold already"),
    Text(
        "STATEMENT",
        422,
        "書面說明須有司機姓名及文字或掃描檔",
        "A statement needs the driver's name and text or scan",
    ),
    Text("PAPERS-MISSING", 409, "通報、書面說明或證件影本尚缺，不得結案", "Report, statement or copy of ID is missing"),
    Text("PAPER-SEALED", 409, "此文件尚未解密", "The paper has not been opened"),
    Text("FINDING", 422, "解除、註銷或結案須敘明查證結果", "Say what was found"),
    Text("OUTAGE-TAKEN", 409, "此通報文號已登錄故障", "An outage is declared under this notice already"),
    Text("OUTAGE-ENDED", 409, "此故障已宣告結束", "The end of this outage is declared already"),
    Text("OUTAGE-TIME", 422, "故障起訖時間不符", "The times of the outage do not fit"),
    Text("OUTAGE-UNKNOWN", 422, "查無已宣告之故障", "There is no such declared outage (R-073)"),
    Text("OUTAGE-SCOPE", 422, "該站不在故障範圍內", "The outage does not cover this site"),
    Text("OUTAGE-ONGOING", 409, "系統恢復後始得辦理", "This is done after the system has recovered (R-078)"),
    Text("MOVEMENT-UNKNOWN", 422, "查無運往該站之移動", "No movement of this seal is bound for this site"),
    Text("SCREEN-KIND", 422, "此畫面不受理該封條種類", "This screen is for the other kind of seal (R-079, R-081)"),
    Text("ARRIVAL-TIME", 422, "到站時間不符", "The time of arrival does not fit"),
    Text("ARRIVAL-IMAGE", 422, "請上載進站影像資料", "An image of the arrival is needed (R-079, R-081)"),
    Text("NOTHING-LEFT", 409, "此封條已無待辦事項", "Nothing is left to be done for this seal"),
    Text("HELD", 409, "貨物留置中，須先由關員解除留置", "The goods are on hold: an officer lifts that first"),
    Text("FOOTAGE-OVER", 409, "影像保存期限已過", "The yard need not have kept its footage any more"),
)
