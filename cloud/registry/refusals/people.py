"""Refusals about people, operators, offices, contacts."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("BADGE-TAKEN", 409, "識別證已登錄於其他人員", "The badge is registered to somebody else"),
    Text("BADGE-PERSON", 409, "識別證或人員已另有登錄", "The staff number, or the person, has another badge"),
    Text("NO-BADGE", 409, "您尚未登錄識別證", "No badge is registered for you"),
    Text("PIN", 422, "PIN 須為 4 至 12 位數字", "A PIN has 4 to 12 digits (R-049)"),
    Text("PIN-WEAK", 422, "PIN 過於簡單，請另選", "Others would try this PIN first: choose another"),
    Text("BADGE-SITES", 409, "此人員之卸存地代碼由業者或關別登錄", "Operator or office enter this person's places"),
    Text("PA-OFFICER", 422, "電子紙封條加封限由海關關員辦理", "Only customs officers seal with paper e-seals (R-049)"),
    Text("PERSON-UNKNOWN", 422, "查無此人員", "There is no such person in the register"),
    Text("SITE-FULL", 409, "該站登錄人員已達上限", "The site has as many badges as a manifest can hold"),
    Text("OFFICE-UNKNOWN", 422, "查無此關別", "There is no such customs office in the register"),
    Text("UNIT-UNKNOWN", 422, "查無此單位", "The office has no such unit"),
    Text("UNIT-LEVEL", 422, "單位層級不符", "The unit's level does not fit: 股 under 課 under 組, 室 or 分關 (R-011)"),
    Text("CONTACT-BODY", 422, "故障通報對象限資訊室或維運單位", "A fault goes to an IT office or the contractor"),
    Text("COMPANY-UNKNOWN", 422, "查無此業者或已失效", "No such company, or not in business now"),
    Text("COMPANY-KIND", 409, "業者種類登錄後不得變更", "A company's type cannot change; register another"),
    Text("UBN", 422, "統一編號有誤", "The company number (UBN) is wrong"),
    Text("UBN-TAKEN", 409, "此統一編號已登錄同種類業者", "A company of this type has the UBN already"),
    Text("ID-NUMBER", 422, "身分證統一編號有誤", "The ID number is wrong"),
    Text("ID-TAKEN", 409, "此證號已登錄於其他人員", "The number is registered to another person"),
    Text("PHONE", 422, "手機號碼有誤", "The mobile number is wrong"),
    Text("NAME-NEEDED", 422, "系統無此人基本資料，請輸入姓名", "Nobody of this number is known; enter the name"),
    Text("NAME-KNOWN", 409, "姓名與已登錄資料不符", "The name is not the one in the register"),
    Text("ENROLMENT", 422, "須輸入手機號碼及卸存地代碼", "A mobile number and a place code complete the enrolment"),
    Text("ENROLMENT-SITE", 422, "非該業者之卸存地代碼", "The place code is not one of this operator's"),
    Text("ENROLMENT-ENDED", 409, "專責人員登錄已終止", "The specialist's enrolment has ended"),
    Text("ASSERTION", 422, "憑證驗證失敗", "The certificate's assertion cannot be accepted"),
    Text("ASSERTION-OPERATOR", 403, "憑證非該業者或未經其授權", "The certificate does not speak for this operator"),
    Text("ASSERTION-OFF", 503, "未設定憑證驗證服務", "No identity assertion service is set up here"),
)
