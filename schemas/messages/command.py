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
    name: Literal[
        "RESEND",  # send a range again (restored backup)
        "REPORT",  # send telemetry now
        "TEST_PHOTO",  # take a picture at `lane` and put it up
        "RESTART",  # end the agent; its supervisor starts it again
        "DIAGNOSTICS",  # put up log and state of the hardware
    ]
    epoch: Count = 0
    first: Count = 0
    last: Count = 0
    lane: Annotated[str, Meta(max_length=16)] = ""


class Reply(Message, frozen=True, kw_only=True):
    """A gate's signed answer to a command."""

    gate: GateId
    command: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    at: UtcTime
    outcome: Literal["DONE", "REFUSED", "FAILED"]
    note: Text = ""
    sha256: Hash | None = None  # what the gate puts up as its answer


class PhotoUpload(Message, frozen=True, kw_only=True):
    """What the gate signs to put a file up over HTTP: hash and length of the body that follows."""

    gate: GateId
    sha256: Hash
    size: Annotated[int, Meta(ge=1, le=24 * 2**20)]
    at: UtcTime
    kind: Literal["PHOTO", "PAPER", "TEST", "DIAGNOSTICS"] = "PHOTO"  # PAPER: a JWE
