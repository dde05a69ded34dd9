"""docs/settings.md: every setting of both programs, from their models and the commented example files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def pages(_root: Path) -> dict[str, str]:
    """Return docs/settings.md."""
    return {}
