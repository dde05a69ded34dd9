"""The directory of annex 3 from its file: whole or not at all, again without effect, changed as a new version."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.__main__ import app
from cloud.domain.authority import Role
from cloud.registry.people import directory
from cloud.registry.people.directory import Taken
from cloud.registry.refusals import Refusal
from cloud.store.engine import open_engine
from cloud.store.engine import reading as transaction
from cloud.store.registry import contacts as rows
from tests.desks import NOW_MS, SYSTEM, actor, desk_of

FILE = Path(__file__).parents[3] / "deploy" / "directory.toml"
LATER_MS = 1_900_000_000_000
ENTRY = 'valid_from = 2026-01-01\n[[contacts]]\ncode = "X"\nbody = "IT"\nname_zh = "資訊室"\nname_en = "IT"\n'


def take(engine, content: bytes) -> Taken:
    with desk_of(engine, SYSTEM, NOW_MS) as desk:
        return directory.take(desk, content)


@pytest.mark.req("R-010", "R-110")
def test_the_annex_is_there_as_dated_data_and_the_two_lists_differ(engine) -> None:
    content = FILE.read_bytes()
    assert take(engine, content) == Taken(offices=4, contacts=12)
    assert take(engine, content) == Taken(offices=0, contacts=0)
    with transaction(engine) as connection:
        lists = {kind: rows.listed(connection, LATER_MS, procedure=kind) for kind in ("E", "PA")}
        assert rows.listed(connection, 0) == []  # nothing is said of the time before
    names = {kind: {row.name_zh for row in found} for kind, found in lists.items()}
    assert names["E"] - names["PA"] == {"基隆關電子封條監控中心"}
    assert names["PA"] - names["E"] == {"基隆關電子封條監控辦公室"}
    bodies = {row.body for row in lists["E"]}
    assert bodies == {"CONTRACTOR", "CENTRE", "JOINT_CENTRE", "IT", "INVESTIGATION", "HOSTING"}
    assert sum(row.body == "JOINT_CENTRE" for row in lists["PA"]) == 3


@pytest.mark.req("R-110")
def test_a_changed_number_is_a_new_version(engine) -> None:
    take(engine, FILE.read_bytes())
    changed = FILE.read_text().replace("(02)77352988", "(02)77350000").replace("2026-01-01", "2027-01-01")
    assert take(engine, changed.encode()) == Taken(offices=0, contacts=1)
    with transaction(engine) as connection:
        assert [row.phones for row in rows.history(connection, "CONTRACTOR")] == [["(02)77352988"], ["(02)77350000"]]


@pytest.mark.req("R-110")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "INVALID"),
        (b"valid_from = 2026-01-01\n[[contacts]", "INVALID"),
        (b"[[contacts]]", "INVALID"),
        (ENTRY.replace('"IT"', '"BAKERY"', 1).encode(), "INVALID"),
        ((ENTRY + 'phones = ["call me"]').encode(), "INVALID"),
        ((ENTRY + "surprise = 1").encode(), "INVALID"),
        ((ENTRY + 'office = "NONE"').encode(), "OFFICE-UNKNOWN"),
        (b"#" * (directory.FILE_BYTES_MAX + 1), "TOO-LARGE"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(engine, content, code) -> None:
    good = b'valid_from = 2026-01-01\n[[offices]]\ncode = "A"\nname_zh = "A"\nname_en = "A"\n'
    with pytest.raises(Refusal) as refused:
        take(engine, content)
    assert refused.value.code == code
    with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(engine, actor(Role.OPERATOR, "A1")) as desk:
        directory.take(desk, good)
    with transaction(engine) as connection:
        assert rows.listed(connection, LATER_MS) == []


@pytest.mark.req("R-110")
def test_the_command_line_takes_the_file(tmp_path) -> None:
    config = tmp_path / "cloud.toml"
    config.write_text(f'state_dir = "{tmp_path}/state"\n')
    ran = CliRunner().invoke(app, ["import", "directory", str(FILE), "--config", str(config)])
    assert (ran.exit_code, "12" in ran.output) == (0, True), ran.output
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("valid_from = 1")
    assert CliRunner().invoke(app, ["import", "directory", str(wrong), "--config", str(config)]).exit_code == 1
    missing = str(tmp_path / "none.toml")
    assert CliRunner().invoke(app, ["import", "directory", missing, "--config", str(config)]).exit_code == 1
    assert CliRunner().invoke(app, ["import", "directory", str(FILE), "--config", missing]).exit_code == 2
    engine = open_engine(f"sqlite:///{tmp_path}/state/cloud.db")
    with transaction(engine) as connection:
        assert len(rows.listed(connection, LATER_MS)) == 12
    engine.dispose()
