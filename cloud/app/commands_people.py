"""`sealgate-cloud import directory`: the offices and the contact directory of the procedure's annex, from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cloud.app.keys import vault
from cloud.app.processes import prepare
from cloud.clock import now_ms
from cloud.domain.authority import Actor, Role
from cloud.registry import received
from cloud.registry.desk import at_desk
from cloud.registry.people import directory as registry
from cloud.registry.refusals import Refusal
from cloud.settings import SettingsError, load
from cloud.store.engine import open_engine

CLI = Actor(account="cli", roles=frozenset({Role.SYSTEM}))
EXIT_REFUSED, EXIT_SETTINGS = 1, 2
DEFAULT_CONFIG = Path("/etc/sealgate/cloud.toml")


def directory(
    file: Annotated[Path, typer.Argument(help="檔案 · the file (TOML), such as deploy/directory.toml")],
    config: Annotated[Path, typer.Option("--config", help="設定檔 · settings file (TOML)")] = DEFAULT_CONFIG,
) -> None:
    """匯入關別及聯絡資訊 · take in offices and contacts, the whole file or nothing."""
    try:
        settings = load(config)
        prepare(settings)
        content = file.read_bytes()
    except SettingsError as error:
        _give_up(str(error), EXIT_SETTINGS)
    except OSError as error:
        _give_up(f"{file}: {error.strerror}", EXIT_REFUSED)
    engine = open_engine(settings.database_url)
    try:
        with at_desk(engine, CLI, now_ms(), vault(settings.path(settings.keys.vault_file))) as desk:
            taken = registry.take(desk, content)
            arrived = received.Arrived(content=content, sender="operator", channel="CLI")
            changed = {"offices": taken.offices, "contacts": taken.contacts}
            received.keep(desk, arrived, received.Kind.DIRECTORY, changed)
    except Refusal as refusal:
        _give_up(f"{file}: {refusal.text.zh} · {refusal.text.en} ({refusal.detail})", EXIT_REFUSED)
    finally:
        engine.dispose()
    sys.stdout.write(
        f"關別 offices: {taken.offices}、聯絡資訊 contacts: {taken.contacts}（新增或變更 new or changed）\n"
    )


def _give_up(text: str, code: int) -> None:
    sys.stderr.write(f"sealgate-cloud: {text}\n")
    raise SystemExit(code)
