"""Writes settings files of the processes under test: as much TOML as they need."""

from __future__ import annotations

import json
from typing import Any


def toml(document: dict[str, Any], place: str = "") -> str:
    """Return a document of strings, numbers, booleans, lists of those, tables and lists of tables as TOML."""
    plain, nested = [], []
    for name, value in document.items():
        path = f"{place}.{name}" if place else name
        if isinstance(value, dict):
            nested.append(f"\n[{path}]\n{toml(value, path)}")
        elif isinstance(value, list | tuple) and value and all(isinstance(each, dict) for each in value):
            nested.extend(f"\n[[{path}]]\n{toml(each, path)}" for each in value)
        else:
            plain.append(f"{name} = {_scalar(value)}\n")
    return "".join(plain + nested)


def _scalar(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_scalar(each) for each in value)}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False)
