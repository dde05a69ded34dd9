"""`sealgate-cloud`: the cloud's command line; each command is one process, `all` keeps them up on one box."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.app.commands_accounts import accounts
from cloud.app.commands_notices import notices
from cloud.app.commands_people import directory
from cloud.app.processes import prepare
from cloud.app.supervisor import Child, Supervisor, stop_on_signals
from cloud.settings import Local, Settings, SettingsError, load

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

EXIT_SETTINGS = 2
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="封條移動監控雲端 · the cloud of SealGate")
Config = Annotated[Path, typer.Option("--config", help="設定檔 · settings file (TOML)", show_default=True)]
DEFAULT_CONFIG = Path("/etc/sealgate/cloud.toml")
imports = typer.Typer(no_args_is_help=True, help="匯入 · take in files, each whole or not at all")
app.add_typer(imports, name="import")
app.add_typer(accounts, name="accounts")
imports.command("directory")(directory)
imports.command("notices")(notices)


def _settings(config: Path) -> Settings:
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = load(config)
        prepare(settings)
    except SettingsError as error:
        _give_up(str(error))
    return settings


def _give_up(text: str) -> None:
    sys.stderr.write(f"sealgate-cloud: {text}\n")
    raise SystemExit(EXIT_SETTINGS)


def _run(settings: Settings, process: Callable[[Settings, threading.Event], None]) -> None:
    stop = stop_on_signals()
    try:
        process(settings, stop)
    except SettingsError as error:
        _give_up(str(error))


@app.command()
def ingest(config: Config = DEFAULT_CONFIG) -> None:
    """收件 · take in what the gates send: verify, store, judge, acknowledge."""
    from cloud.app.ingest import ingest as process  # noqa: PLC0415 -- each process loads only what it runs

    _run(_settings(config), process)


@app.command()
def work(config: Config = DEFAULT_CONFIG) -> None:
    """背景作業 · what runs by itself: manifests, rules that fire on silence, sinks."""
    from cloud.app.work import work as process  # noqa: PLC0415 -- each process loads only what it runs

    _run(_settings(config), process)


@app.command()
def web(config: Config = DEFAULT_CONFIG) -> None:
    """看板與 REST · serve pages and the REST API."""
    settings = _settings(config)
    _require_free(settings.web.host, settings.web.port)
    from cloud.app.web import web as process  # noqa: PLC0415 -- as above

    _run(settings, process)


@app.command(hidden=True)
def broker(config: Config = DEFAULT_CONFIG) -> None:
    """內嵌訊息伺服器 · the embedded broker, on loopback."""
    from cloud.app.broker import broker as process  # noqa: PLC0415 -- each process loads only what it runs

    _run(_settings(config), process)


@app.command("all")
def everything(config: Config = DEFAULT_CONFIG) -> None:
    """全部 · every process on this box, restarted when one ends."""
    settings = _settings(config)
    _require_free(settings.web.host, settings.web.port)
    names = ["ingest", "work", "web"]
    if not settings.mqtt.host:
        _require_free("127.0.0.1", settings.mqtt.port)
        names.insert(0, "broker")
    command = (sys.executable, "-m", "cloud")
    children = [
        Child(name=name, command=(*command, name, "--config", str(config)), rank=int(name != "broker"))
        for name in names
    ]
    Supervisor(children).run(stop_on_signals())


@app.command()
def migrate(config: Config = DEFAULT_CONFIG) -> None:
    """更新資料庫結構 · bring the database to the newest schema."""
    _settings(config)


@imports.command("message")
def import_message(
    files: Annotated[list[Path], typer.Argument(help="訊息或運送單檔 · messages (XML) or orders (JSON, CSV)")],
    sender: Annotated[str, typer.Option(help="傳送者 · who sent them")] = "customs",
    config: Config = DEFAULT_CONFIG,
) -> None:
    """匯入海關訊息 · take in customs' messages and files of transport orders."""
    from cloud.app.commands_messages import import_messages  # noqa: PLC0415 -- as above

    raise typer.Exit(import_messages(_settings(config), files, sender))


@imports.command("seals")
def import_seals(
    file: Annotated[Path, typer.Argument(help="封條與晶片對照表（CSV） · table of seals and chips")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只檢查 · check only")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """匯入封條 · take in seals and their chips: all lines or none, every fault named at its line."""
    from cloud.app.commands_import import import_seals as process  # noqa: PLC0415 -- as above

    raise typer.Exit(process(_settings(config), file, dry_run=dry_run))


@app.command("seal-keys")
def seal_keys(config: Config = DEFAULT_CONFIG) -> None:
    """封條金鑰 · seal the master keys of the seals into their file; reads lines SERIES=32 hex digits from stdin."""
    from cloud.adapters.keystore import KeystoreError, create_keystore  # noqa: PLC0415 -- as above

    settings = _settings(config)
    try:
        series = {
            name: bytes.fromhex(key) for name, _, key in (line.strip().partition("=") for line in sys.stdin) if name
        }
        create_keystore(settings.path(settings.keys.seal_file), series)
    except (ValueError, KeystoreError) as error:
        _give_up(str(error))


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="示範資料夾 · where the demo keeps its files")] = Path(".demo"),
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="重新開始 · forget what an earlier run left")] = False,
    broker: Annotated[Local, typer.Option(help="訊息伺服器 · which broker to start")] = "auto",
) -> None:
    """示範 · broker, cloud, board and two gates with emulated hardware, on this machine."""
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT, stream=sys.stderr)
    try:
        # needs the gate's packages too, which a server lacks
        from cloud.demo.files import DemoError  # noqa: PLC0415
        from cloud.demo.program import run  # noqa: PLC0415
    except ImportError as error:
        _give_up(f"示範需要 edge 與 cloud 兩組套件 · the demo needs the extras edge and cloud ({error})")
    try:
        run(folder, fresh=fresh, broker=broker)
    except DemoError as error:
        _give_up(str(error))


def _require_free(host: str, port: int) -> None:
    """End with a sentence if another program listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            _give_up(f"{host}:{port} 無法使用 · cannot listen there ({error.strerror}); set another port")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
