"""What a manifest holds sealed for one gate: attacks and accidents. The lane decides with keys or without."""

from __future__ import annotations

import pytest

from edge.domain.trusted_manifest import entrusted, trust
from schemas import envelope, sealed
from schemas.envelope import Rejected, SigningKey
from schemas.sealed import OpeningKey, Purpose
from tests.edge_gate import GATE, NOW, OPENING_KEY, cloud_keys, manifest, papers, sealed_to, secrets, signed

OTHER_GATE = OpeningKey.of_signer(SigningKey.from_seed(b"o" * 32).seed)


def refusal(jwe: str) -> str:
    with pytest.raises(Rejected) as refused:
        entrusted(papers(sealed=jwe), OPENING_KEY)
    return refused.value.code


@pytest.mark.req("R-049", "R-055", "R-111")
def test_the_gate_opens_the_keys_of_its_seals_and_the_pins_of_its_badges():
    pins = {"04AABBCC": "$argon2id$v=19$…"}
    opened = entrusted(papers(sealed=sealed_to(pins=pins)), OPENING_KEY)
    assert opened.secrets == secrets(pins=pins)
    assert "0F0F" not in repr(opened)


def test_a_manifest_without_a_sealed_part_is_what_it_was():
    bare = papers()
    assert entrusted(bare, OPENING_KEY) is bare
    assert bare.secrets is None


@pytest.mark.req("R-113")
def test_what_was_sealed_to_another_gate_stays_shut():
    assert refusal(sealed_to(OTHER_GATE.public)) == "SEALED-KEY"


@pytest.mark.req("R-113")
def test_another_gates_secrets_are_refused_even_when_sealed_to_us():
    assert refusal(sealed_to(gate="KEL-OUT-2")) == "GATE"


@pytest.mark.req("R-113")
def test_a_paper_sealed_to_us_is_no_secret_of_the_manifest():
    assert refusal(sealed_to(purpose=Purpose.PAPER)) == "TYPE"


@pytest.mark.req("R-111")
@pytest.mark.parametrize(
    ("jwe", "code"),
    [
        (sealed_to()[:-1], "SEALED-FORM"),  # cut short
        (sealed_to()[:-4], "SEALED-FORM"),
        ("", "SEALED-FORM"),
        ("封條", "SEALED-FORM"),
        ("." * 100_000, "SEALED-FORM"),
        ("x" * 2 * 2**20, "SEALED-FORM"),  # the longest that a manifest takes
        (sealed.seal(b"{}", OPENING_KEY.public, Purpose.SECRETS).decode(), "MALFORMED"),
        (sealed.seal(b"\xff" * 100_000, OPENING_KEY.public, Purpose.SECRETS).decode(), "MALFORMED"),
        (sealed_to(seal_keys={"04AABBCC": "short"}), "MALFORMED"),
        (sealed_to(v=2), "VERSION"),
    ],
    ids=range(10),
)
def test_what_does_not_open_has_a_code_and_breaks_nothing(jwe, code):
    assert refusal(jwe) == code


@pytest.mark.req("R-111")
def test_more_than_a_manifest_may_hold_is_refused_with_it():
    too_long = signed(manifest(sealed="x" * (2 * 2**20 + 1)))
    with pytest.raises(Rejected) as refused:
        trust(too_long, gate=GATE, find_key=cloud_keys, in_force=None, floor=NOW)
    assert refused.value.code == "MALFORMED"


@pytest.mark.req("R-113")
def test_yesterdays_sealed_part_cannot_be_put_into_todays_manifest():
    yesterday, today = (signed(manifest(version=version, sealed=sealed_to())) for version in (1, 2))
    head, payload, _ = yesterday.split(b".")
    swapped = b".".join([head, payload, today.rsplit(b".", 1)[1]])
    old = envelope.verify(yesterday, envelope.Typ.MANIFEST, cloud_keys)
    new = envelope.verify(today, envelope.Typ.MANIFEST, cloud_keys)
    forged = new.replace(new[new.index(b'"sealed"') :], old[old.index(b'"sealed"') :])
    assert forged != new
    resealed = b".".join([head, envelope.b64url(forged).encode(), today.rsplit(b".", 1)[1]])
    for jws in (swapped, resealed):
        with pytest.raises(Rejected) as refused:
            trust(jws, gate=GATE, find_key=cloud_keys, in_force=None, floor=NOW)
        assert refused.value.code == "SIGNATURE"
