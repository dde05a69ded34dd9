"""Refusals about people, operators, accounts."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("BADGE-TAKEN", 409, "識別證已登錄於其他人員", "The badge is registered to somebody else"),
    Text("SITE-FULL", 409, "該站登錄人員已達上限", "The site has as many badges as a manifest can hold"),
)
