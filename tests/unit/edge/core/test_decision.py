"""GO, STOP or REFER: one test a reason, and what a GO says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.domain.decision import CardRead, Circumstances, decide
from schemas.messages import Location, Operation, Position, SealKind, SealProof, Verdict
from schemas.reasons import REASONS, Group, group_of
from tests.edge_gate import NOW, SEAL, expected, hold, papers, staff
from tests.town import DESTINATION, Seal

HERE = Position(location=Location.CONFIRMED, source="GPS", lat=25.152, lon=121.748, accuracy_m=8.0, fence="1")


def circumstances(**changes):
    usual = {
        "papers": papers(),
        "lapsed": False,
        "staff": staff(),
        "position": HERE,
        "direction": None,
        "done_here": None,
        "counter_seen": None,
        "now": NOW,
    }
    return Circumstances(**{**usual, **changes})


def seal_card(seal=SEAL, counter=1, **ndef):
    return CardRead(uid=seal.uid_hex, chip="NTAG424", ndef=seal.ndef(counter, **ndef))


def at_destination(**changes):
    return papers(expected(state="IN_TRANSIT", **changes), place=DESTINATION)


@pytest.mark.req("R-051")
@pytest.mark.req("R-053")
def test_a_paired_seal_departs_from_its_origin():
    ruling = decide(seal_card(), circumstances())
    assert ruling.decision.verdict is Verdict.GO
    assert ruling.operation is Operation.SEAL_OUT_E
    assert ruling.expected == expected()
    assert ruling.decision.manifest == 1


@pytest.mark.req("R-111")
def test_a_go_without_a_key_to_verify_with_says_so():
    decision = decide(seal_card(), circumstances()).decision
    assert decision.proof is SealProof.NOT_VERIFIED
    assert decision.reasons == ("DEPARTED", "PROOF-LATER")


@pytest.mark.req("R-065")
def test_a_seal_in_transit_arrives_at_its_destination():
    ruling = decide(seal_card(), circumstances(papers=at_destination()))
    assert (ruling.decision.verdict, ruling.operation) == (Verdict.GO, Operation.ARRIVE)


@pytest.mark.req("R-085")
def test_a_late_arrival_is_received_and_says_that_it_is_late():
    late = at_destination(deadline=NOW - timedelta(seconds=1))
    in_time = at_destination(deadline=NOW)
    assert decide(seal_card(), circumstances(papers=late)).decision.reasons == ("ARRIVED", "LATE", "PROOF-LATER")
    assert "LATE" not in decide(seal_card(), circumstances(papers=in_time)).decision.reasons


def test_a_paper_seal_on_a_plain_chip_says_that_it_proves_nothing():
    pa = papers(expected(kind=SealKind.PA))
    plain = CardRead(uid=SEAL.uid_hex, chip="NTAG213", ndef=None)
    ruling = decide(plain, circumstances(papers=pa))
    assert ruling.operation is Operation.SEAL_OUT_P
    assert ruling.decision.reasons == ("DEPARTED", "PROOF-NONE")


OBJECTIONS = [
    ("UNPAIRED", Verdict.REFER, {"papers": papers(expected(Seal(number=8)))}, {}),
    ("NO-MANIFEST", Verdict.REFER, {"papers": None}, {}),
    ("MANIFEST-EXPIRED", Verdict.REFER, {"lapsed": True}, {}),
    ("HELD", Verdict.STOP, {"papers": papers(expected(hold=hold()))}, {}),
    ("X-MAC", Verdict.STOP, {"papers": papers(expected(hold=hold("X-MAC")))}, {}),
    ("CANCELLED", Verdict.STOP, {"papers": papers(expected(state="CANCELLED"))}, {}),
    ("WRONG-SITE", Verdict.STOP, {"papers": papers(expected(origin="A", destination="B"))}, {}),
    ("ALREADY-DEPARTED", Verdict.REFER, {"papers": papers(expected(state="IN_TRANSIT"))}, {}),
    ("ALREADY-DEPARTED", Verdict.REFER, {"done_here": Operation.SEAL_OUT_E}, {}),
    ("ALREADY-ARRIVED", Verdict.REFER, {"papers": papers(expected(state="ARRIVED"), place=DESTINATION)}, {}),
    ("ALREADY-ARRIVED", Verdict.REFER, {"papers": at_destination(), "done_here": Operation.ARRIVE}, {}),
    ("NOT-DEPARTED", Verdict.REFER, {"papers": papers(expected(), place=DESTINATION)}, {}),
    ("BADGE-FIRST", Verdict.REFER, {"staff": None}, {}),
    ("ROLE", Verdict.REFER, {"staff": staff(may=(Operation.ARRIVE,))}, {}),
    ("OUTSIDE-FENCE", Verdict.STOP, {"position": Position(location=Location.OUTSIDE, source="GPS")}, {}),
    ("PLACE-UNCONFIRMED", Verdict.REFER, {"position": Position(location=Location.UNCONFIRMED, source="NONE")}, {}),
    ("WRONG-LANE", Verdict.REFER, {"direction": "IN"}, {}),
    ("WRONG-LANE", Verdict.REFER, {"papers": at_destination(), "direction": "OUT"}, {}),
    ("SEAL-OPEN", Verdict.STOP, {}, {"tamper": "OO"}),
    ("SEAL-RECLOSED", Verdict.STOP, {}, {"tamper": "OC"}),
    ("SEAL-UNARMED", Verdict.REFER, {}, {"tamper": "II"}),
    ("SEAL-REPLAY", Verdict.STOP, {"counter_seen": 1}, {}),
]


@pytest.mark.req("R-052")
@pytest.mark.req("R-053")
@pytest.mark.req("R-055")
@pytest.mark.req("R-058")
@pytest.mark.req("R-112")
@pytest.mark.parametrize(("code", "verdict", "where", "ndef"), OBJECTIONS)
def test_what_speaks_against_it_is_said(code, verdict, where, ndef):
    decision = decide(seal_card(**ndef), circumstances(**where)).decision
    assert decision.verdict is verdict
    assert code in decision.reasons


def test_every_code_a_decision_can_carry_has_its_sentences():
    assert all(REASONS[code].zh and REASONS[code].en for code, *_ in OBJECTIONS)
    assert {group_of(code) for code, *_ in OBJECTIONS} == {Group.DECISION, Group.ANOMALY}


def test_the_heaviest_objection_is_the_verdict_and_none_is_hidden():
    decision = decide(seal_card(tamper="OO"), circumstances(staff=None)).decision
    assert decision.verdict is Verdict.STOP
    assert decision.reasons == ("SEAL-OPEN", "BADGE-FIRST")


def test_a_message_of_another_chip_stops():
    other = Seal(number=8)
    copied = CardRead(uid=SEAL.uid_hex, chip="NTAG424", ndef=other.ndef(1))
    assert "SEAL-UID" in decide(copied, circumstances()).decision.reasons


@pytest.mark.parametrize("ndef", [None, b"", b"\xd1\x01\x05U\x04evil", SEAL.ndef(1).replace(b"sealgate", b"seelgate")])
def test_a_message_that_is_not_ours_stops(ndef):
    ruling = decide(CardRead(uid=SEAL.uid_hex, chip="NTAG424", ndef=ndef), circumstances())
    assert (ruling.decision.verdict, ruling.decision.reasons) == (Verdict.STOP, ("SEAL-FORM",))


def test_an_e_seal_number_on_another_make_of_chip_stops():
    for chip in ("NTAG213", "OTHER"):
        ruling = decide(CardRead(uid=SEAL.uid_hex, chip=chip, ndef=None), circumstances())
        assert "SEAL-FORM" in ruling.decision.reasons


def test_the_tag_is_recorded_as_read():
    ruling = decide(seal_card(), circumstances())
    assert ruling.tag.ndef == SEAL.ndef(1).hex().upper()
    assert ruling.tag.seal_no == SEAL.seal_no


def test_a_movement_without_a_place_in_the_papers_is_not_named():
    ruling = decide(seal_card(Seal(number=9)), circumstances())
    assert ruling.expected is None
    assert ruling.operation is Operation.INSPECT
