"""The pages for people, one module each; `router` is what the web application mounts."""

from __future__ import annotations

from fastapi import APIRouter

from cloud.web.pages.assets import router as assets_router
from cloud.web.pages.board import router as board_router
from cloud.web.pages.pictures import router as pictures_router
from cloud.web.pages.sign_in import router as sign_in_router

router = APIRouter(include_in_schema=False)
for page in (assets_router, sign_in_router, board_router, pictures_router):
    router.include_router(page)
