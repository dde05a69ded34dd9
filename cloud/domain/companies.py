"""Which companies take part: eight types of regulated operator, traders, trucking companies (R-003, R-004, R-007)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(StrEnum):
    """What a company is to the procedure."""

    OPERATOR = "OPERATOR"  # 業者
    TRADER = "TRADER"  # 運輸、承攬、報關
    TRUCKER = "TRUCKER"  # 拖車公司


class Kind(StrEnum):
    """The types of company, of each part."""

    WAREHOUSE = "WAREHOUSE"  # 貨棧
    CONTAINER_YARD = "CONTAINER_YARD"  # 貨櫃集散站
    BONDED_WAREHOUSE = "BONDED_WAREHOUSE"  # 保稅倉庫
    LOGISTICS_CENTRE = "LOGISTICS_CENTRE"  # 物流中心
    DUTY_FREE_SHOP = "DUTY_FREE_SHOP"  # 免稅商店
    OFFSHORE_DUTY_FREE_SHOP = "OFFSHORE_DUTY_FREE_SHOP"  # 離島免稅購物商店
    FTZ_WAREHOUSE = "FTZ_WAREHOUSE"  # 自由貿易港區貨棧
    OTHER_DESIGNATED = "OTHER_DESIGNATED"  # 其他海關指定自主管理業者
    CARRIER = "CARRIER"  # 運輸
    FORWARDER = "FORWARDER"  # 承攬
    BROKER = "BROKER"  # 報關
    TRUCKING = "TRUCKING"  # 拖車公司


PART_OF: Mapping[Kind, Part] = MappingProxyType(
    dict.fromkeys((Kind.CARRIER, Kind.FORWARDER, Kind.BROKER), Part.TRADER)
    | {Kind.TRUCKING: Part.TRUCKER}
    | dict.fromkeys(tuple(Kind)[:8], Part.OPERATOR)
)
OPERATOR_KINDS = tuple(kind for kind in Kind if PART_OF[kind] is Part.OPERATOR)
TRADER_KINDS = tuple(kind for kind in Kind if PART_OF[kind] is Part.TRADER)
