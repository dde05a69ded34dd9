"""Numbers that name people and companies: their forms and check digits, and how they are shown (R-014, D3, D5)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


class Document(StrEnum):
    """What a number stands on."""

    NATIONAL = "NATIONAL"  # 國民身分證
    RESIDENT = "RESIDENT"  # 新式外來人口統一證號, since 2021-01-02
    RESIDENT_OLD = "RESIDENT_OLD"  # 舊式: two letters, valid to the end of 2030
    PASSPORT = "PASSPORT"  # foreign drivers may have nothing else


class FormError(ValueError):
    """A number that cannot be right; the text names no digit of it."""


RESIDENT_OLD_LAST_YEAR = 2030
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # 10, 11, …: not the alphabet's order
_LETTER_VALUES = {letter: value for value, letter in enumerate(_LETTERS, start=10)}
_ID_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_ID_FORM = re.compile(r"[A-Z][A-D1289][0-9]{8}", re.ASCII)
_PASSPORT_FORM = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_UBN_FORM = re.compile(r"[0-9]{8}", re.ASCII)
_UBN_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
_UBN_MODULUS = 5  # 10 until 2023-03-31; every older number passes
_UBN_SEVEN = 6  # place of the digit that, where it is 7, allows two sums
_PHONE_FORM = re.compile(r"09[0-9]{8}", re.ASCII)
_PHONE_LOCAL_LENGTH = 10
_SHOWN = 3  # signs at each end of a masked number
_SHOWN_LENGTH_MIN = 8  # of a shorter one hardly anything would be hidden


def id_number(written: str, on: date) -> tuple[Document, str]:
    """Return which document a national or resident number is of, and the number in capitals.

    Raises:
        FormError: neither form, or the check digit is wrong (D3: weights 1,9,8,…,1,1; the sum ends in 0).
    """
    number = written.strip().upper()
    if not _ID_FORM.fullmatch(number):
        raise FormError("is not of the form of an ID number")
    first, second = _LETTER_VALUES[number[0]], number[1]
    # of the second letter of an old resident number only the ones digit counts
    digits = [first // 10, first % 10, int(second) if second.isdigit() else _LETTER_VALUES[second] % 10]
    digits += [int(sign) for sign in number[2:]]
    if sum(weight * digit for weight, digit in zip(_ID_WEIGHTS, digits, strict=True)) % 10:
        raise FormError("has a wrong check digit")
    if second.isalpha():
        if on.year > RESIDENT_OLD_LAST_YEAR:
            raise FormError(f"is of the old form, which ended with {RESIDENT_OLD_LAST_YEAR}")
        return Document.RESIDENT_OLD, number
    return (Document.NATIONAL if second in "12" else Document.RESIDENT), number


def passport(written: str) -> str:
    """Return a passport number in capitals, without blanks; FormError where it cannot be one."""
    number = "".join(written.split()).upper()
    if not _PASSPORT_FORM.fullmatch(number):
        raise FormError("is not of the form of a passport number")
    return number


def ubn(written: str) -> str:
    """Return a company's 統一編號; FormError where its digits do not add up (D3: a multiple of 5 since 2023-04-01)."""
    number = written.strip()
    if not _UBN_FORM.fullmatch(number):
        raise FormError("is not eight digits")
    products = [int(digit) * weight for digit, weight in zip(number, _UBN_WEIGHTS, strict=True)]
    total = sum(product // 10 + product % 10 for product in products)
    if total % _UBN_MODULUS and not (number[_UBN_SEVEN] == "7" and (total + 1) % _UBN_MODULUS == 0):
        raise FormError("has a wrong check digit")
    return number


def mobile(written: str) -> str:
    """Return a mobile number as 09########, from the forms people write (R-015); FormError for another."""
    number = re.sub(r"[\s()-]", "", written)
    number = re.sub(r"^(\+|00)886(0?)", "0", number)
    if len(number) != _PHONE_LOCAL_LENGTH or not _PHONE_FORM.fullmatch(number):
        raise FormError("is not a mobile number 09########")
    return number


def plate(written: str) -> str:
    """Return a plate as comparisons want it: capitals and digits with single hyphens; never refused (D3)."""
    return re.sub(r"-{2,}", "-", re.sub(r"[\s·.]+", "-", written.strip().upper())).strip("-")


def masked_number(number: str) -> str:
    """Return a number with its middle hidden: A12****789 (D5)."""
    if len(number) < _SHOWN_LENGTH_MIN:
        return "*" * len(number)
    return number[:_SHOWN] + "*" * (len(number) - 2 * _SHOWN) + number[-_SHOWN:]


def masked_name(name: str) -> str:
    """Return a name of which the first sign, and of three or more the last, can be read: 王○明, 李○, J○n."""
    if len(name) <= 1:
        return "○" * len(name)
    shown_last = name[-1] if len(name) >= _SHOWN else ""
    hidden = len(name) - 1 - len(shown_last)
    return name[0] + "○" * min(hidden, _SHOWN) + shown_last
