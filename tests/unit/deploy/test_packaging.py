"""What each program is installed with: no more than it declares, no less than it imports, and no cloud on a Pi."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
OWN = {"schemas", "edge", "cloud"}
# the demo starts gates and broker from the cloud's command line; it says so where the gate's packages are missing
DEMO = Path("cloud/demo")
# imported by a package that is declared, for which it is an interface we use with it
COMES_WITH = {"starlette": "fastapi", "pydantic": "fastapi", "ndef": "nfcpy", "serial": "nfcpy", "markupsafe": "jinja2"}
COMES_WITH |= {"urllib3": "influxdb-client"}
CLOUD_ONLY = {"alembic", "babel", "influxdb-client", "iotcore", "psycopg", "sqlalchemy"}


def declared(*extras: str) -> set[str]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return {normal(re.split(r"[\[<>=;~! ]", line, maxsplit=1)[0]) for line in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folder: str) -> dict[str, str]:
    """Third-party packages that the modules below a folder import, by distribution, with one place each."""
    owners = metadata.packages_distributions()
    found: dict[str, str] = {}
    for path in Path(folder).rglob("*.py"):
        if DEMO in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
            for top in {name.partition(".")[0] for name in names} - OWN - sys.stdlib_module_names:
                found[normal(COMES_WITH.get(top) or owners.get(top, [top])[0])] = f"{path}:{node.lineno}"
    return found


@pytest.mark.parametrize(
    ("folder", "extras"), [("schemas", ()), ("edge", ("edge", "ocr", "gpio")), ("cloud", ("cloud",))]
)
def test_a_program_declares_what_it_imports(folder: str, extras: tuple[str, ...]) -> None:
    missing = {name: place for name, place in imported(folder).items() if name not in declared(*extras)}
    assert missing == {}


@pytest.mark.parametrize("extra", ["edge", "cloud"])
def test_what_is_declared_is_used(extra: str) -> None:
    used = set(imported("schemas")) | set(imported(extra))
    named_in_a_url = {"psycopg"}
    assert declared(extra) - declared() - used - named_in_a_url == set()


def test_a_gate_installs_nothing_of_the_cloud() -> None:
    assert declared("edge") & CLOUD_ONLY == set()
    assert declared("cloud") >= CLOUD_ONLY


def test_the_customers_packages_are_there() -> None:
    card = {"paho-mqtt", "nfcpy", "gpsd-py3", "aiosqlite", "fastapi", "influxdb-client", "shapely", "pillow"}
    assert card <= declared("edge", "cloud")
    assert card <= set(imported("schemas")) | set(imported("edge")) | set(imported("cloud"))
