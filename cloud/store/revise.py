"""Writes a migration from the difference between `schema` and the migrations so far (a tool for developers).

Run `python -m cloud.store.revise "why"`; read what it wrote before you commit it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from cloud.store.engine import MIGRATIONS, alembic_config, open_engine, upgrade


def revise(message: str) -> None:
    """Write the next numbered migration under `migrations/versions`."""
    versions = MIGRATIONS / "versions"
    number = len(list(versions.glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as scratch:
        engine = open_engine(f"sqlite:///{scratch}/revise.db")
        upgrade(engine)
        with engine.connect() as connection, connection.begin():
            config = alembic_config()
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    formatter = Path(sys.executable).with_name("ruff")
    subprocess.run([formatter, "format", "--quiet", versions], check=True)  # noqa: S603 -- our own virtual environment


if __name__ == "__main__":
    revise(sys.argv[1])
