"""The cloud's keys to drivers' papers (X25519): gates seal statements and ID pictures to the newest, and keep nothing.

A gate that was offline while a new key came still seals to the one before, so older keys open as long as they are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import sealed
from schemas.envelope import Rejected
from schemas.sealed import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.sealed import OpeningKey


class PapersKeys:
    """Every key by its number; the highest is the one that manifests name."""

    def __init__(self, keys: Mapping[int, OpeningKey]) -> None:
        """Take at least one key; ValueError for none."""
        if not keys:
            raise ValueError("there is no key of papers")
        self._newest_first = [keys[number] for number in sorted(keys, reverse=True)]

    @property
    def public(self) -> str:
        """The public half to seal to from now on (`Manifest.papers_key`)."""
        return self._newest_first[0].public

    def open(self, jwe: bytes) -> bytes:
        """Return a paper as it was taken at the gate; raises only Rejected (SEALED-KEY: to none of these keys)."""
        for key in self._newest_first:
            try:
                return sealed.open_sealed(jwe, key, Purpose.PAPER)
            except Rejected as error:
                if error.code != "SEALED-KEY":
                    raise
        raise Rejected("SEALED-KEY", "to none of the papers keys")

    def __repr__(self) -> str:
        return f"PapersKeys({[key.public for key in self._newest_first]})"
