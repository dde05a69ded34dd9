"""Gate and cloud judge the same bytes of a seal: neither may say genuine where the other says forged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.domain.entry import Scan
from cloud.flows.seal_proof import UNVERIFIED, prove_seal
from edge.domain.decision import CardRead, Circumstances, decide
from schemas.messages import Location, Position, SealProof, Verdict
from tests.edge_gate import NOW, SEAL, entrusted_with, papers, staff
from tests.town import MASTER_KEY, Seal
from tests.townsfolk import TownKeys

OTHER = Seal(number=8)
HERE = Position(location=Location.CONFIRMED, source="GPS", lat=25.152, lon=121.748, accuracy_m=8.0, fence="1")


@st.composite
def messages(draw):
    """What a chip may say: genuine, of a wrong key, of another chip, open, cut short, one byte changed, or nothing."""
    counter, tamper = draw(st.integers(0, 0xFFFFFF)), draw(st.sampled_from(["CC", "OO", "OC", "II", "NT", "XX"]))
    ndef = draw(st.sampled_from([SEAL, SEAL, OTHER])).ndef(
        counter, tamper=tamper, key=draw(st.sampled_from([None, None, None, bytes(16), MASTER_KEY]))
    )
    place = draw(st.integers(0, len(ndef) - 1))
    changed = ndef[:place] + bytes([draw(st.integers(0, 255))]) + ndef[place + 1 :]
    return draw(st.sampled_from([ndef, ndef, ndef, changed, ndef[:place], b"", None]))


@pytest.mark.req("R-055")
@given(messages(), st.sampled_from(["NTAG424", "NTAG424", "NTAG213", "OTHER"]), st.booleans())
def test_the_same_read_gets_the_same_word_at_the_gate_and_in_the_cloud(ndef, chip, has_key):
    known = entrusted_with(papers(), SEAL) if has_key else papers()
    where = Circumstances(
        papers=known,
        lapsed=False,
        staff=staff(),
        position=HERE,
        direction=None,
        done_here=None,
        counter_seen=None,
        now=NOW,
    )
    ruling = decide(CardRead(uid=SEAL.uid_hex, chip=chip, ndef=ndef), where)
    scan = Scan(
        lane="1",
        operation=ruling.operation,
        verdict=ruling.decision.verdict,
        location=Location.CONFIRMED,
        uid=ruling.tag.uid,
        ndef=ruling.tag.ndef,
        movement="M7",
        photos=(),
    )
    proof = prove_seal(scan, SEAL.seal_no, TownKeys())
    words = {"VERIFIED": SealProof.VERIFIED, "NOT_VERIFIED": SealProof.NOT_VERIFIED}
    if has_key:
        assert ruling.decision.proof is words.get(proof.word, SealProof.FAILED)
        assert (ruling.decision.verdict is Verdict.GO) <= (proof.word == "VERIFIED")
    else:
        assert ruling.decision.proof is SealProof.NOT_VERIFIED
        assert prove_seal(scan, None, TownKeys()) == UNVERIFIED
