"""Refusals about instructions, transport orders, pairing, position, fees, applications."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("SEAL-PAIRED", 409, "封條已配於其他運送單", "The seal is paired with another transport order"),
    Text("SEAL-BLOCK", 422, "封條種類與封條號碼登錄不符", "The seal's type in the order is not the one registered"),
    Text("ONE-E-SEAL", 422, "一運送單限配一電子封條", "One e-seal is enough for one order (R-042)"),
    Text("ORDER-DEPARTED", 409, "運送單已出站，不得變更", "The order has departed and cannot change"),
    Text("ORDER-CANCELLED", 409, "運送單已取消", "The order is cancelled"),
    Text("USE-RECORD", 422, "配封紀錄須有報單或轉運准單號碼", "No declaration or transhipment permit is named (R-033)"),
    Text("UNIT-PAIRED", 409, "該櫃已配電子封條，多門者亦以一只為限", "The unit has its e-seal; one is enough (R-042)"),
    Text("ORDER-LOAD", 422, "運送單不存在、已取消，或所載櫃號、起運地、運往地不符", "No such order of this load"),
    Text("ORDER-PAIRED", 409, "此配櫃係由運送單成立，請變更或取消運送單", "An order made this pairing: change that"),
    Text("NOT-SCRAPPED", 409, "原封條尚未辦理報廢登錄", "The seal to be replaced is not scrapped yet (R-060)"),
    Text("REPLACED-ALREADY", 409, "該封條已另行配封", "Another seal has taken its place already"),
    Text("PAYER", 422, "應載明繳納義務人統一編號", "Say who pays: the business number"),
    Text("EXEMPTION", 422, "免徵事由不符或非由關員認定", "Not an exemption, or not one that you may state"),
    Text("POSITION", 422, "加封右門外桿之要件未備", "The outer rod: only where the original seal leaves no room"),
    Text("PERMIT-NEEDED", 422, "此加封位置應先經海關許可", "This position needs customs' permit (R-045, R-046)"),
    Text("PERMIT-UNFIT", 422, "許可與櫃號、位置或期間不符", "The permit is not for this unit, position or time"),
    Text("PERMIT-TAKEN", 409, "許可號碼已登錄", "The permit's number is registered already"),
    Text("OPENING-UNKNOWN", 422, "查無該櫃之拆封紀錄", "There is no such opening of this unit"),
    Text("OPENING-RESEALED", 409, "拆封後已再加封", "The unit has been sealed again after this opening"),
    Text(
        "APPLICATION-UNFIT",
        422,
        "加封申請與櫃號或封條種類不符",
        "The application is for another unit or kind of seal",
    ),
    Text("TARIFF-PAST", 422, "費率不得溯及既往", "A rate cannot begin in the past: earlier fees stand (R-048)"),
    Text("TARIFF-TAKEN", 409, "該起始日之費率已登錄", "A rate with this beginning is registered already"),
)
