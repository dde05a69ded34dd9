"""Generated pages match the code, and what people read points at things that exist."""

import re
from pathlib import Path

import pytest

from docs.generator import requirements
from docs.generator.__main__ import stale

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)")
WRITTEN = sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))
RECORDS = sorted((ROOT / "docs/adr").glob("*.md"))


def test_generated_pages_match_the_code() -> None:
    assert stale() == [], "run `make docs`"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_requirements_are_numbered_without_a_gap() -> None:
    assert list(requirements.titles(ROOT)) == [f"R-{number:03d}" for number in range(1, 118)]


def test_marks_name_known_requirements() -> None:
    assert set(requirements.marks(ROOT)) <= set(requirements.titles(ROOT))


def test_decision_records_are_numbered_and_dated() -> None:
    numbers = [int(path.name[:4]) for path in RECORDS]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in RECORDS:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} ")
        assert all(f"\n## {part}\n" in text for part in ("Why", "Decision", "Consequences")), path.name


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", "".join(page.read_text() for page in ROOT.glob("*.md"))))
    assert named <= targets
