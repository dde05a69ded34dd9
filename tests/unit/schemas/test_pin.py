"""PINs: what one is, which a stranger tries first, and their Argon2id against a second library (argon2-cffi)."""

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from schemas import pin
from schemas.messages import Secrets

OTHER = PasswordHasher(time_cost=pin.PASSES, memory_cost=pin.MEMORY_KIB, parallelism=1)


@pytest.mark.req("R-049")
def test_a_pin_proves_and_another_does_not():
    kept = pin.verifier("4711")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert pin.proves(kept, "4711")
    assert not pin.proves(kept, "4712")
    assert "4711" not in kept
    assert kept != pin.verifier("4711")  # a salt of its own: two people may choose the same


@pytest.mark.req("R-049")
def test_a_second_library_checks_what_we_keep_and_we_what_it_keeps():
    assert OTHER.verify(pin.verifier("83015"), "83015")
    with pytest.raises(VerifyMismatchError):
        OTHER.verify(pin.verifier("83015"), "83016")
    assert pin.proves(OTHER.hash("83015"), "83015")


@pytest.mark.req("R-049")
def test_a_verifier_fits_its_field_of_the_manifest():
    Secrets(v=1, gate="KEL-01", seal_keys={}, pins={"04AABBCC": pin.verifier("123987654321")})


@pytest.mark.req("R-049")
@pytest.mark.parametrize("text", ["", "123", "1234567890123", "12a4", "１２３４", "12 4", "1234\n", "-123"])
def test_what_is_no_pin_proves_nothing(text):
    assert not pin.is_pin(text)
    assert not pin.proves(OTHER.hash(text), text)


@pytest.mark.req("R-049")
@pytest.mark.parametrize("weak", ["0000", "1234", "9876", "2468", "8901", "1212", "123123", "2580", "111111111111"])
def test_what_a_stranger_tries_first_is_weak(weak):
    assert pin.is_pin(weak)
    assert pin.is_weak(weak)


@pytest.mark.req("R-049")
@pytest.mark.parametrize("good", ["4711", "1945", "83015", "1213", "120394857612"])
def test_what_is_no_pattern_is_good(good):
    assert not pin.is_weak(good)


@pytest.mark.req("R-049")
@pytest.mark.parametrize(
    "kept",
    [
        "",
        "!",
        "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
        "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAA",
        OTHER.hash("4711").replace("m=19456", "m=999999"),  # would take a kiosk's memory
        OTHER.hash("4711").replace("t=2", "t=99"),  # or its time
        OTHER.hash("4711") + "\x00",
        "$argon2id$" + "é" * 50,
    ],
    ids=range(8),
)
def test_no_verifier_of_another_form_is_tried(kept):
    assert not pin.proves(kept, "4711")
