"""The web application: REST API for systems and pages for people over one database; it decides nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from cloud.registry.people.assertion import nobody
from cloud.store.document_files import shelf
from cloud.web import api, pages, refused, stream
from cloud.web.guard import Guard
from cloud.web.limits import BodyLimit
from cloud.web.pages import entry

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cloud.registry.vault import Vault
    from cloud.settings import Settings

VERSION = "1"


def create_app(engine: Engine, settings: Settings, token: str, vault: Vault | None = None) -> FastAPI:
    """Join API and pages; `token` opens the REST API."""
    app = FastAPI(
        title="SealGate",
        version=VERSION,
        description="Sealed movements: what systems tell the cloud and read from it. 封條移動監控 REST 介面。",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.engine = engine
    app.state.settings = settings
    app.state.token = token
    app.state.vault = vault
    app.state.assertor = nobody  # the process that knows the single window's key puts its reader here
    app.state.shelf = shelf(settings)
    refused.install(app)
    entry.install(app)
    larger = {
        "/api/v1/messages": settings.inbox.message_max_bytes,
        "/api/v1/documents/": settings.documents.size_max_bytes,
    }
    app.add_middleware(BodyLimit, bytes_max=settings.web.body_max_bytes, larger=larger)
    app.add_middleware(Guard, hosts=settings.web.host_names)  # the last one added is the first one asked
    app.include_router(api.router)
    app.include_router(pages.router)
    app.include_router(stream.router)
    return app
