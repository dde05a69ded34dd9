"""The anomalies that become cases: customs' own (S…) and those a machine can see (X-…)."""

from __future__ import annotations

from schemas.reasons.model import Reason

ANOMALIES: tuple[Reason, ...] = (
    Reason(
        "S3",
        "逾時進站",
        "Late arrival",
        "查證是否確實逾時；屬實者依自主管理作業手冊辦理後備註",
        "Verify that it truly is late; if so follow the handbook and note it",
    ),
    Reason(
        "S7",
        "逾時未進站",
        "Overdue, not arrived",
        "查明是否到站；未到者通知收櫃人員到站時查核",
        "Find out whether it arrived; if not, tell the receiving clerk to check on arrival",
    ),
    Reason(
        "X-MAC",
        "封條認證碼錯誤",
        "The seal's authentication code is wrong",
        "留置貨櫃，查明封條真偽",
        "Hold the container; establish whether the seal is genuine",
    ),
    Reason(
        "X-REPLAY",
        "封條讀取計數重複或倒退",
        "The seal's counter was used before or went back",
        "留置貨櫃，疑似複製封條",
        "Hold the container; the seal may be a copy",
    ),
    Reason(
        "X-SEAL-DEAD",
        "讀到已報廢或已用畢之封條",
        "A seal was read that is scrapped or used up",
        "查明封條從何而來、現掛於何櫃；該櫃留置並另行加封",
        "Find out where the seal comes from and which unit bears it; hold that unit and seal it anew",
    ),
    Reason(
        "X-SIG",
        "閘道紀錄簽章無效",
        "A gate's record has no valid signature",
        "保全該閘道，查明金鑰",
        "Secure the gate and look into its key",
    ),
    Reason(
        "X-SEQ-FORK",
        "同一序號出現不同紀錄",
        "Two records with one identity",
        "保全該閘道，疑似複製金鑰或竄改",
        "Secure the gate: its key may be copied or a record altered",
    ),
    Reason(
        "X-TO-ALTERED",
        "運送單已取消，貨櫃卻已出站",
        "The transport order is cancelled, yet the container has departed",
        "查明貨櫃去向並留置，向業者確認運送單為何取消",
        "Find the container and hold it; ask the operator why the order was cancelled",
    ),
)
