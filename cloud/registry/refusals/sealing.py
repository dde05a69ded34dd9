"""Refusals about instructions, transport orders, pairing, position, fees, applications."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("SEAL-PAIRED", 409, "封條已配於其他運送單", "The seal is paired with another transport order"),
    Text("SEAL-BLOCK", 422, "封條種類與封條號碼登錄不符", "The seal's type in the order is not the one registered"),
    Text("ONE-E-SEAL", 422, "一運送單限配一電子封條", "One e-seal is enough for one order (R-042)"),
    Text("ORDER-DEPARTED", 409, "運送單已出站，不得變更", "The order has departed and cannot change"),
    Text("ORDER-CANCELLED", 409, "運送單已取消", "The order is cancelled"),
)
