"""Why the lane shows GO, STOP or REFER; a driver reads the driver_* lines, staff the rest."""

from __future__ import annotations

from schemas.reasons.model import Reason

_WAIT = {
    "driver_zh": "請停車等候，勿移動車輛",
    "driver_en": "Stop and wait. Do not move.",
    "driver_vi": "Dừng xe và chờ. Không di chuyển.",
    "driver_id": "Berhenti dan tunggu. Jangan bergerak.",
}
_OFFICE = {
    "driver_zh": "請靠邊停車，等候關員",
    "driver_en": "Pull over and wait for the officer.",
    "driver_vi": "Tấp xe vào lề và chờ cán bộ hải quan.",
    "driver_id": "Menepi dan tunggu petugas bea cukai.",
}
_PROCEED = {
    "driver_vi": "Được phép đi",
    "driver_id": "Silakan jalan",
}

DECISIONS: tuple[Reason, ...] = (
    Reason(
        "DEPARTED",
        "加封出站完成",
        "Departure completed",
        "",
        "",
        "請出站，一路平安",
        "Proceed. Drive safely.",
        **_PROCEED,
    ),
    Reason("ARRIVED", "到站讀取完成", "Arrival completed", "", "", "請進站", "Please enter.", **_PROCEED),
    Reason(
        "PROOF-LATER",
        "封條密碼驗證尚未完成，雲端稍後查驗",
        "The seal is not yet verified cryptographically; the cloud checks later",
        "如查驗不符，兩端閘道將顯示留置",
        "If that check fails, both gates will show a hold",
    ),
    Reason(
        "UNPAIRED",
        "查無此封條之配櫃資料",
        "No pairing for this seal",
        "請先完成配櫃(封)，或洽監管關員",
        "Pair the seal first, or call the supervising officer",
        **_WAIT,
    ),
    Reason(
        "WRONG-SITE", "此封條不屬本站", "This movement does not concern this site", "留置並通報關員", "Hold and report", **_WAIT
    ),
    Reason(
        "ALREADY-DEPARTED", "此封條已辦理出站", "This movement has already departed", "請洽關員", "Call the officer", **_OFFICE
    ),
    Reason("ALREADY-ARRIVED", "此封條已辦理到站", "This movement has already arrived", "請洽關員", "Call the officer", **_OFFICE),
    Reason("NOT-DEPARTED", "起運站尚無出站讀取紀錄", "No departure read is known", "請洽關員", "Call the officer", **_OFFICE),
    Reason("CANCELLED", "此運送單已取消", "This movement is cancelled", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("HELD", "此貨櫃留置中", "This container is on hold", "留置，等候關員解除", "Keep it until an officer lifts the hold", **_WAIT),
    Reason(
        "ACTOR-UNKNOWN", "此識別證未獲授權", "This badge may not act here", "請使用已登錄之識別證", "Use a registered badge", **_OFFICE
    ),
    Reason("ROLE", "此身分不得辦理本作業", "This person may not do this operation", "請洽關員", "Call the officer", **_OFFICE),
    Reason("OUTSIDE-FENCE", "不在電子圍籬內", "Outside the site's geofence", "作業已記錄，請洽監控中心", "Recorded; call the centre", **_WAIT),
    Reason(
        "PLACE-UNCONFIRMED",
        "無法確認位置",
        "The place could not be confirmed",
        "請先讀取位置標籤",
        "Read the location tag first",
        **_OFFICE,
    ),
    Reason("NO-MANIFEST", "閘道尚無作業清單", "The gate has no manifest", "已記錄，請洽關員放行", "Recorded; an officer decides", **_OFFICE),
    Reason(
        "MANIFEST-EXPIRED",
        "作業清單已逾期",
        "The manifest has expired",
        "已記錄，請洽關員放行並檢查網路",
        "Recorded; an officer decides; check the network",
        **_OFFICE,
    ),
    Reason("LATE", "已逾到站時限", "The arrival is past its deadline", "請辦理逾時進站查核", "Run the late-arrival check", **_OFFICE),
    Reason("SEAL-UID", "封條晶片與訊息不符", "The chip and its message differ", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("SEAL-FORM", "封條內容不符", "The seal's message is not one we issue", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("SEAL-OPEN", "封條斷路：曾被開啟", "The tamper loop is or was open", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("CONTAINER-DIFFERS", "櫃號不符", "The container number differs", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("SEAL-DIFFERS", "封條號碼不符", "The seal number differs", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("PLATE-DIFFERS", "車號不符", "The plate differs", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("LOAD-DIFFERS", "與運送單所載不符", "The load differs from the transport order", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("NOT-LOCKED", "封條未固封", "The seal is not locked", "留置並通報關員", "Hold and report", **_WAIT),
    Reason("TAMPERED", "有變造跡證", "Signs of tampering", "留置並通報關員", "Hold and report", **_WAIT),
)
