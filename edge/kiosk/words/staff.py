"""The words of the staff's screen."""

from __future__ import annotations

from edge.kiosk.words.model import Words

STEPS = (
    ("badge", Words("識別證", "Badge")),
    ("seal", Words("封條", "Seal")),
    ("checks", Words("核對", "Checks")),
    ("photo", Words("拍照", "Photo")),
    ("confirm", Words("確認", "Confirm")),
)

TEXTS = {
    "title": Words("車道螢幕", "Lane screen"),
    "container": Words("櫃號", "Container"),
    "seal": Words("電子封條", "E-seal"),
    "plate": Words("車號", "Plate"),
    "paper_seal": Words("電子紙封條", "Paper e-seal"),
    # badge, seal, place
    "tap_badge": Words("請感應\u200b識別證", "Tap your badge"),
    "tap_seal": Words("請將封條\u200b靠近讀取器", "Hold the seal to the reader"),
    "tap_seal_how": Words("封條貼近讀取器，保持到畫面變換", "Keep it there until the screen changes"),
    "tap_place": Words("請先讀取\u200b位置標籤", "Read the location tag first"),
    "tap_place_how": Words(
        "GPS 無法確認位置；讀取標籤後再讀封條", "GPS cannot confirm the place; read the tag, then the seal"
    ),
    "place_ok": Words("位置已確認", "Place confirmed"),
    "place_open": Words("位置未確認", "Place not confirmed"),
    "place_outside": Words("不在圍籬內", "Outside the fence"),
    "by_tag": Words("位置標籤有效", "Location tag valid for"),
    # what may be done
    "menu": Words("其他作業", "Other operations"),
    "may_not": Words("灰色者：此人員或車道目前不可辦理", "Grey: not for this badge or lane now"),
    "unreadable": Words("封條無法讀取", "Seal cannot be read"),
    "chosen_now": Words("作業", "Operation"),
    # PIN
    "pin_ask": Words("請輸入您的密碼", "Enter your PIN"),
    "pin_why": Words("本作業須確認本人；密碼不顯示", "This operation asks for proof of the person; digits stay hidden"),
    "pin_field": Words("已輸入位數", "Digits entered"),
    "delete": Words("刪除", "Delete"),
    "enter": Words("送出", "Enter"),
    # typed or scanned
    "lookup_ask": Words("請掃描或輸入", "Scan or type"),
    "lookup_how": Words("掃描條碼，或點欄位使用螢幕鍵盤", "Scan a barcode, or touch a field for the keyboard"),
    "look_up": Words("查詢", "Look up"),
    "scan_unused": Words("此頁不用掃描", "Nothing to scan on this page"),
    "scan_differs": Words("掃描的號碼與畫面不同，請以目視核對", "The scanned number differs: compare by eye"),
    "fill_first": Words("請先輸入內容", "Fill it in first"),
    "bad_form": Words("輸入的內容格式不符", "What was entered has not the right form"),
    "keyboard": Words("螢幕鍵盤", "Keyboard on the screen"),
    "space": Words("空白", "Space"),
    "close_keys": Words("完成", "Done"),
    # grounds
    "grounds_ask": Words("請選擇原因", "Choose the reason"),
    "abnormal_ask": Words("有何異常？可複選", "What is wrong? All that apply"),
    "next": Words("下一步", "Next"),
    # the seal on the door
    "door": Words("櫃門圖：加封位置", "Drawing of the door with the places for a seal"),
    "locked_at": Words("已固封", "Locked"),
    "locked_here": Words("已固封，無變造跡證", "Locked, no trace of tampering"),
    # pictures
    "take_photo": Words("拍攝完整櫃門與封條", "Photograph the whole door with its seal"),
    "take_photo_how": Words("櫃門、封條、櫃號都要入鏡", "Door, seal and container number must all be in it"),
    "keep_because": Words("無法改善時，選擇保留原因：", "If it cannot be bettered, keep it because:"),
    "shoot": Words("拍照", "Take photo"),
    "retake": Words("重拍", "Take again"),
    "shooting": Words("拍照中…", "Taking the picture …"),
    "photo_alt": Words("本次櫃門影像", "Picture of this door"),
    "hint": Words("影像讀得櫃號", "The picture seems to show"),
    "hint_how": Words("與配櫃不同，僅供參考，請以目視核對", "other than paired; a hint only: compare by eye"),
    # summary
    "summary": Words("確認內容", "Check and confirm"),
    "confirm": Words("確認", "Confirm"),
    "unanswered": Words("未答", "open"),
    "due": Words("到站時限", "Due"),
    "late": Words("逾時", "Late by"),
    "minutes": Words("分", "min"),
    "hours": Words("小時", "h"),
    # papers
    "papers_ask": Words("貨櫃已留置並通報", "Held and reported"),
    "papers_kept": Words("資料已加密，此處不再顯示", "Encrypted; not shown here again"),
    "id_copy": Words("證件影本", "Copy of ID"),
    "store_statement": Words("存入說明", "Store it"),
    "shoot_statement": Words("拍攝紙本", "Photograph it"),
    "shoot_id": Words("拍攝證件", "Photograph the ID"),
    "shoot_id_how": Words("證件置於攝影機前，按下拍攝", "Hold the ID before the camera, then press"),
    "taken": Words("已收存並加密", "Taken and encrypted"),
    "missing": Words("尚缺", "Still missing"),
    "later": Words("稍後補件", "Papers later"),
    # buttons
    "undo": Words("上一步", "Back"),
    "cancel": Words("取消", "Cancel"),
    "sign_out": Words("登出", "Sign out"),
    "done": Words("完成", "Done"),
    "noted": Words("知悉", "Noted"),
    "language": Words("English", "中文"),
    # always there
    "working": Words("處理中，請稍候", "Working, one moment"),
    "staff": Words("人員", "Staff"),
    "seconds": Words("秒", "s"),
    "ends_soon": Words("閒置，即將結束", "Idle: about to end"),
    "hold": Words("留置", "HOLD"),
    "held_since": Words("自", "since"),
    "more_holds": Words("件留置未列出", "more on hold"),
    "attention": Words("設備狀態", "Equipment"),
    "to_do": Words("處置", "To do"),
    "offline": Words("離線作業中，判定照常", "Working offline, decisions go on"),
    "waiting": Words("筆暫存，連線後自動上傳", "records stored; they upload by themselves"),
    "outage": Words("海關通報系統故障中", "Declared outage"),
    "outage_how": Words("照常加封並存證，復原後補登", "Seal and record as usual; entered after recovery"),
    "reader": Words("讀取器", "Reader"),
    "camera": Words("攝影機", "Camera"),
    "gps": Words("定位", "Position"),
    "network": Words("網路", "Network"),
    "ok": Words("正常", "ok"),
    "broken": Words("異常", "fault"),
    "stored": Words("筆待傳", "waiting"),
}
