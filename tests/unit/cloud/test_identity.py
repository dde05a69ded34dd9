"""Check digits and forms against the published examples, and what is left of a number when it is masked."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.domain import identity
from cloud.domain.companies import OPERATOR_KINDS, PART_OF, TRADER_KINDS, Kind
from cloud.domain.identity import Document, FormError

TODAY = date(2026, 11, 23)


@pytest.mark.req("R-014")
@pytest.mark.parametrize(
    ("number", "document"),
    [
        ("A123456789", Document.NATIONAL),
        ("A800000014", Document.RESIDENT),
        ("AC01234567", Document.RESIDENT_OLD),
        (" a123456789 ", Document.NATIONAL),
    ],
)
def test_the_published_numbers_are_right(number, document) -> None:
    assert identity.id_number(number, TODAY) == (document, number.strip().upper())


@pytest.mark.req("R-014")
@pytest.mark.parametrize(
    "number", ["", "A12345678", "A323456789", "1123456789", "A１23456789", "A123456789\n1", "AE01234567"]
)
def test_what_is_no_id_number_is_refused(number) -> None:
    with pytest.raises(FormError):
        identity.id_number(number, TODAY)


@pytest.mark.req("R-014")
@given(place=st.integers(1, 9), shift=st.integers(1, 9))
def test_one_wrong_digit_is_found_wherever_its_weight_tells(place, shift) -> None:
    good = "A123456789"
    digit = (int(good[place]) + shift) % 10
    wrong = f"{good[:place]}{digit}{good[place + 1 :]}"
    # a weight that shares a factor with ten lets some digits through: the law's own formula
    weight = (8, 7, 6, 5, 4, 3, 2, 1, 1)[place - 1]
    if place > 1 and weight * (digit - int(good[place])) % 10:
        with pytest.raises(FormError):
            identity.id_number(wrong, TODAY)


@pytest.mark.req("R-014")
def test_an_old_resident_number_ends_with_2030() -> None:
    assert identity.id_number("AC01234567", date(2030, 12, 31))[0] is Document.RESIDENT_OLD
    with pytest.raises(FormError, match="2030"):
        identity.id_number("AC01234567", date(2031, 1, 1))


@pytest.mark.req("R-003")
@pytest.mark.parametrize("number", ["04595257", "12345675", "10458575", " 04595257 "])
def test_a_company_number_is_a_multiple_of_five(number) -> None:
    assert identity.ubn(number) == number.strip()


@pytest.mark.req("R-003")
def test_a_seven_in_the_seventh_place_allows_two_sums() -> None:
    numbers = [f"1000007{last}" for last in range(10)]
    accepted = []
    for number in numbers:
        try:
            accepted.append(identity.ubn(number))
        except FormError:
            continue
    # 1 + (2+8 → 10 → 1+0 or 1, 0) + last: two of every five
    assert len(accepted) == 4


@pytest.mark.req("R-003")
@pytest.mark.parametrize("number", ["04595256", "0459525", "045952577", "A4595257", ""])
def test_a_wrong_company_number_is_refused(number) -> None:
    with pytest.raises(FormError):
        identity.ubn(number)


@pytest.mark.req("R-015")
@pytest.mark.parametrize(
    "written", ["0912345678", "0912-345-678", "+886 912 345 678", "00886912345678", "+8860912345678"]
)
def test_a_mobile_number_is_taken_as_people_write_it(written) -> None:
    assert identity.mobile(written) == "0912345678"


@pytest.mark.req("R-015")
@pytest.mark.parametrize("written", ["", "0212345678", "091234567", "09123456789", "+1 912 345 678", "09１2345678"])
def test_another_phone_is_refused(written) -> None:
    with pytest.raises(FormError):
        identity.mobile(written)


def test_plates_and_passports_are_normalised() -> None:
    assert [identity.plate(text) for text in (" kla 0001", "KLA--0001", "kla-0001 ")] == ["KLA-0001"] * 3
    assert identity.passport(" x 1234567") == "X1234567"
    for wrong in ("", "1234", "X-12345", "X" * 21):
        with pytest.raises(FormError):
            identity.passport(wrong)


@pytest.mark.req("R-014")
def test_masks_leave_the_ends_only() -> None:
    assert identity.masked_number("A123456789") == "A12****789"
    assert identity.masked_number("0912345678") == "091****678"
    assert identity.masked_number("X1234") == "*****"
    assert [identity.masked_name(name) for name in ("王小明", "李四", "王", "歐陽大明", "")] == [
        "王○明", "李○", "○", "歐○○明", "",
    ]  # fmt: skip


@pytest.mark.req("R-003", "R-004")
def test_there_are_eight_types_of_operator_and_three_of_trader() -> None:
    assert len(OPERATOR_KINDS) == 8
    assert set(TRADER_KINDS) == {Kind.CARRIER, Kind.FORWARDER, Kind.BROKER}
    assert set(PART_OF) == set(Kind)
