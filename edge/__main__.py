"""`sealgate-edge`: run a gate, enrol it, emulate its hardware."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import asdict
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer

from edge.settings import SettingsError, load

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="The agent on the kiosk at a gate.")
Config = Annotated[Path, typer.Option("--config", "-c", help="settings of the gate (TOML)", show_default=False)]
EXIT_SETTINGS = 2
EXIT_MISTAKE = 3


@cli.command()
def run(config: Config) -> None:
    """Serve the lanes of a gate until told to stop."""
    from edge.adapters.key import KeyFileError  # noqa: PLC0415 - the other commands need none of this
    from edge.app import serve  # noqa: PLC0415
    from edge.care.recent import RecentLog  # noqa: PLC0415

    _log_to_stderr()
    recent = RecentLog()
    logging.getLogger().addHandler(recent)
    try:
        asyncio.run(serve(load(config), recent))
    except (SettingsError, KeyFileError) as error:
        _give_up(str(error))
    except Exception:
        logging.getLogger("sealgate").critical("the agent ends by a mistake of its own", exc_info=True)
        logging.shutdown()
        os._exit(EXIT_MISTAKE)  # threads of drivers must not keep a dead agent from being started again


@cli.command()
def enrol(config: Config) -> None:
    """Make the gate's key file (0600) and print what the cloud must register: gate, public key, key id."""
    from edge.adapters import key as key_files  # noqa: PLC0415
    from schemas.envelope import SigningKey  # noqa: PLC0415

    try:
        settings = load(config)
        key = SigningKey.generate()
        key_files.create(settings.key_file, key)
    except (SettingsError, key_files.KeyFileError) as error:
        _give_up(str(error))
    else:
        typer.echo(json.dumps({"gate": settings.gate, "kid": key.kid, "key": key.public_jwk}))


@cli.command()
def doctor(config: Config, *, as_json: Annotated[bool, typer.Option("--json", help="one line a part")] = False) -> None:
    """Look at hardware, clock, disk, keys, manifest and broker, and say what to mend; 1 where there is something."""
    from edge.app.doctor import examine  # noqa: PLC0415

    logging.getLogger("sealgate").addHandler(logging.NullHandler())  # what is wrong is said below, once
    marks, bad = {"OK": "✓", "NOTE": "·", "MEND": "✗"}, False

    async def look() -> None:
        nonlocal bad
        async for found in examine(load(config)):
            bad |= found.level == "MEND"
            if as_json:
                typer.echo(json.dumps(asdict(found), ensure_ascii=False))
                continue
            typer.echo(f"{marks[found.level]} {found.part}: {found.zh} · {found.en}")
            if found.mend_zh:
                typer.echo(f"    → {found.mend_zh} · {found.mend_en}")

    try:
        asyncio.run(look())
    except SettingsError as error:
        _give_up(str(error))
    if bad:
        raise typer.Exit(1)


@cli.command()
def emulate(config: Annotated[Path, typer.Option("--config", "-c", help="settings of the emulator (TOML)")]) -> None:
    """Stand in for the hardware of a gate: reader, cards, receiver, camera, cable."""
    from edge.emulate import process  # noqa: PLC0415

    _log_to_stderr()
    process.run(config)


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo(version_of("sealgate"))


def main() -> None:
    """Entry point of the console script."""
    cli()


def _log_to_stderr() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every snapshot and upload


def _give_up(text: str) -> None:
    typer.echo(text, err=True)
    raise typer.Exit(EXIT_SETTINGS)


if __name__ == "__main__":
    main()
