"""Every word of the page that is not a reason: steps, questions, buttons, and the driver's lines in four languages.

Reasons and faults have their texts in `schemas.reasons`; nothing here invents a code.
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One text for staff."""

    zh: str
    en: str


class Line(NamedTuple):
    """One line for the driver: Chinese and English always, Vietnamese and Indonesian small."""

    zh: str
    en: str
    vi: str = ""
    id: str = ""


VERDICTS = {
    "GO": Words("放行", "GO"),
    "STOP": Words("停車", "STOP"),
    "REFER": Words("請洽關員", "SEE OFFICER"),
}

OPERATIONS = {
    "SEAL_OUT_E": Words("加封出站", "Seal and depart"),
    "SEAL_OUT_P": Words("加封", "Paper seal, depart"),
    "ARRIVE": Words("到站讀取", "Arrival read"),
    "READ_CONFIRM_OUT": Words("讀取確認（起運）", "Read-confirm, origin"),
    "READ_CONFIRM_IN": Words("讀取確認（運往）", "Read-confirm, destination"),
    "MAKEUP_ARRIVE": Words("補作進站讀取", "Make-up arrival read"),
    "INSPECT": Words("查驗讀取", "Inspection read"),
    "ABNORMAL_IN": Words("收櫃異常留置", "Abnormal arrival: held"),
    "SCRAP": Words("報廢登錄", "Scrap the seal"),
    "PAPERS": Words("留置補件", "Papers for a hold"),
}

STEPS = (
    ("badge", Words("識別證", "Badge")),
    ("seal", Words("封條", "Seal")),
    ("checks", Words("核對", "Checks")),
    ("photo", Words("拍照", "Photo")),
    ("confirm", Words("確認", "Confirm")),
)


class Question(NamedTuple):
    """One check: what is asked, how it is called in the summary, and what the two buttons say."""

    name: Words
    ask: Words
    yes: Words
    no: Words


_MATCH = Words("相符", "Match")
_DIFFERS = Words("不符", "Differs")
_YES = Words("是", "Yes")
_NO = Words("否", "No")

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
        Words("固封", "Sealed"),
        Words("封條已固封、無變造？", "Locked and untouched?"),
        _YES,
        Words("有變造跡證", "Signs of tampering"),
    ),
}

TEXTS = {
    "not_locked": Words("未固封", "Not locked"),
    "title": Words("車道螢幕", "Lane screen"),
    "container": Words("櫃號", "Container"),
    "seal": Words("電子封條", "E-seal"),
    "plate": Words("車號", "Plate"),
    "tap_badge": Words("請感應識別證", "Tap your badge"),
    "tap_seal": Words("請將封條靠近讀取器", "Hold the seal to the reader"),
    "tap_seal_how": Words("封條貼近讀取器，保持到畫面變換", "Keep it there until the screen changes"),
    "tap_place": Words("請先讀取位置標籤", "Read the location tag first"),
    "tap_place_how": Words(
        "GPS 無法確認位置；讀取標籤後再讀封條", "GPS cannot confirm the place; read the tag, then the seal"
    ),
    "take_photo": Words("拍攝完整櫃門與封條", "Photograph the whole door with its seal"),
    "take_photo_how": Words("櫃門、封條、櫃號都要入鏡", "Door, seal and container number must all be in it"),
    "working": Words("處理中，請稍候", "Working, one moment"),
    "shoot": Words("拍照", "Take photo"),
    "retake": Words("重拍", "Retake"),
    "summary": Words("確認內容", "Check and confirm"),
    "confirm": Words("確認", "Confirm"),
    "undo": Words("上一步", "Back"),
    "cancel": Words("取消", "Cancel"),
    "sign_out": Words("登出", "Sign out"),
    "done": Words("完成", "Done"),
    "noted": Words("知悉", "Noted"),
    "staff": Words("人員", "Staff"),
    "seconds": Words("秒", "s"),
    "hold": Words("留置", "HOLD"),
    "held_since": Words("自", "since"),
    "more_holds": Words("件留置未列出", "more on hold"),
    "attention": Words("設備狀態", "Equipment"),
    "to_do": Words("處置", "To do"),
    "offline": Words("離線作業中，判定照常", "Working offline, decisions go on"),
    "waiting": Words("筆暫存，連線後自動上傳", "records stored; they upload by themselves"),
    "reader": Words("讀取器", "Reader"),
    "camera": Words("攝影機", "Camera"),
    "gps": Words("定位", "Position"),
    "network": Words("網路", "Network"),
    "ok": Words("正常", "ok"),
    "broken": Words("異常", "fault"),
    "place_ok": Words("位置已確認", "Place confirmed"),
    "place_open": Words("位置未確認", "Place not confirmed"),
    "place_outside": Words("不在圍籬內", "Outside the fence"),
    "language": Words("English", "中文"),
    "photo_alt": Words("本次櫃門影像", "Picture of this door"),
    "unanswered": Words("未答", "open"),
}

DRIVER = {
    "idle": Line(
        "請駛至停止線", "Drive up to the stop line", "Chạy chậm đến vạch dừng", "Maju pelan ke garis berhenti"
    ),
    "ready": Line("準備就緒", "Lane open", "Sẵn sàng", "Siap"),
    "still": Line("請勿移動車輛", "Do not move the vehicle", "Không di chuyển xe", "Jangan bergerak"),
    "GO": Line("可以通行，一路平安", "Proceed. Drive safely.", "Được phép đi", "Silakan jalan"),
    "STOP": Line(
        "請停在原地、留在車上",
        "Stay where you are. An officer is coming.",
        "Dừng xe, chờ hải quan",
        "Berhenti, tunggu petugas",
    ),
    "REFER": Line(
        "請靠邊等候關員，留在車上",
        "Pull over and wait for the officer.",
        "Tấp xe vào lề, chờ hải quan",
        "Menepi, tunggu petugas",
    ),
    "closed": Line("暫停服務", "Lane out of service"),
    "keep_out": Line(
        "請勿進入，依現場關員指示", "Do not enter. Follow the officer.", "Không vào làn này", "Jangan masuk jalur ini"
    ),
}

SIMULATION = {
    "title": Words("模擬模式", "SIMULATION"),
    "explain": Words("這些按鈕代替實際的卡片、線路與設備", "These buttons stand in for real cards, cables and devices"),
    "next": Words("下一步", "Next"),
    "next_card": Words("感應", "hold this card to the reader:"),
    "next_remove": Words("移開卡片", "take the card away"),
    "next_reader": Words("接回讀取器", "plug the reader in again"),
    "next_screen": Words("在畫面上操作", "use the screen itself"),
    "cards": Words("卡片", "Cards"),
    "more": Words("更多封條狀況", "More that can happen to a seal"),
    "torn": Words("中斷", "Torn"),
    "torn_long": Words("讀到一半移開", "Take it away in mid-read"),
    "open": Words("斷路", "Open"),
    "open_long": Words("封條防拆迴路斷路", "Break the seal's tamper loop"),
    "remove": Words("移開卡片", "Take card away"),
    "cable": Words("網路線", "Network cable"),
    "reader": Words("讀取器", "Reader"),
    "camera": Words("攝影機", "Camera"),
    "gps": Words("衛星定位", "GPS"),
    "unreachable": Words("模擬器沒有回應，請檢查模擬程式", "The emulator does not answer; check its process"),
}

SIMULATION_STATES = {
    "cable": {
        "up": Words("接上", "Plugged in"),
        "cut": Words("拔除", "Pulled"),
        "blackhole": Words("黑洞", "Black hole"),
    },
    "reader": {
        "plugged": Words("接上", "Plugged in"),
        "unplugged": Words("拔除", "Unplugged"),
        "hung": Words("當機", "Hung"),
    },
    "camera": {
        "ok": Words("正常", "Working"),
        "down": Words("關閉", "Down"),
        "truncated": Words("截斷", "Truncated"),
        "401": Words("密碼錯誤", "Wrong password"),
    },
    "gps": {
        "inside": Words("站內", "Inside"),
        "outside": Words("站外", "Outside"),
        "nofix": Words("無定位", "No fix"),
        "silent": Words("無訊號", "Silent"),
    },
}
