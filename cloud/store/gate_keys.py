"""The registered keys of the gates as ingest needs them: who signed, from where, and whether the key still counts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from cloud.store.schema import gate, gate_key
from schemas.envelope import VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

KEYS_CACHED_MAX = 4_096
_FIND = (
    select(gate_key.c.kid, gate_key.c.jwk, gate_key.c.revoked_ms, gate.c.id, gate.c.site, gate.c.retired_ms)
    .join_from(gate_key, gate, gate.c.id == gate_key.c.gate)
    .where(gate_key.c.kid.in_(bindparam("kids", expanding=True)))
)


class GateKey(NamedTuple):
    """One registered key."""

    gate: str
    site: str
    retired: bool  # the key is revoked (not merely replaced), or the gate taken out of service
    jwk: tuple[tuple[str, str], ...]  # members of the public key

    @property
    def key(self) -> VerifyingKey:
        """The key itself."""
        return parsed(self.jwk)


@lru_cache(maxsize=KEYS_CACHED_MAX)
def parsed(jwk: tuple[tuple[str, str], ...]) -> VerifyingKey:
    """Return the key with these members; ValueError for none."""
    return VerifyingKey.from_jwk(dict(jwk))


def find(connection: Connection, kids: Iterable[str]) -> dict[str, GateKey]:
    """Return the keys registered under these thumbprints."""
    wanted = sorted(set(kids))
    if not wanted:
        return {}
    return {
        row.kid: GateKey(
            row.id,
            row.site,
            row.revoked_ms is not None or row.retired_ms is not None,
            tuple(sorted(row.jwk.items())),
        )
        for row in connection.execute(_FIND, {"kids": wanted})
    }


def registered(connection: Connection, gates: Iterable[str]) -> set[str]:
    """Return which of these gates exist."""
    wanted = sorted(set(gates))
    return set(connection.scalars(select(gate.c.id).where(gate.c.id.in_(wanted)))) if wanted else set()
