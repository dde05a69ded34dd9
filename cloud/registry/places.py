"""Sites with their versioned fences and location tags (R-018…R-022, R-052, R-112)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import changes, dispatches
from cloud.store import places as rows
from schemas import geofence, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def fence_name(code: str, version: int) -> str:
    """Name a version of a fence as manifests and events do."""
    return f"{code}/{version}"


@dataclass(frozen=True, kw_only=True)
class SiteEntry:
    """What is asked of the register for one place code."""

    code: str
    name_zh: str
    name_en: str
    ring: Sequence[Sequence[float]]  # closed, WGS84, (longitude, latitude)
    fictional: bool = False  # demo fences say so (D2)
    location_tags: Sequence[str] = ()  # the ACTIVE ones


def put_site(connection: Connection, entry: SiteEntry, now_ms: int) -> bool:
    """Register a site or change it; True if it is new. A changed ring becomes a new version of the fence.

    Raises:
        Refusal: INVALID, FENCE, TAG-TAKEN.
    """
    code = entry.code
    old = rows.find(connection, code)
    fence = {"version": fence_name(code, 1), "ring": [list(point) for point in entry.ring]}
    texts = {"code": code, "name_zh": entry.name_zh, "name_en": entry.name_en}
    tags = sorted(set(entry.location_tags))
    wanted = checked({**texts, "fence": fence, "location_tags": tags}, messages.Site, "site")
    try:
        geofence.prepare(wanted.fence)
    except ValueError as error:
        raise Refusal("FENCE", str(error)) from error
    if taken := rows.tags_elsewhere(connection, code, wanted.location_tags):
        raise Refusal("TAG-TAKEN", ", ".join(taken))
    stored_ring = [list(point) for point in wanted.fence.ring]
    version = 1 if old is None else old.fence_version
    if old is not None and (old.ring, old.fictional) != (stored_ring, entry.fictional):
        version += 1
    if old is not None and _same(connection, old, wanted, version):
        return False
    rows.save(connection, {**texts, "fence_version": version, "updated_ms": now_ms})
    if old is None or version != old.fence_version:
        row = {"site": code, "version": version, "ring": stored_ring, "fictional": entry.fictional}
        rows.add_fence(connection, row | {"created_ms": now_ms})
    rows.set_tags(connection, code, wanted.location_tags)
    dispatches.ask(connection, now_ms, sites=[code])
    changes.append(connection, [(changes.Kind.SITE, {"site": code})], now_ms)
    return old is None


def _same(connection: Connection, old: Any, wanted: messages.Site, version: int) -> bool:
    return (
        version == old.fence_version
        and (old.name_zh, old.name_en) == (wanted.name_zh, wanted.name_en)
        and rows.tags(connection, old.code) == list(wanted.location_tags)
    )


def require(connection: Connection, *codes: str) -> None:
    """Raise Refusal SITE-UNKNOWN unless every place code is in the register (R-015)."""
    if unknown := rows.unknown(connection, codes):
        raise Refusal("SITE-UNKNOWN", ", ".join(unknown))
