"""Which manifest may be believed, and what a lane looks up in it; every trust decision about papers is made here.

Pure: bytes in, papers out, or `Rejected` with the code that telemetry and log repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from schemas import envelope, geofence
from schemas.envelope import Rejected, Typ
from schemas.messages import Expected, Manifest, Quality, Staff

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from schemas.envelope import VerifyingKey
    from schemas.geofence import PreparedFence
    from schemas.messages import EventTime

# less than the half lifetime for which a gate in touch with the cloud is always papered: no leap makes those lapse
LEAP_MAX = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Papers:
    """A trusted manifest with its indexes, kept with the exact bytes it came in."""

    jws: bytes
    manifest: Manifest
    fence: PreparedFence
    staff: dict[str, Staff]  # by badge UID
    expected: dict[str, Expected]  # by seal UID
    location_tags: frozenset[str]


def trust(
    jws: bytes,
    *,
    gate: str,
    find_key: Callable[[str], VerifyingKey | None],
    in_force: Papers | None,
    floor: datetime | None,
) -> Papers:
    """Return the papers of a manifest that may come into force; raises only Rejected.

    1. Signed by a pinned key of the cloud, for this purpose.      2. A manifest of a version we read.
    3. For this gate.                                              4. Newer than the one in force.
    5. Unexpired at the highest trusted time seen, so that a clock set back revives nothing.
    6. Its fence can be judged.
    """
    payload = envelope.verify(jws, Typ.MANIFEST, find_key)  # 1
    manifest = envelope.decode(payload, Manifest)  # 2
    if manifest.gate != gate:  # 3
        raise Rejected("GATE", f"for {manifest.gate}")
    if in_force is not None and manifest.version <= in_force.manifest.version:  # 4
        raise Rejected("MANIFEST-OLD", f"version {manifest.version} after {in_force.manifest.version}")
    if lapsed(manifest, floor):  # 5
        raise Rejected("MANIFEST-LAPSED", f"expired {manifest.expires.isoformat()}")
    try:
        fence = geofence.prepare(manifest.site.fence)  # 6
    except ValueError as error:
        raise Rejected("MANIFEST-FENCE", str(error)) from error
    return Papers(
        jws=jws,
        manifest=manifest,
        fence=fence,
        staff={member.badge_uid: member for member in manifest.staff},
        expected=_by_seal(manifest),
        location_tags=frozenset(manifest.site.location_tags),
    )


def lapsed(manifest: Manifest, now: datetime | None) -> bool:
    """Whether a manifest has expired; with no trusted time at all nothing can be said to have."""
    return now is not None and manifest.expires <= now


def credible(now: EventTime, floor: datetime | None) -> bool:
    """Whether the gate's clock may raise the floor of trusted time.

    One wrong answer of NTP or a spoofed satellite time must not make every paper look expired for good: whoever
    leaps further, or comes first, waits for a time that the cloud has signed.
    """
    return now.quality in {Quality.NTP, Quality.GNSS} and floor is not None and now.at - floor <= LEAP_MAX


def _by_seal(manifest: Manifest) -> dict[str, Expected]:
    """Index by seal; where a seal stands twice (re-paired after a cancellation), the movement still alive wins."""
    index: dict[str, Expected] = {}
    for expected in manifest.expected:
        if expected.seal_uid not in index or index[expected.seal_uid].state == "CANCELLED":
            index[expected.seal_uid] = expected
    return index
