"""Ranges of seal numbers: prefix, counting digits, quantity (R-031, R-032)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.domain.seal_numbers import QUANTITY_MAX, span


@pytest.mark.req("R-031", "R-032")
def test_a_range_counts_the_last_digits() -> None:
    found = span("KE26A0000098", "KE26A0000101")
    assert (found.prefix, found.width, found.quantity) == ("KE26A", 7, 4)
    assert list(found.numbers()) == ["KE26A0000098", "KE26A0000099", "KE26A0000100", "KE26A0000101"]
    assert "KE26A0000099" in found
    assert not {"KE26A0000102", "KE26A099", "KE26B0000099", "KE26A00000Ⅸ9", 99} & {
        one for one in ("KE26A0000102", "KE26A099", "KE26B0000099", 99) if one in found
    }


@pytest.mark.req("R-032")
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", ""),
        ("KE9", "KE10"),  # another length
        ("KE1", "KF2"),  # another series
        ("KE2", "KE1"),  # the wrong order
        ("KE", "KE"),  # nothing that counts
        ("KE0000000", f"KE0{QUANTITY_MAX}"),  # one too many
        ("KE000001" * 3, "KE000002" * 3),  # too long
        ("ke1", "ke2"),
        ("KE\uff11", "KE\uff12"),  # full-width digits are none
    ],
)
def test_what_is_no_range_is_told_so(first, last) -> None:
    with pytest.raises(ValueError, match=r"number"):
        span(first, last)


@pytest.mark.req("R-032")
@given(
    prefix=st.from_regex(r"[A-Z]{0,4}", fullmatch=True),
    first=st.integers(0, 9_000_000),
    quantity=st.integers(1, QUANTITY_MAX),
    other=st.integers(0, 9_999_999),
)
def test_a_number_is_in_a_range_when_it_is_between_its_ends(prefix, first, quantity, other) -> None:
    last = first + quantity - 1
    found = span(f"{prefix}{first:07d}", f"{prefix}{last:07d}")
    assert found.quantity == quantity
    assert (f"{prefix}{other:07d}" in found) == (first <= other <= last)
    assert found.number(first) in found
