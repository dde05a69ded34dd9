"""The helper that verifies signatures answers as this process would, and nobody waits for one that is gone."""

import os
import signal

import pytest

from cloud.adapters import verifier
from cloud.adapters.verifier import INLINE_MAX, Verifier
from cloud.flows.intake import KnownKey, Task, verify_all
from schemas.envelope import SigningKey, Typ
from schemas.messages import Operation
from tests import town
from tests.townsfolk import START_MS, gate_of
from tests.waiting import wait_for

SEAL = town.Seal(number=1)


@pytest.fixture
def gate():
    return gate_of("ORIGIN-01", town.ORIGIN)


@pytest.fixture
def helper():
    one = Verifier()
    yield one
    one.close()


def task_of(gate, count=INLINE_MAX + 3):
    """Good records of one gate, and one of each kind of bad."""
    good = [gate.scan(SEAL, Operation.INSPECT, START_MS + n * 1_000, n + 1) for n in range(count)]
    foreign = SigningKey.from_seed(b"f" * 32).sign(Typ.SCAN, b"{}")
    bad = [good[0][:-4] + b"AAAA", foreign, b"", b"\xff" * 40, good[0].replace(b".", b"", 1)]
    signed = [(gate.gate, "scan", jws) for jws in [*good, *bad]]
    signed += [("OTHER-01", "scan", good[1]), (gate.gate, "telemetry", gate.heartbeat(START_MS))]
    keys = {gate.key.kid: KnownKey(gate.gate, retired=False, jwk=tuple(sorted(gate.key.public_jwk.items())))}
    return Task(signed, keys)


@pytest.mark.req("R-113")
def test_the_helper_says_what_this_process_would_say(helper, gate):
    task = task_of(gate)
    answers = helper(task)()
    assert answers == verify_all(task)
    assert [one.refused is None for one in answers[-7:]] == [False] * 6 + [True]
    assert all(one.entry is not None for one in answers[:-7])


def test_answers_may_be_fetched_late_and_belong_to_their_tasks(helper, gate):
    tasks = [task_of(gate, INLINE_MAX + 1 + n * 150) for n in range(4)]
    waiting = [helper(task) for task in tasks]
    for task, answer in reversed(list(zip(tasks, waiting, strict=True))):
        assert answer() == verify_all(task)
        assert answer() is answer()


def test_a_few_signatures_need_no_helper(helper, gate):
    task = Task(task_of(gate).signed[:INLINE_MAX], {})
    assert [one.refused[0] for one in helper(task)()] == ["KEY-UNKNOWN"] * INLINE_MAX
    assert helper._process is None


@pytest.mark.req("R-111")
def test_a_helper_that_dies_is_done_without_and_replaced(helper, gate):
    task = task_of(gate)
    first = helper.start()
    answer = helper(task)
    os.kill(first, signal.SIGKILL)
    assert answer() == verify_all(task)
    assert helper(task)() == verify_all(task)
    second = helper.start()
    assert second != first
    os.kill(second, signal.SIGKILL)
    wait_for(lambda: helper._process.poll() is not None)
    assert helper(task)() == verify_all(task)


@pytest.mark.req("R-111")
def test_a_helper_that_hangs_is_done_without(helper, gate, monkeypatch):
    monkeypatch.setattr(verifier, "ANSWER_TIMEOUT_S", 0.2)
    task = task_of(gate)
    pid = helper.start()
    os.kill(pid, signal.SIGSTOP)
    assert helper(task)() == verify_all(task)
    assert helper.start() != pid


def test_the_helper_ends_with_the_process_that_started_it(gate):
    helper = Verifier()
    assert helper(task_of(gate))()
    process = helper._process
    process.stdin.close()  # as the kernel does for a process that was killed
    assert process.wait(10) == 0
    process.stdout.close()
