"""What a lane says of the seal itself: its proof, its loop, its counter, its life (C4, R-055, R-063)."""

from __future__ import annotations

from schemas.reasons.driver import OFFICE, WAIT
from schemas.reasons.model import Reason

SEALS: tuple[Reason, ...] = (
    Reason(
        "PROOF-LATER",
        "封條密碼驗證尚未完成，雲端稍後查驗",
        "The seal is not yet verified cryptographically; the cloud checks later",
        "如查驗不符，兩端閘道將顯示留置",
        "If that check fails, both gates will show a hold",
    ),
    Reason(
        "PROOF-VERIFIED",
        "封條密碼驗證相符",
        "The seal is proven genuine",
    ),
    Reason(
        "SEAL-FORGED",
        "封條密碼驗證不符，疑似偽造",
        "The seal's proof is wrong: it may be forged",
        "留置並通報關員",
        "Hold and report",
        **WAIT,
    ),
    Reason(
        "SEAL-DEAD",
        "此封條已報廢或已用畢",
        "This seal is scrapped or used up",
        "留置並通報關員；不得再用",
        "Hold and report; it must never be used again",
        **WAIT,
    ),
    Reason(
        "SEAL-UNISSUED",
        "此封條未核發予本站，亦無配櫃",
        "This seal is neither issued to this site nor paired",
        "留置並通報關員；清單發布後始核發者，請關員查證",
        "Hold and report; an officer checks whether it was issued just now",
        **WAIT,
    ),
    Reason(
        "SEAL-UID",
        "封條晶片與訊息不符",
        "The chip and its message differ",
        "留置並通報關員",
        "Hold and report",
        **WAIT,
    ),
    Reason(
        "SEAL-FORM",
        "封條內容不符",
        "The seal's message is not one we issue",
        "留置並通報關員",
        "Hold and report",
        **WAIT,
    ),
    Reason(
        "SEAL-OPEN",
        "封條斷路：現為開啟",
        "The seal's tamper loop is open",
        "留置並通報關員",
        "Hold and report",
        **WAIT,
    ),
    Reason(
        "SEAL-RECLOSED",
        "封條曾被開啟，現又閉合",
        "The seal's tamper loop was open and is closed again",
        "留置並通報關員；查看有無重接痕跡",
        "Hold and report; look for a joint",
        **WAIT,
    ),
    Reason(
        "PROOF-NONE",
        "此封條無密碼驗證功能，僅核對晶片號碼",
        "This seal has no cryptography: only its chip number was compared",
        "請以目視核對為準",
        "Rely on what you see",
    ),
    Reason(
        "SEAL-REPLAY",
        "封條讀取計數重複或倒退，疑似複製",
        "The seal's counter went back: it may be a copy",
        "留置並通報關員",
        "Hold and report",
        **WAIT,
    ),
    Reason(
        "SEAL-UNARMED",
        "封條斷路偵測未啟用",
        "The seal's tamper loop is not armed",
        "請洽關員查驗封條",
        "Call the officer to examine the seal",
        **OFFICE,
    ),
)
