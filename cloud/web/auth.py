"""Who may use the REST API: whoever carries the bearer token of the settings (RFC 6750)."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from cloud.domain.authority import Actor, Role
from cloud.registry.refusals import Refusal

_bearer = HTTPBearer(auto_error=False, description="The token of the file that `web.token_file` names")


def authorised(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Raise Refusal TOKEN unless the request carries the token; compared in constant time."""
    given = credentials.credentials if credentials else ""
    if not hmac.compare_digest(given.encode(), request.app.state.token.encode()):
        raise Refusal("TOKEN")


def acting(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Actor:
    """Return who asks; Refusal TOKEN if nobody is known by these credentials."""
    authorised(request, credentials)
    return Actor(account="system", roles=frozenset({Role.SYSTEM}))
