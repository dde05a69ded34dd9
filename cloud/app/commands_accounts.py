"""`sealgate-cloud accounts …`: the first accounts of an installation, and help for who is locked out.

Whoever may run this on the cloud's machine keeps accounts there; each act goes on the audit log as `cli`.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.app.processes import prepare
from cloud.clock import now_ms
from cloud.domain.authority import Actor, Role
from cloud.registry.accounts import register
from cloud.registry.desk import at_desk
from cloud.registry.refusals import Refusal
from cloud.settings import SettingsError, load
from cloud.store.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud.registry.desk import Desk

KEEPER = Actor(account="cli", roles=frozenset({Role.ADMIN}))
LINK_MS = 15 * 60_000
EXIT_REFUSED, EXIT_SETTINGS = 1, 2

accounts = typer.Typer(no_args_is_help=True, help="帳號 · accounts of people")
Config = Annotated[Path, typer.Option("--config", help="設定檔 · settings file (TOML)", show_default=True)]
Name = Annotated[str, typer.Argument(help="帳號名稱 · the account's name")]
Sites = Annotated[list[str] | None, typer.Option(help="卸存地代碼，可重複 · a place code; may be given again")]
DEFAULT_CONFIG = Path("/etc/sealgate/cloud.toml")


@accounts.command("add")
def add(
    name: Name,
    role: Annotated[list[Role], typer.Option(help="角色，可重複 · a role; may be given again")],
    site: Annotated[
        list[str] | None, typer.Option(help="卸存地代碼，可重複 · a place code; may be given again")
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """新增或變更帳號 · make an account, or change what it is for; a new one gets its first-login credential."""
    entry = register.AccountEntry(name=name, roles=role, sites=site or [])
    with _keeping(config) as desk:
        created, credential = register.put_account(desk, entry)
    _say(_credential(name, credential) if created and credential else f"{name}: 已更新 · up to date")


@accounts.command("renew")
def renew(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """重發首次登入密碼 · give a new first-login credential; the password and all sessions end."""
    with _keeping(config) as desk:
        credential = register.renew(desk, name)
    _say(_credential(name, credential))


@accounts.command("link")
def link(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """一次性登入連結 · print a path below the board's address that signs in once, within 15 minutes."""
    with _keeping(config) as desk:
        token = register.link(desk, name, LINK_MS)
    _say(f"/sign-in/link/{token}")


@accounts.command("disable")
def disable(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """停用帳號 · close an account; all its sessions end."""
    with _keeping(config) as desk:
        register.disable(desk, name)
    _say(f"{name}: 已停用 · disabled")


@accounts.command("enable")
def enable(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """恢復帳號 · open a closed account again."""
    with _keeping(config) as desk:
        register.enable(desk, name)
    _say(f"{name}: 已恢復 · enabled")


@contextmanager
def _keeping(config: Path) -> Iterator[Desk]:
    """Give a desk; a refusal or settings that cannot be used end the program with a sentence."""
    try:
        settings = load(config)
        prepare(settings)
        engine = open_engine(settings.database_url)
        with at_desk(engine, KEEPER, now_ms()) as desk:
            yield desk
        engine.dispose()
    except SettingsError as error:
        sys.stderr.write(f"sealgate-cloud: {error}\n")
        raise typer.Exit(EXIT_SETTINGS) from error
    except Refusal as refusal:
        text = refusal.text
        sys.stderr.write(f"{text.code} {text.zh} · {text.en}: {refusal.detail}\n")
        raise typer.Exit(EXIT_REFUSED) from refusal


def _credential(name: str, credential: str) -> str:
    return f"{name}: 首次登入密碼（限用一次）· first-login credential, good once: {credential}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
