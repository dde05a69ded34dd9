"""Sites with their names, the dates between which they take part, and their fences, version by version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import changes, dispatches
from cloud.store import places as rows
from schemas import geofence, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk


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
    valid_from_ms: int | None = None  # None: since before this register
    valid_to_ms: int | None = None  # None: until further notice


def put_site(desk: Desk, entry: SiteEntry) -> bool:
    """Register a site or change it; True if it is new. A changed ring becomes a new version of the fence (R-052).

    What was decided by an earlier version stays decided: its events name that version, which is kept unchanged.

    Raises:
        Refusal: FORBIDDEN, INVALID, FENCE, VALIDITY.
    """
    code, connection = entry.code, desk.connection
    desk.require(Act.SITE_WRITE, sites=[code], subject=f"site:{code}"[:80])
    wanted = _checked(entry)
    old = rows.locked(connection, code)
    ring = [list(point) for point in wanted.fence.ring]
    version = 1 if old is None else old.fence_version
    if old is not None and (old.ring, old.fictional) != (ring, entry.fictional):
        version += 1
    row = {"code": code, "name_zh": entry.name_zh, "name_en": entry.name_en, "fence_version": version}
    row |= {"valid_from_ms": entry.valid_from_ms, "valid_to_ms": entry.valid_to_ms}
    if old is not None and all(getattr(old, name) == value for name, value in row.items()):
        return False
    rows.save(connection, row | {"updated_ms": desk.now_ms})
    if old is None or version != old.fence_version:
        fence = {"site": code, "version": version, "ring": ring, "fictional": entry.fictional}
        rows.add_fence(connection, fence | {"created_ms": desk.now_ms})
    desk.note(Act.SITE_WRITE, f"site:{code}", fence=version, new=old is None)
    if old is None or _told(old, row):
        dispatches.ask(connection, desk.now_ms, sites=[code])
    changes.append(connection, [(changes.Kind.SITE, {"site": code})], desk.now_ms)
    return old is None


def _checked(entry: SiteEntry) -> messages.Site:
    texts = {"code": entry.code, "name_zh": entry.name_zh, "name_en": entry.name_en}
    fence = {"version": fence_name(entry.code, 1), "ring": [list(point) for point in entry.ring]}
    site: messages.Site = checked({**texts, "fence": fence}, messages.Site, "site")
    try:
        geofence.prepare(site.fence)
    except ValueError as error:
        raise Refusal("FENCE", str(error)) from error
    begins_ms, ends_ms = entry.valid_from_ms, entry.valid_to_ms
    if begins_ms is not None and ends_ms is not None and ends_ms <= begins_ms:
        raise Refusal("VALIDITY", "valid_to is not after valid_from")
    return site


def _told(old: Any, row: dict[str, Any]) -> bool:
    """Whether gates are told of the change: their manifest has names and fence, not the site's dates."""
    return any(getattr(old, name) != row[name] for name in ("name_zh", "name_en", "fence_version"))


def require(connection: Connection, *codes: str, at_ms: int | None = None) -> None:
    """Raise Refusal SITE-UNKNOWN unless every place code is in the register (R-015).

    With `at_ms` also SITE-CLOSED unless each of them takes part at that time: for what begins anew.
    """
    if unknown := rows.unknown(connection, codes):
        raise Refusal("SITE-UNKNOWN", ", ".join(unknown))
    if at_ms is not None and (closed := rows.closed(connection, codes, at_ms)):
        raise Refusal("SITE-CLOSED", ", ".join(closed))
