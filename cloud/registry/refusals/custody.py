"""Refusals about pictures, documents, holds, outages."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("PHOTO-HASH", 422, "影像雜湊與簽署不符", "The picture's bytes are not the ones that were signed for"),
    Text("PHOTO-QUOTA", 429, "待認領影像過多", "Too many pictures of this gate wait for the event that names them"),
)
