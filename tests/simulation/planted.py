"""The four planted bugs: each is one mutation of a shipped flow that a simulator worth its name must catch."""

from __future__ import annotations

from typing import NamedTuple

from cloud.flows import filing, ingest
from edge import outbox
from tests.simulation.mutation import Change


class PlantedBug(NamedTuple):
    """A mutation, the faults that bring it out, and a word of the complaint it must lead to."""

    change: Change
    brought_out_by: tuple[str, ...]
    complaint: str


_ROUGH = ("partition", "lost puback", "cloud down")


BUGS = {
    # The messages are acknowledged and the receipts go out whether or not the commit succeeds.
    "acknowledge before commit": PlantedBug(
        Change(
            ingest,
            "  # 2\n    with writing(engine) as connection:\n",
            '  # 2\n    with __import__("contextlib").suppress(Exception), writing(engine) as connection:\n',
        ),
        (*_ROUGH, "commit refused"),
        "is not in the cloud",
    ),
    # What was stored before is stored again; the schema's constraint refuses it, so that nothing moves any more.
    "no dedupe": PlantedBug(
        Change(filing, "        if stored is None:\n", "        if stored is None or stored == one.hash:\n"),
        (*_ROUGH, "duplicate"),
        "still wait",
    ),
    # A PUBACK is taken for the cloud's word.
    "mark sent before receipt": PlantedBug(
        Change(
            outbox,
            "            self._busy_delay_s = BUSY_DELAY_S\n",
            "            self._busy_delay_s = BUSY_DELAY_S\n"
            "            for each in batch:\n"
            '                span = __import__("schemas.messages", fromlist=["Range"]).Range(\n'
            "                    epoch=each.epoch, first=each.seq, last=each.seq, head=each.hash)\n"
            "                await self.records.mark_received(span)\n",
        ),
        (*_ROUGH, "broker restart"),
        "is not in the cloud",
    ),
    # The first batch of a backlog goes, the rest is forgotten until the next connection.
    "drain ends early": PlantedBug(
        Change(
            outbox,
            "            self._backlog_id = batch[-1].id if batch else rows[-1].id\n",
            "            self._backlog_id = self._live_id\n",
        ),
        ("partition",),  # long enough for a backlog of more than one message
        "still wait",
    ),
}
