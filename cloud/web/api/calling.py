"""How a request of the REST API becomes an act at the registry's desk: who asks, in one transaction, once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from fastapi import Depends, Header, Request, Response
from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError

from cloud.clock import now_ms
from cloud.domain.authority import Actor  # noqa: TC001 -- FastAPI reads it at run time
from cloud.registry.desk import Desk, at_desk, at_reading_desk
from cloud.registry.refusals import Refusal
from cloud.store.registry import answers
from cloud.web.auth import acting
from schemas.envelope import b64url

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from cloud.registry.vault import Vault
    from cloud.store.document_files import Shelf

T = TypeVar("T")
Answer = TypeVar("Answer")

KEY_CHARS_MAX = 64
OK, CREATED, NO_CONTENT = 200, 201, 204
_PLACE = "kept_answer.answer"
_json: TypeAdapter[Any] = TypeAdapter(Any)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=KEY_CHARS_MAX,
        description="Drawn by the caller, one an act: the same request again gets the same answer and does nothing",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: `read`, `write` and `put` run a service at the desk of whoever asks."""

    engine: Engine
    vault: Vault | None
    shelf: Shelf | None
    actor: Actor
    response: Response
    status: int = OK  # what the route answers unless told otherwise
    key: str | None = None
    request: str = ""  # hash of method, address and body

    def read(self, work: Callable[[Desk], T]) -> T:
        """Run a service that only reads."""
        with at_reading_desk(self.engine, self.actor, now_ms(), self.vault, self.shelf) as desk:
            return work(desk)

    def write(self, work: Callable[[Desk], Answer]) -> Answer:
        """Run a service that changes something; its answer is kept under the request's Idempotency-Key.

        Two equal requests at the same moment may both find nothing and both insert: the one that comes second is run
        again and finds what the first made.

        Raises:
            Refusal: IDEMPOTENCY, CONFLICT, and those of the service.
        """
        return self._twice(lambda desk: (work(desk), self.status))

    def put(self, work: Callable[[Desk], tuple[Answer, bool]]) -> Answer:
        """As `write`, for a service that also says whether it made something new: 201, else 200."""

        def placed(desk: Desk) -> tuple[Answer, int]:
            answer, created = work(desk)
            return answer, CREATED if created else OK

        return self._twice(placed)

    def _twice(self, work: Callable[[Desk], tuple[Answer, int]]) -> Answer:
        try:
            return self._once(work)
        except IntegrityError:
            try:
                return self._once(work)
            except IntegrityError as error:
                raise Refusal("CONFLICT") from error

    def _once(self, work: Callable[[Desk], tuple[Answer, int]]) -> Answer:
        with at_desk(self.engine, self.actor, now_ms(), self.vault, self.shelf) as desk:
            if self.key is not None and (kept := self._kept(desk, self.key)) is not None:
                # A response goes out as it is; the route's own type is what it was made from.
                return cast("Answer", kept)
            answer, status = work(desk)
            if self.key is not None:
                self._keep(desk, self.key, answer, status)
            self.response.status_code = status
            return answer

    def _kept(self, desk: Desk, key: str) -> Response | None:
        row = {"account": self.actor.account, "key": key, "request": self.request, "status": 0, "answer": b""}
        if answers.reserve(desk.connection, row | {"at_ms": desk.now_ms}):
            return None
        kept = answers.find(desk.connection, self.actor.account, key)
        if kept is None or kept.request != self.request:
            raise Refusal("IDEMPOTENCY", key)
        plain = self._vault.open(kept.answer, _PLACE)
        return Response(plain, kept.status, media_type="application/json" if plain else None)

    def _keep(self, desk: Desk, key: str, answer: object, status: int) -> None:
        plain = b"" if status == NO_CONTENT else _json.dump_json(answer)
        answers.keep(desk.connection, self.actor.account, key, status, self._vault.seal(plain, _PLACE))

    @property
    def _vault(self) -> Vault:
        if self.vault is None:
            raise AssertionError("answers are kept sealed")
        return self.vault


async def _call(
    request: Request,
    response: Response,
    actor: Annotated[Actor, Depends(acting)],
    key: IdempotencyKey = None,
) -> Call:
    state = request.app.state
    return Call(
        engine=state.engine,
        vault=state.vault,
        shelf=state.shelf,
        actor=actor,
        response=response,
        status=getattr(request.scope.get("route"), "status_code", None) or OK,
        key=key,
        request="" if key is None else await _fingerprint(request),
    )


async def _fingerprint(request: Request) -> str:
    address = f"{request.method} {request.url.path}?{request.url.query}\n"
    return b64url(hashlib.sha256(address.encode() + await request.body()).digest())


Caller = Annotated[Call, Depends(_call)]
