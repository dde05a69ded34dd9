"""`sealgate-cloud import notices FILE`: a yard's sheet of gate-out and gate-in notices, whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.app.keys import vault
from cloud.app.processes import prepare
from cloud.clock import now_ms
from cloud.domain.authority import Actor, Role
from cloud.registry import received
from cloud.registry.desk import at_desk
from cloud.registry.notices.sheet import take_sheet
from cloud.registry.refusals import Refusal
from cloud.settings import SettingsError, load
from cloud.store.engine import open_engine

if TYPE_CHECKING:
    from cloud.registry.notices.sheet import Fault

CLI = Actor(account="cli", roles=frozenset({Role.SYSTEM}))
EXIT_REFUSED, EXIT_SETTINGS = 1, 2
DEFAULT_CONFIG = Path("/etc/sealgate/cloud.toml")
FILE_BYTES_MAX = 8 * 2**20


def notices(
    file: Annotated[Path, typer.Argument(help="出站、進站通報檔（CSV） · sheet of notices")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只檢查 · check only")] = False,
    config: Annotated[Path, typer.Option("--config", help="設定檔 · settings file (TOML)")] = DEFAULT_CONFIG,
) -> None:
    """匯入出站、進站通報 · take in gate-out and gate-in notices, every fault named at its line."""
    try:
        settings = load(config)
        prepare(settings)
        with file.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
    except SettingsError as error:
        _give_up(str(error), EXIT_SETTINGS)
    except OSError as error:
        _give_up(f"{file}: {error.strerror}", EXIT_REFUSED)
    if len(content) > FILE_BYTES_MAX:
        _give_up(f"{file}: 超過 {FILE_BYTES_MAX} 位元組 · larger than {FILE_BYTES_MAX} bytes", EXIT_REFUSED)
    engine = open_engine(settings.database_url)
    try:
        with at_desk(engine, CLI, now_ms(), vault(settings.path(settings.keys.vault_file))) as desk:
            report = take_sheet(desk, content, trial=True)
            if not (report.faults or dry_run):
                report = take_sheet(desk, content, trial=False)
                arrived = received.Arrived(content=content, sender="operator", channel="CLI")
                received.keep(desk, arrived, received.Kind.NOTICES, {"new": report.new, "known": report.known})
    except Refusal as refusal:
        _give_up(f"{file}: {refusal.code} {refusal.text.zh} · {refusal.text.en} ({refusal.detail})", EXIT_REFUSED)
    finally:
        engine.dispose()
    _list(report.faults or report.warnings)
    taken = "未匯入 · nothing taken" if report.faults or dry_run else "已匯入 · taken"
    sys.stdout.write(f"列 lines: {report.lines}、新 new: {report.new}、已有 known: {report.known}：{taken}\n")
    if report.faults:
        raise typer.Exit(EXIT_REFUSED)


def _list(faults: tuple[Fault, ...]) -> None:
    for one in faults:
        sys.stderr.write(f"第 {one.line} 列 · line {one.line}: {one.code} {one.detail}\n")


def _give_up(text: str, code: int) -> None:
    sys.stderr.write(f"sealgate-cloud: {text}\n")
    raise SystemExit(code)
