"""`sealgate-cloud import message`, and the process `work` that watches the folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.__main__ import app
from cloud.app.processes import prepare
from cloud.app.work import _inbox
from cloud.settings import Inbox, Settings
from cloud.store.engine import open_engine, reading
from cloud.store.registry import messages

VECTORS = Path("tests/vectors/messages").resolve()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "cloud.toml"
    path.write_text(f'state_dir = "{tmp_path}/state"\n[inbox]\nmessage_max_bytes = 100000\n')
    return path


def run(config: Path, *files: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["import", "message", *map(str, files), "--sender", "mq", "--config", str(config)])
    return result.exit_code, result.output


@pytest.mark.req("R-025")
def test_files_are_taken_each_whole_or_not_at_all(config: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.xml"
    damaged.write_bytes((VECTORS / "N5170-B.xml").read_bytes()[:-9])
    huge = tmp_path / "huge.xml"
    huge.write_bytes(b" " * 100_001)
    code, said = run(config, VECTORS / "N5170-B.xml", damaged, huge, tmp_path / "none.xml", VECTORS / "N5302-add.xml")
    assert code == 1
    assert "instructions 3" in said
    assert "ISO 6346" in said
    assert "damaged.xml: MESSAGE-MALFORMED" in said
    assert "huge.xml: TOO-LARGE" in said
    assert "none.xml: 無法讀取" in said
    code, said = run(config, VECTORS / "N5302-add.xml")
    assert (code, "nothing changed" in said) == (0, True)


def test_work_watches_the_folder_that_is_set_and_no_other(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path), inbox=Inbox(dir="inbox", sender="mq"))
    prepare(settings)
    engine = open_engine(settings.database_url)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.xml").write_bytes((VECTORS / "N5170-B.xml").read_bytes())
    (task,) = _inbox(settings, engine)
    task.step()
    with reading(engine) as connection:
        assert [row.sender for row in messages.page(connection, 0, 10, None)] == ["mq"]
    engine.dispose()
    assert _inbox(Settings(state_dir=str(tmp_path)), engine) == []
