"""The cloud's word on records."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from schemas.messages.vocabulary import Code, GateId, Hash, Message, Model, Ordinal, UtcTime


class Range(Model, frozen=True, kw_only=True):
    """Records `first`…`last` of an epoch are stored; `head` is the hash of record `last` as the cloud has it."""

    epoch: Ordinal
    first: Ordinal
    last: Ordinal
    head: Hash


class Refused(Model, frozen=True, kw_only=True):
    """A record that was quarantined, named by the hash of its bytes since nothing in it can be trusted."""

    record: Hash
    reason: Code


class Receipt(Message, frozen=True, kw_only=True):
    """The cloud's word on records: only this frees the outbox, and only where the heads agree."""

    gate: GateId
    at: UtcTime
    stored: Annotated[tuple[Range, ...], Meta(max_length=256)] = ()
    refused: Annotated[tuple[Refused, ...], Meta(max_length=256)] = ()
