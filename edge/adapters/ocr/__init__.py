"""Reads the container number on a door, by a text recogniser in a process of its own: the optional extra `ocr`.

The models come inside the package, so nothing is fetched. It is a hint: slow, bounded in time, and never waited for.
The process starts with the first picture, works at low priority, and ends when nothing has been asked for a while: an
idle agent stays small.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import struct
import sys

import msgspec

from edge.domain.ocr_hint import Line, container_number

log = logging.getLogger("sealgate.ocr")
ANSWER_MAX_S = 60.0  # the first one loads the models
IDLE_S = 300.0
ANSWER_BYTES_MAX = 2**20
_Lines = list[tuple[str, float]]


def installed() -> bool:
    """Whether the extra `ocr` is there."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


class ContainerReader:
    """The recogniser as a child process; one picture at a time, and one that cannot be read gives None."""

    def __init__(self, argv: tuple[str, ...] = (sys.executable, "-m", "edge.adapters.ocr")) -> None:
        self._argv = argv
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._rest: asyncio.TimerHandle | None = None

    async def read(self, jpeg: bytes) -> str | None:
        """Return the container number on a picture, its check digit right; None where none was read."""
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_MAX_S):
                    lines = await self._ask(jpeg)
            except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError, msgspec.MsgspecError) as error:
                log.warning("no container number is read: %s: %s", type(error).__name__, error)
                await self._end()
                return None
            self._rest_later()
        return container_number(Line(text, score) for text, score in lines)

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _ask(self, jpeg: bytes) -> _Lines:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=ANSWER_BYTES_MAX,
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None, "asked for above"  # noqa: S101 - asyncio's types cannot say it
        assert stdout is not None, "asked for above"  # noqa: S101
        stdin.write(struct.pack(">I", len(jpeg)) + jpeg)
        await stdin.drain()
        answer = await stdout.readline()
        if not answer:
            raise OSError("the recogniser has ended")
        return msgspec.json.decode(answer, type=_Lines)

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(IDLE_S, self._kill)

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None and not self._turn.locked():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._process = None
