"""compose.yaml, judged by docker-compose itself (it needs no daemon for that), and held against the programs."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import cloud.settings
from tests.processes import installed

COMPOSE = Path("deploy/compose.yaml")
PROCESSES = {"migrate", "ingest", "work", "web"}


def composed(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment_file = Path("deploy/compose.env.example").absolute()
    command = [
        installed("docker-compose", "docker-compose"),
        "--env-file",
        str(environment_file),
        "-f",
        str(path),
        "config",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def services(tmp_path: Path) -> dict[str, Any]:
    judged = composed(COMPOSE.absolute(), tmp_path)
    assert judged.returncode == 0, judged.stderr
    services: dict[str, Any] = yaml.safe_load(judged.stdout)["services"]
    return services


def test_compose_runs_every_process_once(services: dict[str, Any]) -> None:
    assert set(services) == {"broker", "database"} | PROCESSES
    assert {services[name]["command"][0] for name in PROCESSES} == PROCESSES


def test_compose_would_refuse_a_misspelt_key(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("read_only: true", "readonly: true"))
    assert "readonly" in composed(wrong, tmp_path).stderr


def test_every_file_that_is_mounted_exists(services: dict[str, Any]) -> None:
    mounts = [str(volume) for service in services.values() for volume in service.get("volumes", [])]
    ours = {found[0] for mount in mounts if (found := re.search(r"deploy/(?!secrets)[\w./-]+?(?=:|'|$)", mount))}
    assert ours == {"deploy/mosquitto/mosquitto.conf", "deploy/mosquitto/acl", "deploy/compose.cloud.toml"}
    assert all(Path(place).is_file() for place in ours)


def test_the_settings_in_the_containers_are_accepted() -> None:
    settings = cloud.settings.load(Path("deploy/compose.cloud.toml"))
    assert settings.database_url.startswith("postgresql+psycopg://")


def test_the_environment_example_tells_the_defaults() -> None:
    told = dict(re.findall(r"^([A-Z_]+)=(.+)$", Path("deploy/compose.env.example").read_text(), flags=re.MULTILINE))
    assert told.pop("COMPOSE_PROJECT_NAME") == "sealgate"
    assert dict(re.findall(r"\$\{([A-Z_]+):-([^}]+)\}", COMPOSE.read_text())) == told


def test_the_image_is_built_from_what_is_there() -> None:
    text = Path("deploy/Containerfile").read_text()
    sources = [word for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, flags=re.MULTILINE) for word in line.split()]
    assert [source for source in sources if not Path(source).exists()] == []
    assert re.search(r"uv==(\S+)", text)[1] == re.search(r"UV_PINNED=(\S+)", Path(".ci/setup").read_text())[1]  # type: ignore[index]
