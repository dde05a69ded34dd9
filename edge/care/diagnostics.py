"""What a gate sends when it is asked how it is: state, versions, settings without secrets, recent log; at most 1 MB.

No evidence and no personal data: neither records nor pictures nor card numbers, and no password, PIN or private key.
"""

from __future__ import annotations

import io
import os
import re
import sys
import zipfile
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.care.recent import Line
    from edge.settings import Settings

BYTES_MAX = 1_000_000
PACKAGES = (
    *("sealgate", "nfcpy", "gpsd-py3", "paho-mqtt", "aiosqlite", "fastapi", "uvicorn", "pillow", "cryptography"),
    *("httpx", "msgspec", "shapely"),
)
_PRIVATE_PART = re.compile(r"(?<=://)[^/@]*@|\?.*$")  # user and password of an address, and its query


def pack(state: Mapping[str, Any], lines: Sequence[Line]) -> bytes:
    """Return a ZIP of `state.json` and `log.txt`, of at most BYTES_MAX bytes: where it would be more, old lines go."""
    document = msgspec.json.format(msgspec.json.encode(state), indent=1)
    while True:
        packed = _zip({"state.json": document, "log.txt": as_text(lines).encode()})
        if len(packed) <= BYTES_MAX or not lines:
            return packed
        lines = lines[(len(lines) + 1) // 2 :]


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def as_text(lines: Sequence[Line]) -> str:
    """Return log lines as a file has them, times in UTC."""
    return "".join(
        f"{datetime.fromtimestamp(line.at_s, UTC):%Y-%m-%dT%H:%M:%SZ} {line.level} {line.name}: {line.text}\n"
        for line in lines
    )


def versions() -> dict[str, str]:
    """Return the versions of the program, its packages, Python and the kernel."""
    system = os.uname()
    return {
        "python": sys.version.split()[0],
        "kernel": f"{system.sysname} {system.release} {system.machine}",
        **{name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def without_secrets(settings: Settings) -> dict[str, Any]:
    """Return the settings as a document: paths of secret files stay, addresses lose log-in and query.

    Of a camera's command only the program is told: its arguments may hold a password.
    """
    told: dict[str, Any] = _told(msgspec.to_builtins(settings, enc_hook=str))
    return told


def _told(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _told(each, name) for name, each in value.items()}
    if key == "command" and value:
        return [value[0], f"({len(value) - 1} arguments)"]
    if isinstance(value, list | tuple):
        return [_told(each, key) for each in value]
    return _PRIVATE_PART.sub("", value) if isinstance(value, str) else value
