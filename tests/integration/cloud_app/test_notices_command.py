"""`sealgate-cloud import notices` as an operator types it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from cloud.__main__ import app
from cloud.store import schema
from cloud.store.engine import open_engine, reading, upgrade, writing

if TYPE_CHECKING:
    from pathlib import Path

RUNNER = CliRunner()
HEADER = "site,container,direction,at,transport_order\n"
GOOD = "A1,CSQU3054383,出站,2025-11-24T23:00:00+08:00,T1\n"


@pytest.fixture
def house(tmp_path: Path):
    """A folder with settings and a database that knows one yard."""
    (tmp_path / "cloud.toml").write_text('state_dir = "state"\n')
    (tmp_path / "state").mkdir()
    engine = open_engine(f"sqlite:///{tmp_path}/state/cloud.db")
    upgrade(engine)
    with writing(engine) as connection:
        row = {"code": "A1", "name_zh": "站", "name_en": "yard", "fence_version": 1, "updated_ms": 0}
        connection.execute(insert(schema.site).values(row))
    yield tmp_path
    engine.dispose()


def run(house: Path, content: bytes | str, *words: str) -> tuple[int, str]:
    sheet = house / "notices.csv"
    sheet.write_bytes(content if isinstance(content, bytes) else content.encode())
    config = ["--config", str(house / "cloud.toml")]
    done = RUNNER.invoke(app, ["import", "notices", str(sheet), *words, *config])
    return done.exit_code, done.output


def stored(house: Path) -> int:
    engine = open_engine(f"sqlite:///{house}/state/cloud.db")
    with reading(engine) as connection:
        count = len(connection.execute(select(schema.notice)).all())
    engine.dispose()
    return count


def test_a_sheet_is_checked_then_taken_and_known_the_second_time(house) -> None:
    for words, said, kept in ((["--dry-run"], "nothing taken", 0), ([], "new: 1", 1), ([], "known: 1", 1)):
        code, output = run(house, HEADER + GOOD, *words)
        assert (code, said in output, stored(house)) == (0, True, kept), output


def test_each_faulty_line_is_named_and_nothing_is_taken(house) -> None:
    code, output = run(house, HEADER + GOOD + "A1,?,IN,x,\n" + GOOD + "A1,CSQU3054383,UP,2025-11-24T15:00:00Z,\n")
    assert (code, stored(house)) == (1, 0)
    assert [number for number in range(1, 7) if f"line {number}:" in output] == [3, 5]


def test_what_is_no_sheet_is_refused_with_a_sentence(house) -> None:
    for content, said in ((b"\xff\xfe", "CSV"), (HEADER + GOOD.replace("A1", "Z9"), "SITE-UNKNOWN")):
        code, output = run(house, content)
        assert (code, said in output, stored(house)) == (1, True, 0), output
