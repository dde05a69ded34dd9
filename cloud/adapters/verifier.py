"""A second process that verifies signatures for ingest, so that both cores work: Python has one lock a process.

The tasks of ingest go to it through a pipe, answers come back in order. It holds no state and no secret; when it
dies or hangs, ingest verifies by itself and starts another.
"""

from __future__ import annotations

import fcntl
import logging
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from cloud.flows.intake import Task, Verified, verify_all

if TYPE_CHECKING:
    from collections.abc import Callable

INLINE_MAX = 8  # up to this many signatures, handing over costs more
ANSWER_TIMEOUT_S = 10.0  # for some thousand signatures, of which each takes 0.1 ms
PIPE_BYTES = 1_048_576  # what Linux grants everybody: a whole batch, so that nobody waits for the other to read
LENGTH_BYTES = 4
STOP_TIMEOUT_S = 2.0

_log = logging.getLogger(__name__)
_encoder = msgspec.msgpack.Encoder()
_tasks = msgspec.msgpack.Decoder(Task)
_answers = msgspec.msgpack.Decoder(list[Verified])


class HelperError(Exception):
    """The helper does not answer."""


class Verifier:
    """The other end of the helper; for one thread. Call it with a task, and what it returns for the answer."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: _Answer | None = None

    def start(self) -> int:
        """Start the helper unless it runs, which the first task does as well; return its process id."""
        if self._process is None:
            command = (sys.executable, "-m", "cloud.adapters.verifier")
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0)  # noqa: S603 -- our own module
            for end in self._ends(self._process):
                os.set_blocking(end, False)
                with suppress(OSError):  # a user with many pipes is granted less: then it is only slower
                    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        return self._process.pid

    def __call__(self, task: Task) -> Callable[[], list[Verified]]:
        """Let a task be verified; the function returned waits for the answer."""
        if self._waiting is not None:
            self._waiting.receive()  # answers come in order, and an unread one could fill the pipe
            self._waiting = None
        if len(task.signed) <= INLINE_MAX:
            return partial(verify_all, task)
        try:
            self._send(_encoder.encode(task))
        except (OSError, HelperError) as error:
            self._give_up(error)
            return partial(verify_all, task)
        self._waiting = _Answer(self, task)
        return self._waiting

    def answer(self, task: Task) -> list[Verified]:
        """Wait for the answer to the last task; where none comes, do without the helper."""
        try:
            return _answers.decode(self._receive(int.from_bytes(self._receive(LENGTH_BYTES), "big")))
        except (OSError, HelperError) as error:
            self._give_up(error)
            return verify_all(task)

    def close(self) -> None:
        """End the helper."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()  # it holds nothing
        with suppress(BrokenPipeError):
            process.communicate(timeout=STOP_TIMEOUT_S)

    def _give_up(self, error: Exception) -> None:
        _log.warning("the helper that verifies signatures is gone and is started again: %r", error)
        self.close()

    def _ends(self, process: subprocess.Popen[bytes]) -> tuple[int, int]:
        assert process.stdin is not None, "opened as a pipe"  # noqa: S101 -- ours
        assert process.stdout is not None, "opened as a pipe"  # noqa: S101 -- ours
        return process.stdin.fileno(), process.stdout.fileno()

    def _running(self) -> tuple[int, int]:
        self.start()
        assert self._process is not None, "just started"  # noqa: S101 -- ours
        return self._ends(self._process)

    def _send(self, content: bytes) -> None:
        to, _ = self._running()
        left = memoryview(len(content).to_bytes(LENGTH_BYTES, "big") + content)
        while left:
            try:
                left = left[os.write(to, left) :]
            except BlockingIOError:
                if not select.select([], [to], [], ANSWER_TIMEOUT_S)[1]:
                    raise HelperError("it takes no task") from None

    def _receive(self, size: int) -> bytes:
        _, source = self._running()
        parts: list[bytes] = []
        while size:
            if not select.select([source], [], [], ANSWER_TIMEOUT_S)[0]:
                raise HelperError("no answer in time")
            parts.append(os.read(source, size))
            if not parts[-1]:
                raise HelperError("it has ended")
            size -= len(parts[-1])
        return b"".join(parts)


class _Answer:
    """The answer to one task, received when it is asked for or when the next task wants to go out."""

    def __init__(self, verifier: Verifier, task: Task) -> None:
        self._verifier = verifier
        self._task = task
        self._verified: list[Verified] | None = None

    def receive(self) -> list[Verified]:
        if self._verified is None:
            self._verified = self._verifier.answer(self._task)
        return self._verified

    __call__ = receive


def serve() -> None:
    """Answer the tasks of standard input until it ends, however the other process went."""
    source, to = sys.stdin.buffer, sys.stdout.buffer
    with suppress(BrokenPipeError):
        while length := source.read(LENGTH_BYTES):
            answer = _encoder.encode(verify_all(_tasks.decode(source.read(int.from_bytes(length, "big")))))
            to.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)
            to.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us
    serve()
