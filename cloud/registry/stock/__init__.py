"""The seal stock: seals and chips, batch issue, registers, scrap (R-031…R-035, R-060…R-063)."""

from __future__ import annotations

from cloud.registry.stock.seals import SealEntry, put_seal

__all__ = ["SealEntry", "put_seal"]
