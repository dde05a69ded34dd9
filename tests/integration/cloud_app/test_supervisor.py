"""Child processes are kept up, and none is left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager

from cloud.app import supervisor
from cloud.app.supervisor import Child, Supervisor
from tests.waiting import wait_for

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
PATIENT = "import signal; signal.pause()"
FAILING = "raise SystemExit(3)"


def child(program: str, **options) -> Child:
    return Child(name="child", command=(sys.executable, "-c", program), **options)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def running(*children: Child):
    stop = threading.Event()
    thread = threading.Thread(target=Supervisor(children).run, args=(stop,))
    thread.start()
    wait_for(lambda: all(one.running for one in children) or any(one.starts > 1 for one in children))
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_killed_child_is_started_again() -> None:
    one = child(PATIENT)
    with running(one):
        first = one.process.pid
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: one.running and one.process.pid != first, what="the child runs again")
    assert not alive(one.process.pid)


def test_a_child_that_fails_at_once_is_tried_with_longer_and_longer_pauses(caplog) -> None:
    one = child(FAILING)
    with running(one):
        wait_for(lambda: one.starts >= 3, what="the third start")
        assert one.delay_s > 2 * supervisor.RESTART_DELAY_MIN_S
    assert "ended with code 3" in caplog.text


def test_a_child_that_does_not_stop_is_ended_by_force(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(supervisor, "STOP_TIMEOUT_S", 0.3)
    log = tmp_path / "log"
    one = child(STUBBORN, log_file=str(log))
    with running(one):
        wait_for(lambda: log.read_text() == "up\n", what="the child listens to nothing")
    assert one.process.returncode == -signal.SIGKILL


def test_children_stop_rank_by_rank(tmp_path) -> None:
    log = tmp_path / "log"
    program = "import signal,sys; signal.signal(15, lambda *_: (print({!r}, flush=True), sys.exit()))\n"
    program += "print('up', flush=True); signal.pause()"
    children = [
        child(program.format(name), log_file=str(log), rank=rank) for rank, name in enumerate(("first", "second"))
    ]
    with running(*children):
        wait_for(lambda: log.read_text().count("up") == 2, what="both are up")
    assert log.read_text().split()[-2:] == ["second", "first"]
