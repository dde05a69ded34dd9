"""What a gate decides alone, as a table: given the papers and the lane, when this seal is read, then this word.

Each row has the requirement it shows. Below it: no GO with an objection, and no objection makes anything greener.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.decision import CardRead, Circumstances, decide
from edge.domain.objection import codes_of, verdict_of
from schemas.messages import Location, Operation, Position, SealKind, SealProof, Verdict
from schemas.reasons import GROUPS, Group
from tests.edge_gate import NOW, SEAL, entrusted_with, expected, hold, papers, staff
from tests.town import DESTINATION, Seal

OTHER = Seal(number=8)
GO_WORDS = {"DEPARTED", "OUTAGE-RECORDED", "ARRIVED", "LATE", "PROOF-LATER", "PROOF-VERIFIED", "PROOF-NONE"}
HERE = Position(location=Location.CONFIRMED, source="GPS", lat=25.152, lon=121.748, accuracy_m=8.0, fence="1")
NOWHERE = Position(location=Location.UNCONFIRMED, source="NONE")
BY_TAG = Position(location=Location.CONFIRMED, source="TAG", tag_uid="04AA00000000A1")


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


def card(seal=SEAL, counter=5, *, chip="NTAG424", uid=None, **ndef):
    return CardRead(uid=uid or seal.uid_hex, chip=chip, ndef=seal.ndef(counter, **ndef) if chip == "NTAG424" else None)


def unpaired(**changes):
    return papers(expected(OTHER), **changes)


def paper_seal(**changes):
    return papers(expected(kind=SealKind.PA, **changes))


def arriving(**changes):
    return papers(expected(state="IN_TRANSIT", **changes), place=DESTINATION)


KEYED = entrusted_with(papers(), SEAL)
FORGED = card(key=bytes(16))
SPECIALIST = staff(role="SPECIALIST")
WHOLE = {"stock_whole": True}

# requirement, given, when, then: verdict, proof, reasons
RULES = {
    "its own key proves a seal": ("R-055", {"papers": KEYED}, card(), "GO", "VERIFIED", "DEPARTED PROOF-VERIFIED"),
    "without a key it is not yet verified": ("R-055", {}, card(), "GO", "NOT_VERIFIED", "DEPARTED PROOF-LATER"),
    "a wrong MAC stops": ("R-055", {"papers": KEYED}, FORGED, "STOP", "FAILED", "SEAL-FORGED"),
    "a wrong MAC nobody can check is the cloud's": ("R-055", {}, FORGED, "GO", "NOT_VERIFIED", "DEPARTED PROOF-LATER"),
    "another seal's message stops, and is told from a wrong MAC": (
        *("R-055", {"papers": KEYED}, card(OTHER, uid=SEAL.uid_hex), "STOP", "FAILED", "SEAL-UID"),
    ),
    "so it does without a key": ("R-055", {}, card(OTHER, uid=SEAL.uid_hex), "STOP", "NOT_VERIFIED", "SEAL-UID"),
    "a message that is none of ours, of a seal whose key we have": (
        *("R-053", {"papers": KEYED}, CardRead(uid=SEAL.uid_hex, chip="NTAG424", ndef=b"\xd1\x01\x05U\x04evil")),
        *("STOP", "FAILED", "SEAL-FORM"),
    ),
    "a read that broke off accuses nobody": (
        *("R-053", {"papers": KEYED}, CardRead(uid=SEAL.uid_hex, chip="NTAG424", ndef=None)),
        *("STOP", "NOT_VERIFIED", "SEAL-FORM"),
    ),
    "a chip of another make repeats a genuine message": (
        *("R-055", {"papers": entrusted_with(paper_seal(), SEAL)}, replace(card(), chip="NTAG213")),
        *("STOP", "VERIFIED", "SEAL-FORM"),
    ),
    "a plain chip in the place of a seal with a key": (
        *("R-055", {"papers": entrusted_with(paper_seal(), SEAL)}, card(chip="NTAG213")),
        *("STOP", "NOT_VERIFIED", "SEAL-FORM"),
    ),
    "the loop is open, said inside the MAC": (
        *("R-055", {"papers": KEYED}, card(tamper="OO"), "STOP", "VERIFIED", "SEAL-OPEN"),
    ),
    "the loop was open and is closed again": (
        *("R-055", {"papers": KEYED}, card(tamper="OC"), "STOP", "VERIFIED", "SEAL-RECLOSED"),
    ),
    "a loop that was never armed": (
        *("R-055", {"papers": KEYED}, card(tamper="II"), "REFER", "VERIFIED", "SEAL-UNARMED"),
    ),
    "the same counter again": (
        *("R-055", {"papers": KEYED, "counter_seen": 5, "counter_proved": 5}, card(), "STOP", "VERIFIED"),
        "SEAL-REPLAY",
    ),
    "the next counter": (
        *("R-055", {"papers": KEYED, "counter_seen": 4, "counter_proved": 4}, card(), "GO", "VERIFIED"),
        "DEPARTED PROOF-VERIFIED",
    ),
    "a counter nobody proved does not block a proved one": (
        *("R-055", {"papers": KEYED, "counter_seen": 900, "counter_proved": 4}, card(), "GO", "VERIFIED"),
        "DEPARTED PROOF-VERIFIED",
    ),
    "without a key what was seen is all there is": (
        *("R-055", {"counter_seen": 5}, card(), "STOP", "NOT_VERIFIED", "SEAL-REPLAY"),
    ),
    "without a key a counter once proved counts as well": (
        *("R-055", {"counter_seen": 4, "counter_proved": 5}, card(), "STOP", "NOT_VERIFIED", "SEAL-REPLAY"),
    ),
    "a forged message's counter is nobody's word": (
        *("R-055", {"papers": KEYED, "counter_seen": 5, "counter_proved": 5}, FORGED, "STOP", "FAILED", "SEAL-FORGED"),
    ),
    "issued and not paired": (
        *("R-053", {"papers": unpaired(stock=(SEAL.uid_hex,), **WHOLE)}, card(), "REFER", "NOT_VERIFIED", "UNPAIRED"),
    ),
    "in no list, and the lists are not whole": (
        *("R-053", {"papers": unpaired()}, card(), "REFER", "NOT_VERIFIED", "UNPAIRED"),
    ),
    "in no list, and the lists are whole: never issued here": (
        *("R-032", {"papers": unpaired(**WHOLE)}, card(), "STOP", "NOT_VERIFIED", "SEAL-UNISSUED"),
    ),
    "old lists prove no absence": (
        *("R-032", {"papers": unpaired(**WHOLE), "stale": True}, card(), "REFER", "NOT_VERIFIED"),
        "UNPAIRED MANIFEST-STALE",
    ),
    "expired lists prove none either": (
        *("R-032", {"papers": unpaired(**WHOLE), "lapsed": True}, card(), "REFER", "NOT_VERIFIED"),
        "UNPAIRED MANIFEST-EXPIRED",
    ),
    "a paper seal is customs' own until it is paired": (
        *("R-035", {"papers": unpaired(**WHOLE)}, card(chip="NTAG213"), "REFER", "NOT_VERIFIED", "UNPAIRED"),
    ),
    "a telephone is no seal": (
        *("R-053", {"papers": unpaired(**WHOLE)}, card(chip="OTHER", uid="08112233"), "REFER", "NOT_VERIFIED"),
        "UNPAIRED",
    ),
    "scrapped": ("R-063", {"papers": unpaired(dead=(SEAL.uid_hex,))}, card(), "STOP", "NOT_VERIFIED", "SEAL-DEAD"),
    "scrapped, whatever the movement says": (
        *("R-063", {"papers": papers(dead=(SEAL.uid_hex,))}, card(), "STOP", "NOT_VERIFIED", "SEAL-DEAD"),
    ),
    "an officer sends a paper seal off": (
        *("R-049", {"papers": paper_seal()}, card(), "GO", "NOT_VERIFIED", "DEPARTED PROOF-LATER"),
    ),
    "a specialist does not": (
        *("R-049", {"papers": paper_seal(), "staff": SPECIALIST}, card(), "REFER", "NOT_VERIFIED", "OFFICER-ONLY"),
    ),
    "a specialist receives one": (
        *("R-064", {"papers": arriving(kind=SealKind.PA), "staff": SPECIALIST}, card(), "GO", "NOT_VERIFIED"),
        "ARRIVED PROOF-LATER",
    ),
    "a specialist sends an e-seal off": (
        *("R-049", {"staff": SPECIALIST}, card(), "GO", "NOT_VERIFIED", "DEPARTED PROOF-LATER"),
    ),
    "a right that the badge does not have": (
        *("R-049", {"staff": staff(may=(Operation.ARRIVE,))}, card(), "REFER", "NOT_VERIFIED", "ROLE"),
    ),
    "another site's movement": (
        *("R-064", {"papers": papers(expected(origin="A", destination="B"))}, card(), "STOP", "NOT_VERIFIED"),
        "WRONG-SITE",
    ),
    "departed already": (
        *("R-057", {"papers": papers(expected(state="IN_TRANSIT"))}, card(), "REFER", "NOT_VERIFIED"),
        "ALREADY-DEPARTED",
    ),
    "arrived already": (
        *("R-065", {"papers": arriving(), "done_here": Operation.ARRIVE}, card(), "REFER", "NOT_VERIFIED"),
        "ALREADY-ARRIVED",
    ),
    "late, and received all the same": (
        *("R-085", {"papers": arriving(deadline=NOW - timedelta(seconds=1))}, card(), "GO", "NOT_VERIFIED"),
        "ARRIVED LATE PROOF-LATER",
    ),
    "no manifest": ("R-111", {"papers": None}, card(), "REFER", "NOT_VERIFIED", "NO-MANIFEST"),
    "an expired one": ("R-111", {"lapsed": True}, card(), "REFER", "NOT_VERIFIED", "MANIFEST-EXPIRED"),
    "one older than the limit": ("R-111", {"stale": True}, card(), "REFER", "NOT_VERIFIED", "MANIFEST-STALE"),
    "of an expired one not its age as well": (
        *("R-111", {"stale": True, "lapsed": True}, card(), "REFER", "NOT_VERIFIED", "MANIFEST-EXPIRED"),
    ),
    "an old manifest's key still finds a forgery": (
        *("R-111", {"papers": KEYED, "stale": True}, FORGED, "STOP", "FAILED", "SEAL-FORGED MANIFEST-STALE"),
    ),
    "GPS is off and named": (
        *("R-050", {"position": NOWHERE, "gps_off": True}, card(), "REFER", "NOT_VERIFIED"),
        "PLACE-UNCONFIRMED GPS-OFF",
    ),
    "GPS is on and sees no sky": (
        *("R-050", {"position": NOWHERE}, card(), "REFER", "NOT_VERIFIED", "PLACE-UNCONFIRMED"),
    ),
    "GPS is off and a location tag stands in": (
        *("R-058", {"position": BY_TAG, "gps_off": True}, card(), "GO", "NOT_VERIFIED", "DEPARTED PROOF-LATER"),
    ),
}


@pytest.mark.parametrize(
    ("where", "read", "verdict", "proof", "reasons"),
    [pytest.param(*then, id=rule, marks=pytest.mark.req(number)) for rule, (number, *then) in RULES.items()],
)
@pytest.mark.req(
    "R-032", "R-035", "R-049", "R-050", "R-053", "R-055", "R-057", "R-058", "R-063", "R-064", "R-065", "R-085"
)
@pytest.mark.req("R-111")
def test_the_gate_decides_as_the_table_says(where, read, verdict, proof, reasons):
    decision = decide(read, circumstances(**where)).decision
    assert (decision.verdict, decision.proof, decision.reasons) == (verdict, proof, tuple(reasons.split()))


@pytest.mark.req("R-111", "R-115")
def test_whoever_must_wait_is_told_so_in_four_languages():
    stopping = [reason for reason in GROUPS[Group.DECISION] if reason.code not in GO_WORDS]
    said = {reason for *_, reasons in RULES.values() for reason in reasons.split()}
    assert said - GO_WORDS <= {reason.code for reason in stopping}
    for reason in stopping:
        assert reason.driver_zh, reason.code
        assert reason.driver_en, reason.code
        assert reason.driver_vi, reason.code
        assert reason.driver_id, reason.code
        assert reason.what_zh, reason.code


# each speaks against the movement by itself
WORSE = {
    "nobody signed in": {"staff": None},
    "no right": {"staff": staff(may=())},
    "outside": {"position": Position(location=Location.OUTSIDE, source="GPS")},
    "nowhere": {"position": NOWHERE},
    "GPS off": {"gps_off": True, "position": NOWHERE},
    "expired": {"lapsed": True},
    "old": {"stale": True},
    "wrong lane": {"direction": "IN"},
    "done": {"done_here": Operation.SEAL_OUT_E},
    "counter used": {"counter_seen": 5, "counter_proved": 5},
    "held": {"papers": entrusted_with(papers(expected(hold=hold())), SEAL)},
    "dead": {"papers": entrusted_with(papers(dead=(SEAL.uid_hex,)), SEAL)},
    "cancelled": {"papers": entrusted_with(papers(expected(state="CANCELLED")), SEAL)},
    "unpaired": {"papers": unpaired(stock=(SEAL.uid_hex,))},
    "no papers": {"papers": None},
}
READS = {"genuine": card(), "open": card(tamper="OO"), "reclosed": card(tamper="OC"), "forged": FORGED}
WEIGHT = {Verdict.GO: 0, Verdict.REFER: 1, Verdict.STOP: 2}


@pytest.mark.req("R-111")
@given(st.sets(st.sampled_from(sorted(WORSE))), st.sampled_from(sorted(READS)))
def test_go_never_stands_beside_an_objection(names, read):
    changes = {"papers": KEYED}
    for name in sorted(names):
        changes |= WORSE[name]
    decision = decide(READS[read], circumstances(**changes)).decision
    clear = not names and read == "genuine"
    assert (decision.verdict is Verdict.GO) == clear
    assert (set(decision.reasons) <= GO_WORDS) == clear
    assert decision.reasons
    if decision.verdict is Verdict.GO:
        assert decision.proof is not SealProof.FAILED


@pytest.mark.req("R-111")
@given(st.sets(st.sampled_from(sorted(WORSE))), st.sampled_from(sorted(WORSE)), st.sampled_from(sorted(READS)))
def test_one_more_objection_makes_nothing_greener(names, more, read):
    """Of papers, place and the like there is one at a time: whatever is worse about it already stays.

    That the step is done already leaves none for which lane or person could be wrong.
    """
    changes = {"papers": KEYED}
    for name in sorted(names):
        changes |= WORSE[name]
    worse = changes | {field: value for field, value in WORSE[more].items() if field not in changes}
    before, after = (decide(READS[read], circumstances(**facts)).decision for facts in (changes, worse))
    assert WEIGHT[after.verdict] >= WEIGHT[before.verdict]
    assert set(before.reasons) - GO_WORDS <= {
        *after.reasons,
        "MANIFEST-STALE",  # said of an expired one is only that
        *(("WRONG-LANE", "ROLE") if more == "done" else ()),
    }


@given(
    st.lists(st.tuples(st.sampled_from([Verdict.REFER, Verdict.STOP]), st.sampled_from("ABC"))),
    st.tuples(st.sampled_from([Verdict.REFER, Verdict.STOP]), st.sampled_from("ABC")),
)
def test_the_heaviest_objection_is_the_verdict_in_whatever_order(objections, more):
    assert (verdict_of(objections) is Verdict.GO) == (not objections)
    for longer in ([*objections, more], [more, *objections]):
        assert WEIGHT[verdict_of(longer)] >= max(WEIGHT[verdict_of(objections)], WEIGHT[more[0]])
        assert set(codes_of(longer)) == {code for _, code in longer}
        assert len(codes_of(longer)) == len(set(codes_of(longer)))
