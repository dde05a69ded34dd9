"""What linters do not check: sizes, names, the customer's card, nothing unfinished, no path of a machine."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
FUNCTION_LINES_USUAL = 45
USUAL_SHARE_MIN = 0.95

# names under which anything could be put; `settings`, `clock`, `lane` say what belongs there
BANNED_NAMES = {"utils", "util", "helpers", "common", "misc", "base", "manager", "core", "data", "info"}
CARD = {"edge", "cloud", "firmware-config", "schemas", "tests", "deploy", "pyproject.toml", "README.md"}
BESIDE_THE_CARD = {
    *{"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "THIRD_PARTY.md", "docs", "uv.lock"},
    *{"hatch_build.py", "package.json", "package-lock.json"},  # the build of the pages' assets
}
# written by Alembic, in its own shape
GENERATED = "cloud/store/migrations/versions/"

# brackets keep this file from finding itself
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|not[ ]implemented|NotImplemented[E]rror)\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w+")
EVASION = re.compile(r"pytest\.(skip|importorskip|mark\.(skip|skipif|xfail))|\btime\.sleep\(")
TEXT_SUFFIXES = {
    ".py",
    ".html",
    ".js",
    ".mjs",
    ".css",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".conf",
    ".service",
    ".rules",
    "",
}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True
    )
    return [path for line in listed.stdout.splitlines() if (path := Path(line)).is_file()]


FILES = tracked()
TEXTS = [path for path in FILES if path.suffix in TEXT_SUFFIXES]
MODULES = [path for path in FILES if path.suffix == ".py" and not path.as_posix().startswith(GENERATED)]
PRODUCT = [path for path in MODULES if path.parts[0] in {"edge", "cloud", "schemas"}]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(paths: list[Path]) -> dict[str, int]:
    return {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in paths
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path}:{number} {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_a_module_fits_into_one_head() -> None:
    rooms = [path for path in MODULES if path.parts[0] != "tests"]  # a test module is a list of stories
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in rooms}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MAX} == {}


def test_a_function_fits_on_a_screen() -> None:
    assert {name: lines for name, lines in functions(MODULES).items() if lines > FUNCTION_LINES_MAX} == {}


def test_most_functions_are_shorter() -> None:
    lengths = functions(PRODUCT)
    usual = sum(lines <= FUNCTION_LINES_USUAL for lines in lengths.values())
    assert usual >= USUAL_SHARE_MIN * len(lengths)


def test_modules_are_named_for_what_they_hold() -> None:
    assert [path for path in PRODUCT if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES] == []


def test_a_module_says_what_belongs_in_it() -> None:
    silent = [path for path in PRODUCT if path.name != "__init__.py" and not ast.get_docstring(tree(path))]
    assert silent == []


def test_the_top_level_is_the_customers_card() -> None:
    top = {path.parts[0] for path in FILES if not path.parts[0].startswith(".")}
    assert top >= CARD
    assert top <= CARD | BESIDE_THE_CARD


@pytest.mark.parametrize(
    ("what", "pattern", "paths"),
    [
        ("unfinished", UNFINISHED, [path for path in TEXTS if path.suffix in {".py", ".html", ".js", ".md"}]),
        ("path of a machine", MACHINE_PATH, TEXTS),
        ("a test that evades", EVASION, [path for path in MODULES if path.parts[0] == "tests"]),
    ],
)
def test_nothing_is_left_behind(what: str, pattern: re.Pattern[str], paths: list[Path]) -> None:
    found = lines_with(pattern, paths)
    assert found == [], what
