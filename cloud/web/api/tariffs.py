"""REST resource: the tariff of sealing as dated data (R-048, D4)."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.fees import Rate as Line
from cloud.domain.fees import Sealer
from cloud.registry.fees import tariffs as registry
from cloud.web.api.calling import Caller
from schemas.messages import SealKind

router = APIRouter(prefix="/tariffs", tags=["tariffs"])


class RateBody(BaseModel):
    """What one sealing costs from a moment on."""

    model_config = ConfigDict(extra="forbid")

    kind: SealKind
    sealer: Sealer = Field(description="海關加封，或業者自行加封")
    amount: int = Field(ge=0, le=registry.AMOUNT_MAX, description="新臺幣元")
    valid_from: AwareDatetime
    source: str = Field(min_length=1, max_length=200, description="依據")


class Rate(BaseModel):
    """A rate; without `id` it is the rule's own."""

    id: int | None
    kind: SealKind
    sealer: Sealer
    amount: int
    valid_from: datetime
    source: str


def _rate(line: Line) -> Rate:
    same = {name: getattr(line, name) for name in ("id", "kind", "sealer", "amount", "source")}
    return Rate(**same, valid_from=from_ms(line.valid_from_ms))


@router.post("", status_code=status.HTTP_201_CREATED)
def enter(call: Caller, body: RateBody) -> Rate:
    """Enter a rate before it begins; what was decided before stays as it is."""
    entry = registry.RateEntry(**body.model_dump(exclude={"valid_from"}), valid_from_ms=to_ms(body.valid_from))
    return call.write(lambda desk: Rate(id=registry.enter(desk, entry), **body.model_dump()))


@router.get("")
def list_rates(call: Caller) -> list[Rate]:
    """Return every rate, the rule's own first."""
    return [_rate(line) for line in call.read(registry.listed)]
