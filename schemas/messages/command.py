"""Orders to a gate, its answers, and what it signs to put a picture up."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schemas.messages.vocabulary import Count, GateId, Hash, Message, Text, UtcTime


class Command(Message, frozen=True, kw_only=True):
    """An order to one gate; expired or repeated ones are answered and not carried out."""

    gate: GateId
    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    issued: UtcTime
    expires: UtcTime
    name: Literal["RESEND", "REPORT"]  # send a range again (restored backup) / send telemetry now
    epoch: Count = 0
    first: Count = 0
    last: Count = 0


class Reply(Message, frozen=True, kw_only=True):
    """A gate's signed answer to a command."""

    gate: GateId
    command: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    at: UtcTime
    outcome: Literal["DONE", "REFUSED", "FAILED"]
    note: Text = ""


class PhotoUpload(Message, frozen=True, kw_only=True):
    """What the gate signs to put a picture up over HTTP: hash and length of the body that follows."""

    gate: GateId
    sha256: Hash
    size: Annotated[int, Meta(ge=1, le=16 * 2**20)]
    at: UtcTime
