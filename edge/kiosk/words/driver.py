"""What the driver reads: the verdict, what to do now, and the names of what is read, in four languages."""

from __future__ import annotations

from edge.kiosk.words.model import Line, Words

VERDICTS = {
    "GO": Words("放行", "GO"),
    "STOP": Words("停車", "STOP"),
    "REFER": Words("請洽關員", "SEE OFFICER"),
}

# What to do now. A reason of `schemas.reasons` that has a line of its own goes before the verdict's.
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
    "closed": Line("暫停服務", "Lane out of service", "Làn tạm ngừng phục vụ", "Jalur tidak melayani"),
    "keep_out": Line(
        "請勿進入，依現場關員指示", "Do not enter. Follow the officer.", "Không vào làn này", "Jangan masuk jalur ini"
    ),
    "papers": Line(
        "請交付書面說明及證件",
        "Please give a statement and your ID.",
        "Nộp bản tường trình và giấy tờ",
        "Serahkan pernyataan dan identitas",
    ),
}

DRIVER_TEXTS = {
    "title": Line("司機螢幕", "Driver's screen", "Màn hình tài xế", "Layar pengemudi"),
    "reading": Line("讀取中", "Reading. Stay still.", "Đang đọc", "Sedang dibaca"),
    "checking": Line("核對中", "Checking. Please wait.", "Đang kiểm tra", "Sedang diperiksa"),
    "seal": Line("電子封條", "E-seal", "Niêm phong", "Segel"),
    "container": Line("櫃號", "Container", "Số container", "Nomor kontainer"),
    "plate": Line("車號", "Plate", "Biển số", "Nomor polisi"),
    "offline": Line("離線作業中，判定照常", "Working offline, decisions go on", "Ngoại tuyến", "Luring"),
    "waiting": Line(
        "筆暫存，連線後自動上傳",
        "records stored; they upload by themselves",
        "bản ghi chờ gửi",
        "catatan menunggu dikirim",
    ),
}
