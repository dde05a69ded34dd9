"""Why bytes were refused (bytes are quarantined and never retried)."""

from __future__ import annotations

from schemas.reasons.model import Reason

REJECTIONS: tuple[Reason, ...] = (
    Reason("TOO-LONG", "訊息過長", "The message is longer than allowed"),
    Reason("NOT-JWS", "不是合法的簽章封包", "Not a JWS compact serialisation (RFC 7515 §7.1)"),
    Reason("HEADER", "簽章標頭不符規定", "The protected header is not exactly alg, kid and typ"),
    Reason("TYPE", "訊息種類不符", "The signed type is not the one this channel carries"),
    Reason("KEY-UNKNOWN", "簽章金鑰未登錄", "The signing key is not registered"),
    Reason("KEY-RETIRED", "簽章金鑰已停用", "The signing key is retired"),
    Reason("ALG", "簽章演算法與金鑰登錄不符", "The algorithm is not the one registered for this key"),
    Reason("SIGNATURE", "簽章驗證失敗", "The signature does not verify"),
    Reason("MALFORMED", "內容不符格式", "The payload does not fit the schema"),
    Reason("VERSION", "訊息版本不支援", "The message version is not known here"),
    Reason("TOPIC", "主題與內容不符", "The topic is not a SealGate topic of this direction"),
    Reason("GATE", "簽署閘道與主題或金鑰不符", "Topic, payload and key do not name the same gate"),
    Reason("SHARD", "分區與閘道不符", "The shard in the topic is not the gate's"),
    Reason("FORK", "同一序號出現不同內容", "Another record with this gate, epoch and sequence is stored already"),
    Reason(
        "OUR-FAULT", "雲端程式錯誤，訊息已隔離留存", "A fault of the cloud's own: the message is set aside and kept"
    ),
    Reason("SUN-FORM", "封條訊息格式不符", "The seal's message is not in a form we issue"),
    Reason("SUN-HOST", "封條網址不屬本系統", "The seal's address is not ours"),
    Reason("SUN-UID", "封條訊息與晶片號碼不符", "The UID in the seal's message is not the chip's"),
    Reason("SUN-MAC", "封條認證碼錯誤", "The seal's authentication code is wrong"),
    Reason("SUN-KEY", "查無此封條之驗證金鑰", "No verification key for this seal"),
    Reason("SEALED-FORM", "不是本系統的加密封包", "Not a JWE of ours (RFC 7516 §7.1; ECDH-ES, A256GCM, X25519)"),
    Reason("SEALED-KEY", "加密封包的收件金鑰不符", "Sealed to another key than the one here"),
    Reason("SEALED-OPEN", "加密封包無法解開，可能遭更動", "The sealed bytes do not open: they were changed or cut"),
    Reason("MANIFEST-OLD", "作業清單版本不新於現用者", "The manifest is not newer than the one in force"),
    Reason("MANIFEST-LAPSED", "作業清單已逾期", "The manifest had expired at the highest trusted time seen"),
    Reason("MANIFEST-FENCE", "作業清單之電子圍籬無法使用", "The fence in the manifest cannot be judged against"),
)
