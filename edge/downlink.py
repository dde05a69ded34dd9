"""What the cloud sends down: receipts, manifests, commands; each believed only by its signature, type and gate.

One message after the other. A refusal has a code; what a person must know of it becomes a fault on the screens.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge.ports import LinkDownError
from edge.store.database import NotStoredError
from schemas import envelope, topics
from schemas.envelope import Rejected, Typ
from schemas.messages import Command, Receipt, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.domain.faults import Faults
    from edge.domain.identity import Identity
    from edge.ports import Clock, Delivery, Link
    from edge.store.commands import CommandStore
    from edge.store.papers import PaperStore
    from edge.store.records import RecordStore
    from schemas.envelope import VerifyingKey

log = logging.getLogger("sealgate.downlink")
QUEUE_MAX = 256  # beyond it messages are dropped: the cloud sends them again
Outcome = Literal["DONE", "REFUSED", "FAILED"]
MANIFEST_FAULTS = frozenset(
    {
        "PAPERS-REFUSED",
        *("TOO-LONG", "NOT-JWS", "HEADER", "TYPE", "KEY-UNKNOWN", "ALG", "SIGNATURE", "MALFORMED", "VERSION", "GATE"),
        *("MANIFEST-OLD", "MANIFEST-LAPSED", "MANIFEST-FENCE"),
    }
)


@dataclass(kw_only=True)
class Downlink:
    """The receiving side of one gate."""

    identity: Identity
    find_key: Callable[[str], VerifyingKey | None]  # the pinned keys of the cloud
    clock: Clock
    link: Link
    faults: Faults
    papers: PaperStore
    records: RecordStore
    commands: CommandStore
    receive: Callable[[Receipt], Awaitable[None]]  # of the outbox
    look_back: Callable[[], None]  # of the outbox
    report: Callable[[], Awaitable[None]]  # send telemetry now

    def __post_init__(self) -> None:
        """Start with an empty queue."""
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue(QUEUE_MAX)

    def take(self, delivery: Delivery) -> None:
        """Queue a message of the link."""
        try:
            self._queue.put_nowait(delivery)
        except asyncio.QueueFull:
            log.warning("a message on %s is dropped: too many wait", delivery.topic)

    async def run(self) -> None:
        """Handle messages until cancelled."""
        while True:
            await self.handle(await self._queue.get())

    async def handle(self, delivery: Delivery) -> None:
        """Handle one message; whatever its bytes, nothing is raised."""
        try:
            address = topics.parse(delivery.topic)
            if address.gate != self.identity.gate:
                raise Rejected("GATE", delivery.topic)  # noqa: TRY301 - the same end as any other refusal
            if address.leaf == "receipt":
                await self._receipt(delivery.payload)
            elif address.leaf == "manifest" and delivery.payload:  # an empty one only clears what the broker retained
                await self._manifest(delivery.payload)
            elif address.leaf == "command":
                await self._command(delivery.payload)
        except Rejected as error:
            log.warning("a message on %s is refused: %s", delivery.topic, error)
        except NotStoredError as error:  # the cloud sends it again
            log.error("a message on %s could not be kept: %s", delivery.topic, error)  # noqa: TRY400 - the code is the text
            self.faults.report(error.code, stands=True)

    async def _receipt(self, jws: bytes) -> None:
        receipt = envelope.decode(envelope.verify(jws, Typ.RECEIPT, self.find_key), Receipt)
        self._ours(receipt.gate)
        await self.papers.witness(receipt.at)
        await self.receive(receipt)

    async def _manifest(self, jws: bytes) -> None:
        """Bring a manifest into force; a refused one leaves the old one in force and shows."""
        try:
            if await self.papers.accept(jws, self.clock.now()):
                assert self.papers.in_force is not None  # noqa: S101 - it has just come into force
                log.info("manifest %d is in force", self.papers.in_force.manifest.version)
        except Rejected as error:
            self.faults.only(("PAPERS-REFUSED", error.code), among=MANIFEST_FAULTS)
            raise
        except OSError as error:
            raise NotStoredError("DISK-FULL", str(error)) from error
        self.faults.only((), among=MANIFEST_FAULTS)

    async def _command(self, jws: bytes) -> None:
        """Carry out a command once; an expired or repeated one is answered all the same."""
        command = envelope.decode(envelope.verify(jws, Typ.COMMAND, self.find_key), Command)
        self._ours(command.gate)
        await self.papers.witness(command.issued)
        now = self.papers.reckoned(self.clock.now())
        outcome: Outcome
        if now is not None and command.expires <= now:
            outcome, note = "REFUSED", "expired"
        else:
            seen = await self.commands.begin(command.id, round(command.issued.timestamp() * 1000))
            if seen is not None:
                outcome, note = seen[0], f"repeated: {seen[1]}"  # type: ignore[assignment]  # written below
            else:
                outcome, note = await self._carry_out(command)
                await self.commands.end(command.id, outcome, note)
        log.info("command %s %s: %s %s", command.name, command.id, outcome, note)
        await self._answer(command.id, outcome, note)

    async def _carry_out(self, command: Command) -> tuple[Outcome, str]:
        if command.name == "REPORT":
            await self.report()
            return "DONE", ""
        if command.epoch < 1 or not 1 <= command.first <= command.last:
            return "REFUSED", "not a range"
        held = await self.records.send_again(command.epoch, command.first, command.last)
        self.look_back()
        return ("DONE", f"{held} records") if held else ("FAILED", "none of them is held")

    async def _answer(self, command: str, outcome: Outcome, note: str) -> None:
        gate = self.identity.gate
        reply = Reply(v=1, gate=gate, command=command, at=self.clock.now().at, outcome=outcome, note=note)
        try:
            await self.link.publish(topics.reply(gate), self.identity.sign(Typ.REPLY, reply))
        except LinkDownError as error:  # the cloud asks again and gets the same answer
            log.info("the answer to command %s did not leave: %s", command, error)

    def _ours(self, gate: str) -> None:
        if gate != self.identity.gate:
            raise Rejected("GATE", f"for {gate}")
