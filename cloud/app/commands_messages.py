"""`sealgate-cloud import message FILE…`: customs' messages and files of transport orders, by hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cloud.app.keys import vault
from cloud.clock import now_ms
from cloud.customs.taking import Arrival, House, take_in
from cloud.domain.authority import Actor, Role
from cloud.registry.refusals import Refusal
from cloud.store.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cloud.customs.taking import Taken
    from cloud.settings import Settings

CLI = Actor(account="cli", roles=frozenset({Role.SYSTEM}))
EXIT_REFUSED = 1


def import_messages(settings: Settings, files: Sequence[Path], sender: str) -> int:
    """Take each file, whole or not at all, and say what it changed; returns the exit code."""
    engine = open_engine(settings.database_url)
    keys = vault(settings.path(settings.keys.vault_file))
    house = House(engine=engine, vault=keys, actor=CLI, bytes_max=settings.inbox.message_max_bytes)
    refused = 0
    for file in files:
        try:
            taken = _take(house, file, sender)
        except Refusal as refusal:
            refused += 1
            text = refusal.text
            sys.stderr.write(f"{file}: {text.code} {text.zh} · {text.en}: {refusal.detail}\n")
        except OSError as error:
            refused += 1
            sys.stderr.write(f"{file}: 無法讀取 · cannot be read ({error.strerror})\n")
        else:
            sys.stdout.write(f"{file}: {_said(taken)}\n")
            for warning in taken.warnings:
                sys.stdout.write(f"  注意 · note: {warning}\n")
    engine.dispose()
    return EXIT_REFUSED if refused else 0


def _take(house: House, file: Path, sender: str) -> Taken:
    with file.open("rb") as opened:
        content = opened.read(house.bytes_max + 1)
    return take_in(house, Arrival(content=content, sender=sender, channel="CLI"), now_ms())


def _said(taken: Taken) -> str:
    if not taken.new:
        return f"{taken.kind} 已收過，未變更 · had come before, nothing changed"
    changed = taken.changed
    parts = {
        "應加封指示 · instructions": len(changed.created),
        "確認 · confirmed": len(changed.confirmed),
        "補充 · completed": len(changed.completed),
        "存疑 · doubted": len(changed.doubted),
        "撤回 · withdrawn": len(changed.withdrawn),
        "運送單 · orders": len(changed.orders),
        "待辦 · tasks": changed.tasks,
    }
    return f"{taken.kind}: " + ", ".join(f"{name} {count}" for name, count in parts.items() if count)
