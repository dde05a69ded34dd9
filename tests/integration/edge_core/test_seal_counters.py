"""What a lane remembers of a seal's counter: no forgery locks the genuine seal out, and no counter is used twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.view import Act, Step
from schemas.messages import SealProof, Verdict
from tests.edge_gate import SEAL, Booth, expected, tap
from tests.integration.edge_core.booth import running, sign_in, to_checks, to_confirm, until
from tests.town import Seal
from tests.waiting import eventually

WRONG_KEY = bytes(16)


async def read(booth, counter, **ndef):
    """Sign in, present the seal and return the reasons of a refusal; empty where the lane goes on to its questions."""
    await sign_in(booth)
    booth.hand.hold(tap(counter=counter, **ndef))
    await eventually(lambda: booth.lane.view().step in {Step.CHECKS, Step.VERDICT}, what="the seal is judged")
    reasons = booth.lane.view().reasons
    await booth.lane.act(Act(act="cancel"))
    if booth.lane.view().step is Step.VERDICT:
        await booth.lane.act(Act(act="acknowledge"))
    return reasons


@pytest.mark.req("R-055", "R-111")
async def test_a_seal_whose_key_is_here_departs_as_proven_genuine(tmp_path):
    booth = await Booth(folder=tmp_path, entrusted=(SEAL,)).open()
    async with running(booth):
        await to_confirm(booth)
        view = await booth.lane.act(Act(act="confirm"))
        assert (view.verdict, view.proof, view.reasons) == (Verdict.GO, "VERIFIED", ("DEPARTED", "PROOF-VERIFIED"))
    assert (await booth.records())[-1].decision.proof is SealProof.VERIFIED
    await booth.close()


@pytest.mark.req("R-055")
async def test_a_forgery_with_a_high_counter_stops_and_does_not_lock_the_genuine_seal_out(tmp_path):
    booth = await Booth(folder=tmp_path, entrusted=(SEAL,)).open()
    async with running(booth):
        assert await read(booth, 0xFFFFFE, key=WRONG_KEY) == ("SEAL-FORGED",)
        assert await read(booth, 3) == ()
        assert await read(booth, 3) == ("SEAL-REPLAY",)
        assert await read(booth, 4) == ()
    proofs = [event.decision.proof for event in (await booth.records())[1:]]
    assert proofs == [SealProof.FAILED, *[SealProof.VERIFIED] * 3]
    await booth.close()


@pytest.mark.req("R-055", "R-111")
async def test_without_a_key_a_high_counter_blocks_until_the_key_comes(tmp_path):
    booth = await Booth(folder=tmp_path).open()
    async with running(booth):
        assert await read(booth, 900, key=WRONG_KEY) == ()  # nobody here can tell
        assert await read(booth, 3) == ("SEAL-REPLAY",)  # and so neither which of the two is the copy
        booth.entrusted = (SEAL,)
        await booth.bring()
        assert await read(booth, 3) == ()
        assert await read(booth, 901, key=WRONG_KEY) == ("SEAL-FORGED",)
        assert await read(booth, 3) == ("SEAL-REPLAY",)
    await booth.close()


@pytest.mark.req("R-055", "R-111")
async def test_a_restart_forgets_no_counter_that_was_proved(tmp_path):
    booth = await Booth(folder=tmp_path, entrusted=(SEAL,)).open()
    async with running(booth):
        assert await read(booth, 7) == ()
    await booth.close()
    again = await Booth(folder=tmp_path, entrusted=(SEAL,)).open()
    async with running(again):
        assert await read(again, 7) == ("SEAL-REPLAY",)
        assert await read(again, 8) == ()
    await again.close()


@pytest.mark.req("R-055")
async def test_an_outbox_of_an_earlier_version_keeps_its_counters_as_seen_not_as_proved(tmp_path):
    booth = await Booth(folder=tmp_path).open()
    async with running(booth):
        assert await read(booth, 7) == ()
    async with booth.opened.database.transaction() as transaction:
        await transaction.execute("ALTER TABLE seal_counter DROP COLUMN proved")
    await booth.close()
    again = await Booth(folder=tmp_path).open()
    held = await again.opened.records.held(SEAL.uid_hex, "M7")
    assert (held.counter_seen, held.counter_proved) == (7, None)
    await again.close()


@pytest.mark.req("R-055")
async def test_the_message_of_another_seal_stops_and_counts_for_neither(tmp_path):
    other = Seal(number=8)
    booth = await Booth(folder=tmp_path, movements=(expected(), expected(other)), entrusted=(SEAL, other)).open()
    async with running(booth):
        await to_checks(booth)
        await booth.lane.act(Act(act="cancel"))
        await booth.lane.act(Act(act="acknowledge"))
        await sign_in(booth)
        booth.hand.hold(replace(tap(other, counter=50), uid=SEAL.uid_hex))
        await until(booth, Step.VERDICT)
        assert booth.lane.view().reasons == ("SEAL-UID",)
    for seal, known in ((SEAL, 1), (other, None)):
        assert (await booth.opened.records.held(seal.uid_hex, None)).counter_proved == known
    await booth.close()


@pytest.mark.req("R-111")
async def test_a_manifest_older_than_the_limit_leaves_the_decision_to_an_officer_until_a_new_one_comes(tmp_path):
    booth = await Booth(folder=tmp_path).open()
    async with running(booth):
        booth.clock.forward(94 * 3600)
        assert await read(booth, 1) == ()
        booth.clock.forward(2 * 3600)  # 97 h after it was issued, of which it says 168
        assert await read(booth, 2) == ("MANIFEST-STALE",)
        await booth.bring(issued=booth.clock.at)
        assert await read(booth, 3) == ()
    await booth.close()
