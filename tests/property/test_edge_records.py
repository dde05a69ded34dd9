"""The outbox against a model: stored, received, refused, asked for again, in whatever order, over restarts."""

from __future__ import annotations

import asyncio
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.domain.ranges import Ranges
from schemas.messages import Range
from tests.edge_gate import StandingClock, open_outbox
from tests.integration.edge_core.scans import scan

SPAN = st.tuples(st.integers(1, 40), st.integers(0, 12))


@given(st.lists(st.tuples(st.booleans(), SPAN), max_size=30))
def test_ranges_are_sets_of_numbers(changes):
    ranges, model = Ranges(), set()
    for add, (first, length) in changes:
        numbers = set(range(first, first + length + 1))
        gaps = {number for low, high in ranges.missing(first, first + length) for number in range(low, high + 1)}
        assert gaps == numbers - model
        if add:
            ranges.add(first, first + length)
            model |= numbers
        else:
            ranges.remove(first, first + length)
            model -= numbers
        assert {number for low, high in ranges for number in range(low, high + 1)} == model
        pairs = list(ranges)
        assert all(high + 1 < low for (_, high), (low, _) in pairwise(pairs))
        assert all((number in ranges) == (number in model) for number in range(60))


class OutboxMachine(RuleBasedStateMachine):
    """Records by sequence; what waits is what is neither received nor refused."""

    @initialize()
    def begin(self):
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.stored = {}
        self.received = set()
        self.refused = set()
        self.reopen(first=True)

    def do(self, work):
        return self.runner.run(work)

    def reopen(self, *, first=False):
        self.opened = self.do(open_outbox(Path(self.folder.name), StandingClock()))
        if first:
            for each in self.do(self.opened.records.unsent(0, 2**62, 10)):
                self.stored[each.seq] = each
        assert self.opened.faults == []

    @rule(count=st.integers(1, 5))
    def store(self, count):
        for _ in range(count):
            each = self.do(self.opened.records.append(scan))
            assert each.seq == max(self.stored) + 1
            self.stored[each.seq] = each
        self.do(self.opened.records.raise_high_water(each))

    def span(self, span):
        first = min(span[0], max(self.stored))
        return first, min(first + span[1], max(self.stored))

    @rule(span=SPAN)
    def receive(self, span):
        first, last = self.span(span)
        head = self.stored[last]
        assert self.do(
            self.opened.records.mark_received(Range(epoch=head.epoch, first=first, last=last, head=head.hash))
        )
        self.received |= set(range(first, last + 1))

    @rule(span=SPAN)
    def receive_with_another_head(self, span):
        first, last = self.span(span)
        if last in self.received:
            return
        wrong = Range(epoch=self.stored[last].epoch, first=first, last=last, head="x" * 43)
        assert not self.do(self.opened.records.mark_received(wrong))

    @rule(seq=st.integers(1, 60))
    def refuse(self, seq):
        if seq in self.stored:
            assert self.do(self.opened.records.refuse(self.stored[seq].hash, "SIGNATURE"))
            self.refused.add(seq)

    @rule(span=SPAN)
    def ask_again(self, span):
        first, last = self.span(span)
        sent = self.do(self.opened.records.send_again(self.stored[first].epoch, first, last))
        assert sent == last - first + 1
        self.received -= set(range(first, last + 1))
        self.refused -= set(range(first, last + 1))

    @precondition(lambda self: bool(self.stored))
    @rule()
    def restart(self):
        self.do(self.opened.records.close())
        self.reopen()

    @invariant()
    def what_waits_is_what_the_model_says(self):
        if not hasattr(self, "opened"):
            return
        waiting = set(self.stored) - self.received - self.refused
        assert [each.seq for each in self.do(self.opened.records.unsent(0, 2**62, 1000))] == sorted(waiting)
        assert self.opened.records.depth == len(waiting)

    def teardown(self):
        if hasattr(self, "opened"):
            self.do(self.opened.records.close())
            self.runner.close()
            self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestOutbox = pytest.mark.req("R-111")(OutboxMachine.TestCase)
