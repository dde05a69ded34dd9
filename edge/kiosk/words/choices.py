"""The words of codes that a person chooses from or fills in: operations, questions, grounds, positions, fields."""

from __future__ import annotations

from edge.kiosk.words.model import Question, Words

OPERATIONS = {
    "SEAL_OUT_E": Words("加封出站", "Seal and depart"),
    "SEAL_OUT_P": Words("加封", "Paper seal, depart"),
    "ARRIVE": Words("到站讀取", "Arrival read"),
    "READ_CONFIRM_OUT": Words("讀取確認（起運）", "Read-confirm (out)"),
    "READ_CONFIRM_IN": Words("讀取確認（運往）", "Read-confirm (in)"),
    "MAKEUP_ARRIVE": Words("補作進站讀取", "Make-up arrival read"),
    "INSPECT": Words("查驗讀取", "Inspection read"),
    "ABNORMAL_IN": Words("收櫃異常留置", "Abnormal: hold it"),
    "SCRAP": Words("報廢登錄", "Scrap the seal"),
    "PAPERS": Words("留置補件", "Papers for a hold"),
}

ROLES = {
    "OFFICER": Words("關員", "Officer"),
    "SPECIALIST": Words("專責人員", "Specialist"),
}

_MATCH = Words("相符", "Match")
_DIFFERS = Words("不符", "Differs")

QUESTIONS = {
    "container": Question(
        Words("櫃號", "Container"),
        Words("貨櫃上的號碼與此相符？", "Is this the number on the container?"),
        _MATCH,
        _DIFFERS,
    ),
    "seal": Question(
        Words("封條號碼", "Seal number"),
        Words("封條上的明碼與此相符？", "Is this the number printed on the seal?"),
        _MATCH,
        _DIFFERS,
    ),
    "plate": Question(
        Words("車號", "Plate"),
        Words("拖車車牌與此相符？", "Is this the tractor's plate?"),
        _MATCH,
        _DIFFERS,
    ),
    "load": Question(
        Words("運送單", "Transport order"),
        Words("實際裝載與此運送單相符？", "Does the load match this transport order?"),
        _MATCH,
        _DIFFERS,
    ),
    "sealed": Question(
        Words("固封", "Locked, intact"),
        Words("拉一下：已固封、無變造跡證？", "Pull it: locked and intact?"),
        Words("已固封", "Locked"),
        Words("否", "No"),
    ),
}

CHOICES = {
    # 加封位置
    "RIGHT_INNER_ROD": Words("右門內桿", "Right inner rod"),
    "RIGHT_LOWER_SEAT": Words("內桿下方孔座", "Seat below it"),
    "RIGHT_OUTER_ROD": Words("右門外桿", "Right outer rod"),
    "OTHER_APPROVED": Words("其他許可位置", "Other approved"),
    # what is wrong at arrival
    "UNREADABLE": Words("無法讀取", "Cannot be read"),
    "UNSEALED": Words("未固封", "Not locked"),
    "OPENED": Words("異常啟封", "Opened without leave"),
    "ALTERED": Words("有變造跡證", "Traces of tampering"),
    "OTHER": Words("其他可能非法異常", "Other irregularity"),
    # the two ways in which the seal on the door fails
    "NOT-LOCKED": Words("未固封", "Not locked"),
    "TAMPERED": Words("有變造跡證", "Tampered"),
}

ENTRIES = {
    "container": Words("櫃號", "Container"),
    "seal_no": Words("封條號碼", "Seal number"),
    "plate": Words("車號", "Plate"),
    "transport_order": Words("運送單號", "Transport order"),
    "pin": Words("密碼", "PIN"),
    "driver": Words("司機姓名", "Driver's name"),
    "statement": Words("書面說明", "Statement"),
}
