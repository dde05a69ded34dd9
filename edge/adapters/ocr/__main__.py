"""The recogniser's process: a length and a JPEG come in, a line of JSON with texts and their scores goes out."""

from __future__ import annotations

import json
import logging
import os
import struct
import sys

BYTES_MAX = 16 * 2**20
LENGTH_BYTES = 4
NICE = 15  # people at the lane come first


def main() -> None:
    """Serve until the pipe closes."""
    os.nice(NICE)
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever the package prints stays out of the answers
    from rapidocr import RapidOCR  # noqa: PLC0415 - an optional extra, and seconds to load

    recogniser = RapidOCR()
    while len(head := sys.stdin.buffer.read(LENGTH_BYTES)) == LENGTH_BYTES:
        (length,) = struct.unpack(">I", head)
        if length > BYTES_MAX:
            return
        answers.write(json.dumps(_lines(recogniser, sys.stdin.buffer.read(length))) + "\n")
        answers.flush()


def _lines(recogniser: object, jpeg: bytes) -> list[tuple[str, float]]:
    try:
        result = recogniser(jpeg)  # type: ignore[operator] # the package has no types
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the picture is only not read
        return []
    return [(str(text), float(score)) for text, score in zip(result.txts or (), result.scores or (), strict=True)]


if __name__ == "__main__":
    main()
