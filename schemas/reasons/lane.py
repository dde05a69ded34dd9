"""What is found, chosen or missing in the middle of a lane's session, and how a session ends that moves nothing."""

from __future__ import annotations

from schemas.reasons.driver import OFFICE, WAIT
from schemas.reasons.model import Reason

LANE: tuple[Reason, ...] = (
    # pictures
    Reason("PICTURE-DARK", "影像過暗", "The picture is too dark", "請開燈後重拍", "Put the light on and take it again"),
    Reason(
        "PICTURE-GLARE", "影像反光過強", "The picture is glaring", "請避開反光後重拍", "Avoid the glare and take again"
    ),
    Reason(
        "PICTURE-COVERED", "鏡頭被遮住", "The lens is covered", "請移開遮蔽物後重拍", "Clear the lens and take again"
    ),
    Reason(
        "PICTURE-BLURRED", "影像模糊", "The picture is blurred", "請擦拭鏡頭後重拍", "Wipe the lens and take it again"
    ),
    Reason(
        "PICTURE-FROZEN",
        "影像凍結：與先前完全相同",
        "The picture is frozen: the very same as before",
        "請重拍",
        "Take again",
    ),
    Reason(
        "PICTURE-SAME", "疑為前一輛車的影像", "It looks like the vehicle before", "請確認車輛到位後重拍", "Take again"
    ),
    Reason("OVERRIDE-WEATHER", "天候所致", "Because of the weather"),
    Reason("OVERRIDE-LIGHT", "現場光線不足", "There is no better light"),
    Reason("OVERRIDE-CAMERA", "攝影機待修", "The camera waits for repair"),
    Reason("OVERRIDE-OTHER", "其他原因，影像仍可辨識", "Another reason; the picture can be made out"),
    # why a step is not done, done later, or a seal scrapped
    Reason("GROUNDS-DEVICE", "設備故障", "The equipment failed"),
    Reason("GROUNDS-MISSED", "當時漏未讀取", "The read was missed at the time"),
    Reason("GROUNDS-PLACE", "無法確認位置", "The place could not be confirmed"),
    Reason("GROUNDS-UNREADABLE", "封條無法讀取", "The seal cannot be read"),
    Reason("GROUNDS-BROKEN", "封條毀損", "The seal is broken"),
    Reason("GROUNDS-OTHER", "其他", "Another reason"),
    # what is typed
    Reason("LOOKUP-EMPTY", "請輸入櫃號或封條號碼", "Type the container or the seal number"),
    Reason(
        "LOOKUP-NONE",
        "作業清單中查無此資料",
        "The manifest knows nothing of it",
        "請核對；再按一次即照所填登錄",
        "Compare it; press again to record it as written",
    ),
    Reason(
        "LOOKUP-SEVERAL",
        "符合的資料不只一筆",
        "More than one movement fits",
        "請同時輸入櫃號與封條號碼",
        "Type both container and seal number",
    ),
    Reason("PIN-WRONG", "PIN 碼錯誤", "The PIN is wrong", "請再輸入一次", "Type it again"),
    Reason("PIN-LOCKED", "PIN 碼錯誤次數過多", "Too many wrong PINs", "請稍候五分鐘，或洽關員", "Wait five minutes"),
    Reason(
        "PAPERS-NO-KEY",
        "尚無雲端公鑰，無法收存證件",
        "The cloud's key is not known here: papers cannot be kept",
        "請稍後補件",
        "Bring the papers in later",
    ),
)

ENDINGS: tuple[Reason, ...] = (
    Reason(
        "READ-CONFIRMED", "讀取確認：僅留紀錄", "Read-confirm: only a record", "請洽關員", "Call the officer", **OFFICE
    ),
    Reason(
        "SCRAPPED",
        "封條已報廢登錄",
        "The seal is scrapped",
        "請改配另一封條後重新加封",
        "Pair another seal and seal again",
        **OFFICE,
    ),
    Reason(
        "SEAL-UNREADABLE",
        "封條無法讀取",
        "The seal cannot be read",
        "請洽關員",
        "Call the officer",
        **WAIT,
    ),
    Reason(
        "OTHER-OPERATION",
        "此封條不適用所選作業",
        "What was chosen does not fit this seal",
        "請取消後重新讀取",
        "Cancel and read it again",
        **OFFICE,
    ),
    Reason(
        "PIN-UNKNOWN",
        "本閘道無法核對 PIN 碼",
        "This gate cannot compare the PIN",
        "已記錄，請洽關員",
        "Recorded; call the officer",
        **OFFICE,
    ),
    Reason(
        "OUTAGE-RECORDED",
        "系統故障期間加封，事後核對",
        "Sealed under a declared outage: to be reconciled",
        "請保留運送單與加封影像",
        "Keep the transport order and the picture",
    ),
)
