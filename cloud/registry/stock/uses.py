"""配封逐筆記錄: which seal closed which unit under which declaration, and when (R-033)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.registry.refusals import Refusal
from cloud.store import seals
from cloud.store.registry import seal_registers as rows

if TYPE_CHECKING:
    from typing import Any

    from cloud.registry.desk import Desk


def record(  # noqa: PLR0913 -- the facts of the register
    desk: Desk, seal: Any, *, movement: str, site: str, document: str, unit: str
) -> int:
    """Enter the use of a seal with its pairing, in the same transaction; returns the register's row.

    Raises:
        Refusal: USE-RECORD where one of the four facts is missing, SEAL-DEAD where it was scrapped in this moment.
    """
    if not document or not unit:
        raise Refusal("USE-RECORD", seal.seal_no)
    # Writing the state it has makes a scrap of the same moment wait for this pairing, or this pairing see the scrap.
    if not seals.move(desk.connection, seal.seal_no, seal.state, {"state": seal.state}):
        raise Refusal("SEAL-DEAD", seal.seal_no)
    row = {"seal_no": seal.seal_no, "kind": seal.kind, "movement": movement, "site": site, "document": document}
    row |= {"unit": unit, "paired_ms": desk.now_ms, "account": desk.actor.account, "at_ms": desk.now_ms}
    return rows.add_use(desk.connection, row)
