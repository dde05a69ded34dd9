"""Holds what people enter against the types of the contract, so that no manifest can ever fail to be written."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cloud.registry.refusals import Refusal

# Of a declaration or transhipment permit: an14 as a rule, an..35 elsewhere.
DocumentNumber = Annotated[str, Meta(pattern=r"^[0-9A-Z/ -]{1,35}$(?!\n)")]


def checked(value: object, kind: Any, field: str) -> Any:
    """Return `value` as the contract type `kind`; Refusal INVALID names the field."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Refusal("INVALID", f"{field}: {error}") from error
