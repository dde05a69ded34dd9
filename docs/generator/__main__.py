"""Write every generated file (`make docs`), or with --check only say which of them no longer match the code."""

from __future__ import annotations

import sys
from pathlib import Path

from docs.generator import (
    api,
    asyncapi,
    authority,
    diagrams,
    examples,
    json_schemas,
    messages,
    reasons,
    requirements,
    settings,
    third_party,
    topics,
)

ROOT = Path(__file__).resolve().parents[2]
WRITERS = (
    json_schemas,
    asyncapi,
    examples,
    topics,
    reasons,
    messages,
    settings,
    authority,
    api,
    diagrams,
    requirements,
    third_party,
)


def pages() -> dict[str, str]:
    """Return every generated file of the repository: path → text."""
    return {path: text for writer in WRITERS for path, text in writer.pages(ROOT).items()}


def stale(root: Path = ROOT) -> list[str]:
    """Name the generated files that are missing or differ from what the code says now."""
    return [path for path, text in pages().items() if not _same(root / path, text)]


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main() -> int:
    """Write what changed, or list it with --check; the exit code is 1 if a check found something."""
    outdated = stale()
    if "--check" in sys.argv[1:]:
        for path in outdated:
            print(f"{path} does not match the code: run `make docs`")  # noqa: T201 - the command's answer
        return 1 if outdated else 0
    texts = pages()
    for path in outdated:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(texts[path], encoding="utf-8")
        print(f"wrote {path}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
