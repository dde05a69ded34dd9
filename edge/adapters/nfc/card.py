"""Reading one card: what it is, its exact NDEF bytes, and whether it said "no" or merely fell silent."""

from __future__ import annotations

import logging
import struct
from typing import Any, Literal, NamedTuple

import nfc
import nfc.clf
import nfc.tag
import nfc.tag.tt4

from edge.ports import NDEF_BYTES_MAX

log = logging.getLogger(__name__)

Chip = Literal["NTAG424", "NTAG213", "OTHER"]
Outcome = Literal["READ", "UID_ONLY", "TORN"]

READ_ATTEMPTS = 3
ISO_DEP_BIT = 0x20  # SAK: the card speaks ISO 14443-4
NFC_DEP_BIT = 0x40  # SAK of a telephone that offers peer-to-peer
CRYPTO1_BIT = 0x08  # SAK of the MIFARE Classic family: the UID is all that can be read
RANDOM_UID_DIGITS = 8
RANDOM_UID = "08"  # first byte of a 4-byte UID drawn anew at each activation (ISO 14443-3 §6.5.4)
NTAG_VERSION = b"\x04\x04"  # GetVersion: made by NXP, family NTAG
NTAG424_MAJOR = 0x30
NDEF_AID = bytes.fromhex("D2760000850101")
FILE_NOT_FOUND = b"\x6a\x82"
READ_CC = b"\x30\x03"  # READ of page 3, the capability container of a Type 2 tag
CC_MAGIC = 0xE1

# What nfcpy raises while it talks to a card that leaves, or to one whose answers it did not foresee; OSError is the
# reader's own trouble and passes through.
LINK_ERRORS = (nfc.clf.CommunicationError, nfc.tag.TagCommandError)
PARSE_ERRORS = (
    *(IndexError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, AssertionError),
    struct.error,
)


class Reading(NamedTuple):
    """What came of one presentation; `tag` answers presence checks, None where only sensing can tell."""

    outcome: Outcome
    chip: Chip
    ndef: bytes | None
    tag: Any


class ShortNdef(nfc.tag.tt4.Type4Tag.NDEF):  # type: ignore[misc] # nfcpy has no types
    """The NDEF of a Type 4 tag up to NDEF_BYTES_MAX: nfcpy would ask on for as many gigabytes as a card promises."""

    def _read_binary(self, offset: int, size: int) -> Any:
        """Return at least one byte; Type4TagCommandError for an answer without any, which nfcpy would ask for again."""
        part = super()._read_binary(offset, size)
        if not part:
            raise nfc.tag.tt4.Type4TagCommandError(nfc.tag.PROTOCOL_ERROR)
        is_length = offset == 0 and hasattr(self, "_ndef_file")
        if is_length and len(part) == size and int.from_bytes(part, "big") > NDEF_BYTES_MAX:
            return NDEF_BYTES_MAX.to_bytes(size, "big")
        return part


TORN = Reading("TORN", "OTHER", None, None)
UNREADABLE = Reading("UID_ONLY", "OTHER", None, None)


def sense(frontend: Any) -> Any:
    """Look once for a card of type A; None for nobody. Raises OSError when the reader fails."""
    return frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1)


def uid_of(target: Any) -> str:
    """Return the UID in upper-case hex; a Type 1 tag tells its four bytes in the answer to RID."""
    return bytes(target.sdd_res or (target.rid_res or b"")[2:6]).hex().upper()


def same_card(uid: str, before: str) -> bool:
    """Tell whether `uid` is the card seen before; two random UIDs are taken for one telephone that stays."""
    if not before:
        return False
    both_random = all(len(each) == RANDOM_UID_DIGITS and each.startswith(RANDOM_UID) for each in (uid, before))
    return uid == before or both_random


def is_present(tag: Any) -> bool:
    """Ask the card whether it is still there."""
    try:
        return bool(tag.is_present)
    except LINK_ERRORS:
        return False


def read(frontend: Any, target: Any) -> Reading:
    """Read the NDEF message, trying again while the card is there. Raises OSError when the reader fails.

    UID_ONLY needs the card's own word that it has no message; silence is TORN.
    """
    uid, odd = uid_of(target), 0
    if not _sak(target) & ISO_DEP_BIT and _sak(target) & (CRYPTO1_BIT | NFC_DEP_BIT):
        return UNREADABLE  # any command would only silence a badge until it is selected again
    for _ in range(READ_ATTEMPTS):
        tag = _activate(frontend, target)
        if tag is _ODD:
            odd += 1
        elif tag is not None and (reading := _read_tag(tag, target)) is not None:
            return reading
        target = sense(frontend)
        if target is None or uid_of(target) != uid:
            return TORN
    return UNREADABLE if odd == READ_ATTEMPTS else TORN


_ODD = object()


def _sak(target: Any) -> int:
    return int(target.sel_res[0]) if target.sel_res else 0


def _activate(frontend: Any, target: Any) -> Any:
    """Return the tag, None where it left, _ODD where nfcpy cannot deal with it."""
    try:
        tag = nfc.tag.activate(frontend, target)
        if isinstance(tag, nfc.tag.tt4.Type4Tag):
            tag.NDEF = ShortNdef
    except LINK_ERRORS:
        return None
    except PARSE_ERRORS as error:
        # e.g. an ATS without TA and TB: IndexError out of nfcpy; a visitor's card must not stop the lane
        log.debug("odd card: %r", error)
        return _ODD
    return tag


def _read_tag(tag: Any, target: Any) -> Reading | None:
    """Read an activated tag; None where it broke off."""
    try:
        chip = _chip(tag, target)
        ndef = tag.ndef  # once: `has_changed` or a second look would make a SUN tag count again
        if ndef is not None and ndef.octets:
            return Reading("READ", chip, bytes(ndef.octets[:NDEF_BYTES_MAX]), tag)
        if ndef is not None or _says_no_message(tag, target):
            return Reading("UID_ONLY", chip, None, tag)
    except (*LINK_ERRORS, *PARSE_ERRORS) as error:
        log.debug("read broke off: %r", error)  # e.g. the card left inside a waiting-time extension
    return None


def _chip(tag: Any, target: Any) -> Chip:
    """Tell the chip by what it says of itself (SAK, GetVersion), not by nfcpy's class, which guesses."""
    if not _sak(target) & ISO_DEP_BIT:
        return "NTAG213" if "NTAG213" in str(tag.product) else "OTHER"  # after GET_VERSION by nfcpy
    version = bytes(tag.send_apdu(0x90, 0x60, 0, 0, mrl=256, check_status=False))
    known = version.startswith(NTAG_VERSION) and version[3:4] == bytes([NTAG424_MAJOR])
    return "NTAG424" if known else "OTHER"


def _says_no_message(tag: Any, target: Any) -> bool:
    """Tell whether the card itself denies having an NDEF message: nfcpy gives None for that and for any error."""
    if _sak(target) & ISO_DEP_BIT:
        return bytes(tag.send_apdu(0, 0xA4, 4, 0, NDEF_AID, mrl=256, check_status=False)) == FILE_NOT_FOUND
    container = bytes(tag.transceive(READ_CC))
    return len(container) == 16 and container[0] != CC_MAGIC  # noqa: PLR2004 - READ answers four pages
