"""What the cloud sends down: receipts, manifests, commands; each believed only by its signature, type and gate.

One message after the other; a command that takes its time waits in a line of its own, so that no hold stands behind a
picture. A refusal has a code; what a person must know of it becomes a fault on the screens.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from edge.ports import LinkDownError
from edge.store.commands import Outcome
from edge.store.database import NotStoredError
from schemas import envelope, topics
from schemas.envelope import Rejected, Typ
from schemas.messages import Command, Receipt, Reply
from schemas.messages.vocabulary import GateId, Message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from edge.domain.faults import Faults
    from edge.domain.identity import Identity
    from edge.ports import Clock, Delivery, Link
    from edge.store.commands import CommandStore
    from edge.store.papers import PaperStore
    from edge.store.records import RecordStore
    from schemas.envelope import VerifyingKey

log = logging.getLogger("sealgate.downlink")
QUEUE_MAX = 256  # beyond it messages are dropped: the cloud sends them again
ERRANDS_MAX = 8  # commands that wait for their turn; beyond it they are refused
NOTE_CHARS_MAX = 200  # as the contract carries it
MANIFEST_FAULTS = frozenset(
    {
        "PAPERS-REFUSED",
        *("TOO-LONG", "NOT-JWS", "HEADER", "TYPE", "KEY-UNKNOWN", "ALG", "SIGNATURE", "MALFORMED", "VERSION", "GATE"),
        *("MANIFEST-OLD", "MANIFEST-LAPSED", "MANIFEST-FENCE"),
    }
)


class _Head(Message, frozen=True, kw_only=True):
    """As much of a command as is needed to answer one that this version does not know."""

    gate: GateId
    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    name: str


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
    errands: Mapping[str, Callable[[Command], Awaitable[Outcome]]] = field(default_factory=dict)  # by command name
    restart: Callable[[], Awaitable[None]] | None = None  # after RESTART was answered as DONE

    def __post_init__(self) -> None:
        """Start with empty queues."""
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue(QUEUE_MAX)
        self._waiting: asyncio.Queue[Command] = asyncio.Queue(ERRANDS_MAX)
        self._under_way: set[str] = set()  # commands whose answer is still to come

    def take(self, delivery: Delivery) -> None:
        """Queue a message of the link."""
        try:
            self._queue.put_nowait(delivery)
        except asyncio.QueueFull:
            log.warning("a message on %s is dropped: too many wait", delivery.topic)

    async def run(self) -> None:
        """Handle messages and errands until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_errands())
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
        """Carry out a command once; an expired, repeated or unknown one is answered all the same."""
        payload = envelope.verify(jws, Typ.COMMAND, self.find_key)
        try:
            command = envelope.decode(payload, Command)
        except Rejected as error:
            head = envelope.decode(payload, _Head)  # refused without an answer where there is nobody to answer
            self._ours(head.gate)
            await self._answer(head.id, Outcome("REFUSED", f"not understood: {error.code} {head.name}"))
            return
        self._ours(command.gate)
        if command.id in self._under_way:
            return
        await self.papers.witness(command.issued)
        outcome = await self._begin(command)
        if outcome is not None:
            log.info("command %s %s: %s %s", command.name, command.id, outcome.outcome, outcome.note)
            await self._answer(command.id, outcome)

    async def _begin(self, command: Command) -> Outcome | None:
        """Return how a command ended; None where its errand has yet to be run."""
        now = self.papers.reckoned(self.clock.now())
        if now is not None and command.expires <= now:
            return Outcome("REFUSED", "expired")
        seen = await self.commands.begin(command.id, round(command.issued.timestamp() * 1000))
        if seen is not None:
            return seen._replace(note=f"repeated: {seen.note}")
        if command.name in self.errands and not self._waiting.full():
            self._under_way.add(command.id)
            self._waiting.put_nowait(command)
            return None
        outcome = await self._at_once(command)
        await self.commands.end(command.id, outcome)
        return outcome

    async def _at_once(self, command: Command) -> Outcome:
        if command.name in self.errands:
            return Outcome("REFUSED", f"{ERRANDS_MAX} commands wait already")
        if command.name == "REPORT":
            await self.report()
            return Outcome("DONE")
        if command.name != "RESEND":
            return Outcome("REFUSED", f"this gate knows no {command.name}")
        if command.epoch < 1 or not 1 <= command.first <= command.last:
            return Outcome("REFUSED", "not a range")
        held = await self.records.send_again(command.epoch, command.first, command.last)
        self.look_back()
        return Outcome("DONE", f"{held} records") if held else Outcome("FAILED", "none of them is held")

    async def _run_errands(self) -> None:
        while True:
            await self._run_errand(await self._waiting.get())

    async def _run_errand(self, command: Command) -> None:
        """Run, note, answer; and only then restart, where that was the command: it must not come twice."""
        try:
            try:
                outcome = await self.errands[command.name](command)
            except NotStoredError as error:
                outcome = Outcome("FAILED", str(error))
            await self.commands.end(command.id, outcome)
        except NotStoredError as error:
            log.error("the end of command %s could not be kept: %s", command.id, error)  # noqa: TRY400 - the code is the text
            self.faults.report(error.code, stands=True)
            outcome = Outcome("FAILED", str(error))
        finally:
            self._under_way.discard(command.id)
        log.info("command %s %s: %s %s", command.name, command.id, outcome.outcome, outcome.note)
        await self._answer(command.id, outcome)
        if command.name == "RESTART" and outcome.outcome == "DONE" and self.restart is not None:
            await self.restart()

    async def _answer(self, command: str, outcome: Outcome) -> None:
        gate = self.identity.gate
        reply = Reply(
            v=1,
            gate=gate,
            command=command,
            at=self.clock.now().at,
            outcome=outcome.outcome,
            note=outcome.note[:NOTE_CHARS_MAX],
            sha256=outcome.sha256,
        )
        try:
            await self.link.publish(topics.reply(gate), self.identity.sign(Typ.REPLY, reply))
        except LinkDownError as error:  # the cloud asks again and gets the same answer
            log.info("the answer to command %s did not leave: %s", command, error)

    def _ours(self, gate: str) -> None:
        if gate != self.identity.gate:
            raise Rejected("GATE", f"for {gate}")
