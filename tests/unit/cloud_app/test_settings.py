"""The settings file: what is right is read, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloud.app.keys import signing_key
from cloud.settings import SettingsError, load, read_secret
from schemas.envelope import SigningKey, b64url


def written(folder: Path, text: str) -> Path:
    path = folder / "cloud.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_state_folder_is_all_that_must_be_said(tmp_path) -> None:
    settings = load(written(tmp_path, 'state_dir = "state"'))
    assert settings.path("x") == tmp_path / "state" / "x"
    assert settings.database_url == f"sqlite:///{tmp_path}/state/cloud.db"
    assert (settings.mqtt.host, settings.web.host, settings.manifests.lifetime_h) == ("", "127.0.0.1", 168.0)


def test_the_names_we_answer_to_are_loopback_the_bound_address_and_what_is_set(tmp_path) -> None:
    text = 'state_dir = "s"\n[web]\nhost = "fd00::7"\nhosts = ["board.example"]'
    names = load(written(tmp_path, text)).web.host_names
    assert names == {"localhost", "127.0.0.1", "[::1]", "[fd00::7]", "board.example"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "state_dir"),
        ("state_dir = 1", "state_dir"),
        ('state_dir = "s"\n[web]\nport = 70000', "port"),
        ('state_dir = "s"\n[web]\nprot = 1', "prot"),
        ('state_dir = "s"\n[manifests]\nlifetime_h = 0', "lifetime_h"),
        ('state_dir = "s', "not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, says) -> None:
    with pytest.raises(SettingsError, match=says):
        load(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(SettingsError, match="no settings file at"):
        load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


def test_the_example_is_read_as_it_stands() -> None:
    example = load(Path(__file__).parents[3] / "deploy" / "cloud.example.toml")
    assert example.database_url.startswith("postgresql")


def test_a_secret_must_be_ours_and_long_enough(tmp_path) -> None:
    path = tmp_path / "secret"
    with pytest.raises(SettingsError, match="no secret at"):
        read_secret(path)
    path.write_text("0123456789abcdef\n")
    path.chmod(0o604)
    with pytest.raises(SettingsError, match="chmod"):
        read_secret(path)
    path.chmod(0o600)
    assert read_secret(path) == "0123456789abcdef"
    path.write_text("short")
    with pytest.raises(SettingsError, match="fewer than"):
        read_secret(path)
    path.write_bytes(b"\xff" * 40)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_secret(path)


def test_the_signing_key_is_drawn_once_and_kept_for_its_owner(tmp_path) -> None:
    path = tmp_path / "keys" / "cloud.key"
    first = signing_key(path)
    assert signing_key(path).kid == first.kid
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["cloud.key"]


@pytest.mark.parametrize("text", ["not base64 at all!!", b64url(b"too short to be a key")])
def test_what_is_no_key_is_refused(tmp_path, text) -> None:
    path = tmp_path / "cloud.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="no signing key"):
        signing_key(path)


def test_a_key_that_is_there_is_never_replaced(tmp_path) -> None:
    path = tmp_path / "cloud.key"
    key = SigningKey.from_seed(b"\x03" * 32)
    path.write_text(b64url(key.seed) + "\n")
    path.chmod(0o600)
    assert signing_key(path).kid == key.kid
