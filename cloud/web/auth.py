"""Who may use the REST API: whoever carries the bearer token of the settings (RFC 6750)."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from cloud.registry.refusals import Refusal
from cloud.settings import read_secret

if TYPE_CHECKING:
    from pathlib import Path

TOKEN_BYTES = 24

_bearer = HTTPBearer(auto_error=False, description="The token of the file that `web.token_file` names")


def token_of(path: Path) -> str:
    """Read the API's token; one is drawn and written if the file is missing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(TOKEN_BYTES) + "\n", encoding="ascii")
    return read_secret(path)


def authorised(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Raise Refusal TOKEN unless the request carries the token; compared in constant time."""
    given = credentials.credentials if credentials else ""
    if not hmac.compare_digest(given.encode(), request.app.state.token.encode()):
        raise Refusal("TOKEN")
