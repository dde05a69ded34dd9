"""Refusals about messages and files that arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = ()
