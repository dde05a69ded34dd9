"""Domain words of the pages, code → (zh-TW, English); the reasons of verdicts and cases stand in `schemas.reasons`.

Texts of the pages themselves (labels, buttons) are in `locale/`.
"""

from __future__ import annotations

from schemas.reasons import REASONS

Words = dict[str, tuple[str, str]]

STATES: Words = {
    "PAIRED": ("等候出站", "Waiting at origin"),
    "IN_TRANSIT": ("在途", "In transit"),
    "ARRIVED": ("已到站", "Arrived"),
    "ARRIVED_MANUAL": ("人工收櫃", "Arrived, entered by hand"),
    "OPENED": ("已拆封", "Opened"),
    "CANCELLED": ("已取消", "Cancelled"),
}

OPERATIONS: Words = {
    "SEAL_OUT_E": ("加封出站", "Departure"),
    "SEAL_OUT_P": ("加封", "Paper-seal departure"),
    "ARRIVE": ("到站讀取", "Arrival read"),
    "READ_CONFIRM_OUT": ("讀取確認（起運）", "Read-confirm, origin"),
    "READ_CONFIRM_IN": ("讀取確認（運往）", "Read-confirm, destination"),
    "MAKEUP_ARRIVE": ("補作進站讀取", "Make-up arrival read"),
    "INSPECT": ("查核讀取", "Inspection read"),
    "ABNORMAL_IN": ("收櫃異常留置", "Abnormal arrival: held"),
    "SCRAP": ("報廢登錄", "Scrap the seal"),
    "PAPERS": ("留置補件", "Papers for a hold"),
}
OUTWARD = frozenset({"SEAL_OUT_E", "SEAL_OUT_P", "READ_CONFIRM_OUT", "SCRAP"})
INWARD = frozenset({"ARRIVE", "READ_CONFIRM_IN", "MAKEUP_ARRIVE", "ABNORMAL_IN", "PAPERS"})
PLAIN = frozenset({"SEAL_OUT_E", "ARRIVE"})  # the arrow says it all

GPS_MODES: dict[int, tuple[str, str]] = {  # as gpsd has them
    0: ("未知", "unknown"),
    1: ("尚未定位", "no fix"),
    2: ("平面定位", "2D fix"),
    3: ("立體定位", "3D fix"),
}

VERDICTS: Words = {
    "GO": ("放行", "GO"),
    "STOP": ("停車", "STOP"),
    "REFER": ("請洽關員", "REFER"),
}

CASE_STATUS: Words = {
    "PROVISIONAL": ("暫定", "Provisional"),
    "CONFIRMED": ("已確認", "Confirmed"),
    "AUTO_REFUTED": ("系統排除", "Refuted by later data"),
    "SUPERSEDED": ("已由他案取代", "Superseded"),
}

SEAL_KINDS: Words = {
    "E": ("電子封條", "Electronic seal"),
    "PA": ("電子紙封條", "Electronic paper seal"),
}

PROOFS: Words = {
    "VERIFIED": ("封條密碼驗證通過", "Seal verified cryptographically"),
    "FAILED": ("封條密碼驗證失敗", "Seal failed verification"),
    "NOT_VERIFIED": ("封條密碼尚未驗證", "Seal not verified cryptographically"),
}

# What a case rests on: the names under which the rules store their inputs and limits.
FACTS: Words = {
    "arrived_from_ms": ("到站時間（最早）", "Arrived, at the earliest"),
    "arrived_to_ms": ("到站時間（最晚）", "Arrived, at the latest"),
    "breaks": ("雜湊鏈斷點", "Breaks of the chain"),
    "by_hand_ms": ("人工登錄時間之容許", "Allowed for a time entered by hand"),
    "certain": ("確定", "certain"),
    "clock_ms": ("時鐘誤差之容許", "Allowed for clocks"),
    "counter": ("讀取計數", "counter"),
    "dead_ms": ("封條失效時間", "The seal's end"),
    "dead_site": ("封條失效地點", "Where it ended"),
    "deadline_ms": ("到站期限", "Deadline"),
    "earlier": ("先前讀取", "earlier read"),
    "earlier_counter": ("先前計數", "earlier counter"),
    "epoch": ("鏈別", "epoch"),
    "forks": ("同號異文之紀錄", "Records with the same identity"),
    "grace_ms": ("寬限", "Grace"),
    "hash": ("雜湊", "hash"),
    "head": ("應接於", "should follow"),
    "one_scan_ms": ("視為同一次讀取", "Counts as one scan"),
    "out_ms": ("出站時間", "Departed"),
    "prev": ("實接於", "follows"),
    "read": ("讀取", "read"),
    "reads": ("相關讀取（閘道、鏈別、序號）", "Reads concerned (gate, epoch, sequence)"),
    "reason": ("原因", "reason"),
    "refused": ("拒收之紀錄", "Refused records"),
    "reread_ms": ("到站後於運往地可再讀取", "May be read again at its destination for"),
    "route_limit": ("路線時限版本", "Route limit, version"),
    "route_minutes": ("路線時限（分）", "Route limit (min)"),
    "seq": ("序號", "sequence"),
    "supply_after_ms": ("起運地應補資料時限", "Origin supplies its papers after"),
    "supply_due": ("起運地應補運送單及影像", "Origin must supply order and pictures"),
    "wait_max_ms": ("等候補傳上限", "Longest wait for buffered records"),
    "why": ("判定依據", "Judged by"),
}

# How a rule came to its word; under "why" in its inputs.
GROUNDS: Words = {
    "WATERMARK": ("運往地紀錄已完整", "the destination's records are complete up to then"),
    "SILENT": ("等候已達上限，仍無紀錄", "the longest wait has passed without a record"),
    "BACKLOG": ("運往地尚有未傳紀錄，暫定", "provisional: the destination may still hold records"),
    "CLOCK": ("時鐘誤差使結果不明，暫定", "provisional: within the clock's error it could be either"),
    "IN-TIME": ("後到紀錄顯示未逾時", "a later record shows it was in time"),
    "ARRIVED": ("後到紀錄顯示已到站", "a later record shows it had arrived"),
    "ARRIVED_MANUAL": ("已人工收櫃", "entered by hand as arrived"),
    "OPENED": ("途中拆封查核", "the seal was opened on its way by an authority"),
    "CANCELLED": ("運送單已取消", "the order was cancelled"),
    "SCRAPPED": ("封條已報廢登錄", "the seal was scrapped"),
    "USED": ("封條已隨到站讀取用畢", "the seal was used up by its arrival read"),
    "S3": ("已到站，改列 S3 逾時進站", "it arrived late: S3 has taken over"),
}

# How loud a case is; anything else that a machine saw counts as critical.
SEVERITY = {"S3": "medium", "S4": "medium", "S2": "high", "S8": "high", "S7": "high"}


def severity(code: str) -> str:
    """Return critical, high or medium."""
    return SEVERITY.get(code, "critical")


def reason(code: str) -> tuple[str, str]:
    """Return what a code of `schemas.reasons` means; the code itself if a newer gate sent one not known here."""
    known = REASONS.get(code)
    return (known.zh, known.en) if known else (code, code)


def advice(code: str) -> tuple[str, str]:
    """Return what to do about it; empty where nothing is to be done."""
    known = REASONS.get(code)
    return (known.what_zh, known.what_en) if known else ("", "")
