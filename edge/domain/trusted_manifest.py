"""Which manifest may be believed, and what a lane looks up in it; every trust decision about papers is made here.

Pure: bytes in, papers out, or `Rejected` with the code that telemetry and log repeat.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from schemas import envelope, geofence, sealed
from schemas.envelope import Rejected, Typ
from schemas.messages import Expected, Manifest, Quality, Secrets, Staff
from schemas.sealed import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from schemas.envelope import VerifyingKey
    from schemas.geofence import PreparedFence
    from schemas.messages import EventTime
    from schemas.sealed import OpeningKey

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
    dead: frozenset[str]  # UIDs of seals that are scrapped or used up
    stock: frozenset[str]  # UIDs of seals issued to this site and not paired
    secrets: Secrets | None = field(default=None, repr=False)  # opened, in memory only; on disk they stay sealed


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
        dead=frozenset(manifest.dead),
        stock=frozenset(manifest.stock),
    )


def entrusted(papers: Papers, key: OpeningKey) -> Papers:
    """Return the papers with what they hold sealed for this gate, as they are where they hold nothing.

    Raises only Rejected: then the papers are in force all the same, without keys and PINs.

    1. Sealed as the secrets of a manifest, to this gate's key.    2. Secrets of a version we read.
    3. Written for this gate: what another gate may know is none of ours, whoever sealed it to us.
    """
    if papers.manifest.sealed is None:
        return papers
    plain = sealed.open_sealed(papers.manifest.sealed.encode(), key, Purpose.SECRETS)  # 1
    secrets = envelope.decode(plain, Secrets)  # 2
    if secrets.gate != papers.manifest.gate:  # 3
        raise Rejected("GATE", f"secrets of {secrets.gate}")
    return replace(papers, secrets=secrets)


def lapsed(manifest: Manifest, now: datetime | None) -> bool:
    """Whether a manifest has expired; with no trusted time at all nothing can be said to have."""
    return now is not None and manifest.expires <= now


def stale(manifest: Manifest, now: datetime | None, age_max_s: float) -> bool:
    """Whether a manifest is older than a gate may rely on; with no trusted time at all nothing can be said to be."""
    return now is not None and (now - manifest.issued).total_seconds() > age_max_s


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
