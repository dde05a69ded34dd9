"""Refusals about people, operators, accounts."""

from __future__ import annotations

from cloud.registry.refusals.model import Text

TEXTS: tuple[Text, ...] = (
    Text("BADGE-TAKEN", 409, "識別證已登錄於其他人員", "The badge is registered to somebody else"),
    Text("BADGE-PERSON", 409, "識別證或人員已另有登錄", "The staff number, or the person, has another badge"),
    Text(
        "PA-OFFICER",
        422,
        "電子紙封條加封限由海關關員辦理",
        "Only a customs officer seals with paper e-seals (R-037, R-049)",
    ),
    Text("PERSON-UNKNOWN", 422, "查無此人員", "There is no such person in the register"),
    Text("SITE-FULL", 409, "該站登錄人員已達上限", "The site has as many badges as a manifest can hold"),
)
