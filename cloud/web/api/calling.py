"""How a request of the REST API becomes an act at the registry's desk: who asks, in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel

from cloud.clock import now_ms
from cloud.registry.desk import Desk, at_desk, at_reading_desk
from cloud.web.auth import acting

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from cloud.domain.authority import Actor
    from cloud.registry.vault import Vault

T = TypeVar("T")
Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: `read` and `write` run a service at the desk of whoever asks."""

    engine: Engine
    vault: Vault | None
    actor: Actor

    def read(self, work: Callable[[Desk], T]) -> T:
        """Run a service that only reads."""
        with at_reading_desk(self.engine, self.actor, now_ms(), self.vault) as desk:
            return work(desk)

    def write(self, work: Callable[[Desk], Answer]) -> Answer:
        """Run a service that changes something; its answer is kept under the request's Idempotency-Key."""
        with at_desk(self.engine, self.actor, now_ms(), self.vault) as desk:
            return work(desk)


def _call(request: Request, actor: Annotated[Actor, Depends(acting)]) -> Call:
    state = request.app.state
    return Call(engine=state.engine, vault=state.vault, actor=actor)


Caller = Annotated[Call, Depends(_call)]
