"""`sealgate-cloud accounts …` as an operator types it, and the file that opens personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from cloud.__main__ import app
from cloud.app.keys import vault
from cloud.domain.authority import Role
from cloud.registry.accounts import passwords, sessions
from cloud.registry.vault import VaultError
from cloud.settings import SettingsError
from cloud.store.engine import open_engine, reading
from cloud.store.registry import audit

if TYPE_CHECKING:
    from pathlib import Path

RUNNER = CliRunner()
KEY = "A" * 43


@pytest.fixture(autouse=True)
def _light(monkeypatch) -> None:
    """Hashes that cost little."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "cloud.toml"
    path.write_text('state_dir = "state"\n')
    return path


def run(config: Path, *words: str, code: int = 0) -> str:
    done = RUNNER.invoke(app, ["accounts", *words, "--config", str(config)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.req("R-016")
def test_the_first_account_of_an_installation(config: Path) -> None:
    told = run(config, "add", "keeper", "--role", "ADMIN")
    credential = told.split()[-1]
    engine = open_engine(f"sqlite:///{config.parent}/state/cloud.db")
    at = sessions.Entrance(engine=engine, now_ms=1, idle_ms=1_000, longest_ms=1_000)
    opened = sessions.sign_in(at, "keeper", credential)
    assert opened.must_change
    assert sessions.find(at, opened.token).actor.roles == {Role.ADMIN}
    assert "up to date" in run(config, "add", "keeper", "--role", "ADMIN")
    assert run(config, "renew", "keeper").split()[-1] != credential
    assert run(config, "link", "keeper").startswith("/sign-in/link/")
    assert "disabled" in run(config, "disable", "keeper")
    assert "enabled" in run(config, "enable", "keeper")
    with reading(engine) as connection:
        accounts = {line.account for line in audit.page(connection, 0, 100, subject="account:keeper", account=None)}
    assert accounts == {"cli", "keeper"}
    engine.dispose()


def test_what_is_refused_is_a_sentence(config: Path) -> None:
    assert "NOT-FOUND" in run(config, "link", "nobody", code=1)
    assert "ROLES" in run(config, "add", "x1", "--role", "ADMIN", "--role", "CENTRE", code=1)
    assert "SITE-UNKNOWN" in run(config, "add", "x1", "--role", "OFFICER", "--site", "NONE", code=1)
    assert "no settings file" in run(config.with_name("none.toml"), "link", "x", code=2)


def test_the_vault_is_drawn_once_and_grows_by_a_key(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    first = vault(path)
    sealed = first.seal(b"A123456789", "person.id_number")
    assert vault(path).open(sealed, "person.id_number") == b"A123456789"
    assert vault(path).index("A123456789", "person.id_number") == first.index("A123456789", "person.id_number")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(VaultError):
        first.open(sealed, "person.name")
    text = path.read_text().strip()
    path.write_text(f"{text};2:{KEY}\n")
    newer = vault(path).seal(b"x", "person.name")
    assert vault(path).open(sealed, "person.id_number") == b"A123456789"
    with pytest.raises(VaultError):
        first.open(newer, "person.name")


@pytest.mark.parametrize(
    "text", ["1:" + "A" * 43, "index:" + "A" * 43, "index:AAAA;1:" + "A" * 43, "nonsense nonsense"]
)
def test_a_file_that_holds_no_keys_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vault.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="personal data"):
        vault(path)
