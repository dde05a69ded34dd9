"""The words of the simulator strip."""

from __future__ import annotations

from edge.kiosk.words.model import Words

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
