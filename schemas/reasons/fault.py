"""What is broken or missing at a gate, and the sentence that says what to do about it."""

from __future__ import annotations

from schemas.reasons.model import Reason

FAULTS: tuple[Reason, ...] = (
    Reason("LINK-DOWN", "網路中斷，離線作業中", "No network: working offline", "判定照常；紀錄連線後自動上傳", "Decisions go on; records are sent when the link returns"),
    Reason("LINK-REFUSED", "伺服器拒絕連線", "The broker refuses this gate", "請通知維運單位檢查閘道憑證", "Tell maintenance to check the gate's credentials"),
    Reason("READER-DOWN", "讀取器未連線", "The reader is not connected", "請檢查讀取器電源與接線", "Check the reader's power and cable"),
    Reason("TORN", "讀取中斷，請再靠近一次", "The read broke off: present it again", "封條請貼近讀取器直到畫面變換", "Hold the seal to the reader until the screen changes"),
    Reason("CAM-DOWN", "攝影機未回應", "The camera does not answer", "請檢查攝影機電源與網路，再按重拍", "Check the camera's power and network, then take again"),
    Reason("CAM-TIMEOUT", "攝影機逾時", "The camera took too long", "請再拍一次；持續發生請通知維運單位", "Take again; tell maintenance if it goes on"),
    Reason("CAM-AUTH", "攝影機密碼錯誤", "The camera refuses the password", "請通知維運單位更新攝影機密碼", "Tell maintenance to update the camera's password"),
    Reason("CAM-PICTURE", "攝影機影像無法使用", "The camera's picture cannot be used", "請再拍一次", "Take again"),
    Reason("GPS-SILENT", "GPS 無訊號", "The GPS receiver is silent", "請讀取位置標籤，並檢查天線", "Read the location tag and check the antenna"),
    Reason("GPS-NO-FIX", "GPS 尚未定位", "The GPS has no fix", "請稍候或讀取位置標籤", "Wait, or read the location tag"),
    Reason("GPS-STALE", "GPS 定位已過時", "The GPS fix is too old", "請稍候或讀取位置標籤", "Wait, or read the location tag"),
    Reason("GPS-DOWN", "GPS 服務未啟動", "The GPS service is down", "請通知維運單位；可先讀取位置標籤", "Tell maintenance; read the location tag meanwhile"),
    Reason("CLOCK-UNSET", "時鐘未校正", "The clock is not set", "紀錄照常保存；請恢復網路或 GPS 以校時", "Records are kept; restore network or GPS to set it"),
    Reason("CLOCK-OFF", "系統時間與 GPS 不符", "System time and GPS differ", "請通知維運單位校時", "Tell maintenance to set the clock"),
    Reason("DISK-FULL", "儲存空間已滿，無法保證保存", "The disk is full: records cannot be promised", "請停止作業並通知維運單位", "Stop working and tell maintenance"),
    Reason("DISK-LOW", "儲存空間不足", "The disk is nearly full", "請恢復網路以便上傳", "Restore the network so that records can leave"),
    Reason("STORE-DAMAGED", "紀錄檔損壞，已另存並重新開始", "The record file was damaged and set aside", "紀錄照常；請通知維運單位取回原檔", "Work goes on; tell maintenance to collect the old file"),
    Reason("NO-PAPERS", "尚未收到作業清單", "No manifest received yet", "請檢查網路；期間一律請洽關員", "Check the network; meanwhile every decision is the officer's"),
    Reason("PAPERS-OLD", "作業清單已逾期", "The manifest has expired", "請檢查網路；期間一律請洽關員", "Check the network; meanwhile every decision is the officer's"),
    Reason("PAPERS-REFUSED", "收到無法採信的作業清單", "A manifest was refused", "請通知監控中心", "Tell the monitoring centre"),
    Reason("RECORD-REFUSED", "雲端拒收部分紀錄", "The cloud refused a record", "紀錄已保留；請通知監控中心", "The record is kept; tell the monitoring centre"),
    Reason("RECEIPT-DIFFERS", "雲端回條與本機紀錄不符", "A receipt does not match our records", "紀錄已保留；請通知監控中心", "Records are kept; tell the monitoring centre"),
    Reason("KIOSK-SILENT", "畫面與主機失去連線", "The screen lost its agent", "請稍候；一分鐘後自動重新載入", "Wait: it reloads by itself after a minute"),
    Reason("NOT-NOW", "此步驟目前不可操作", "Not possible at this step", "請依畫面指示操作", "Follow the screen"),
)
