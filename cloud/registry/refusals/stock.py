"""Refusals about the seal stock and its registers."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("SEAL-KIND", 409, "封條種類登錄後不得變更", "The kind of a seal cannot change after issue (R-002)"),
    Text("UID-TAKEN", 409, "晶片號碼已登錄於其他封條", "The chip's UID is registered to another seal"),
    Text("SEAL-IN-USE", 409, "封條已配櫃，不得變更", "The seal is paired and cannot change"),
    Text("SEAL-UNISSUED", 422, "封條未登錄領用", "The seal is not in the issue register"),
)
