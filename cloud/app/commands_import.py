"""`sealgate-cloud import seals FILE`: the table of seals and chips in bulk, every fault named at its line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cloud.app.keys import vault
from cloud.clock import now_ms
from cloud.domain.authority import Actor, Role
from cloud.registry import received
from cloud.registry.desk import at_desk, at_reading_desk
from cloud.registry.refusals import TEXTS, Refusal
from cloud.registry.stock import importing
from cloud.store.engine import open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from cloud.settings import Settings

CLI = Actor(account="cli", roles=frozenset({Role.SYSTEM}))
EXIT_REFUSED = 1
SENDER = "operator"  # who stands at the machine; no file says itself who sent it
FILE_BYTES_MAX = 64 * 2**20


def import_seals(settings: Settings, file: Path, *, dry_run: bool) -> int:
    """Check the file, say what is wrong at which line, and unless it is a dry run take it whole; returns the exit code.

    It is checked without holding up any writer, and then written in one go.
    """
    engine = open_engine(settings.database_url)
    try:
        content = _read(file)
        with at_reading_desk(engine, CLI, now_ms()) as desk:
            found = importing.check_file(desk, content, _progress)
        for fault in found.faults:
            sys.stderr.write(
                f"第 {fault.line} 行 · line {fault.line}: {fault.code} {_said(fault.code)} {fault.detail}\n"
            )
        if found.faults or dry_run:
            _say(found, "未匯入 · nothing taken")
            return EXIT_REFUSED if found.faults else 0
        with at_desk(engine, CLI, now_ms(), vault(settings.path(settings.keys.vault_file))) as desk:
            new = importing.take(desk, found)
            arrived = received.Arrived(content=content, sender=SENDER, channel="CLI")
            received.keep(desk, arrived, received.Kind.SEALS, {"new": new, "known": found.unchanged})
        _say(found, "已匯入 · taken")
    except Refusal as refusal:
        text = refusal.text
        sys.stderr.write(f"{text.code} {text.zh} · {text.en}: {refusal.detail}\n")
        return EXIT_REFUSED
    finally:
        engine.dispose()
    return 0


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            content = source.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Refusal("IMPORT", f"{file}: {error.strerror}") from error
    if len(content) > FILE_BYTES_MAX:
        raise Refusal("TOO-LARGE", f"{file}: more than {FILE_BYTES_MAX} bytes")
    return content


def _said(code: str) -> str:
    return f"{TEXTS[code].zh} · {TEXTS[code].en}:" if code in TEXTS else ""


def _progress(lines: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r已檢查 · checked {lines:,}")


def _say(found: importing.Checked, end: str) -> None:
    counts = f"新 · new {len(found.new):,}, 已有 · known {found.unchanged:,}, 錯誤 · faults {len(found.faults):,}"
    sys.stdout.write(f"{counts}: {end}\n")
