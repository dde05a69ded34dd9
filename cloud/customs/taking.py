"""The act of taking a message in: admitted, read outside the transaction, then acts and is kept, or nothing at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.customs.meaning import recognise
from cloud.customs.said import Meanings
from cloud.domain.authority import Act
from cloud.domain.instructions import Reason, Task
from cloud.registry import orders
from cloud.registry.contract import checked
from cloud.registry.desk import at_desk, at_reading_desk
from cloud.registry.instructions import codes
from cloud.registry.instructions.reading import VAULT_PLACE
from cloud.registry.instructions.taking import Changed, Source, ask_of_message, take
from cloud.registry.refusals import Refusal
from cloud.store.registry import messages

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from cloud.customs.order import OrderSaid
    from cloud.customs.said import Said
    from cloud.domain.authority import Actor
    from cloud.registry.desk import Desk
    from cloud.registry.vault import Vault

ATTEMPTS_MAX = 3  # a sealing may be answering an instruction at the same moment
Sender = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Bytes that arrived: from whom and how, since no message says so itself."""

    content: bytes
    sender: str
    channel: str  # REST, FOLDER, CLI


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of an arrival; `new` is False where it had been taken before and changed nothing."""

    id: str
    kind: str
    new: bool
    changed: Changed
    warnings: list[str]


@dataclass(frozen=True, kw_only=True)
class Read:
    """A message that was read, and the digest of what it says."""

    said: Said
    digest: str


@dataclass(frozen=True, kw_only=True)
class House:
    """Where messages are taken by a process of ours: database, keys, who acts, and how large a message may be."""

    engine: Engine
    vault: Vault | None
    actor: Actor
    bytes_max: int


def take_in(house: House, arrival: Arrival, now_ms: int) -> Taken:
    """Admit, read and take a message, each step where it keeps nobody waiting. Raises Refusal as the steps do."""
    with at_reading_desk(house.engine, house.actor, now_ms, house.vault) as desk:
        known = admit(desk, arrival, house.bytes_max)
    read = read_message(arrival, known)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with at_desk(house.engine, house.actor, now_ms, house.vault) as desk:
                return take_message(desk, arrival, read)
        except Refusal as refusal:
            if refusal.code != "CONFLICT" or attempt == ATTEMPTS_MAX:
                raise
    raise AssertionError("the last attempt returns or raises")


def admit(desk: Desk, arrival: Arrival, bytes_max: int) -> Meanings:
    """Say whether the actor may send this, before anything looks at it; returns what codes mean now.

    Raises:
        Refusal: FORBIDDEN, INVALID, TOO-LARGE.
    """
    desk.require(Act.MESSAGE_IMPORT, subject=f"message:{arrival.channel}")
    checked(arrival.sender, Sender, "sender")
    if len(arrival.content) > bytes_max:
        raise Refusal("TOO-LARGE", f"limit {bytes_max} bytes")
    return meanings(desk.connection, desk.now_ms)


def read_message(arrival: Arrival, known: Meanings) -> Read:
    """Read a message, outside any transaction: a long one takes seconds. Raises Refusal MESSAGE-…."""
    said, digest = recognise(arrival.content, known)
    return Read(said=said, digest=digest)


def take_message(desk: Desk, arrival: Arrival, read: Read) -> Taken:
    """Let a message act and keep it, all in the desk's transaction or not at all.

    1. one message at a time; 2. the same again changes nothing; 3. it acts on instructions, its orders are taken;
    4. it is kept, sealed, with what it changed; 5. the audit log.

    Raises:
        Refusal: FORBIDDEN, CONFLICT, or what refuses a transport order in it. Nothing is stored then.
    """
    desk.require(Act.MESSAGE_IMPORT, subject=f"message:{arrival.channel}")
    said, digest = read.said, read.digest
    messages.alone(desk.connection)
    earlier = messages.find(desk.connection, digest)
    if earlier is not None:
        return _again(desk, earlier)
    source = Source(id=digest, kind=said.kind, scope=said.scope, function=said.function)
    changed = take(desk.connection, source, said.mentions, said.tasks, desk.now_ms)
    for order in said.orders:
        _take_order(desk, order, changed)
    _keep(desk, arrival, said, digest, changed)
    counts = {name: _size(value) for name, value in asdict(changed).items()}
    desk.note(Act.MESSAGE_IMPORT, f"message:{digest}", kind=said.kind, **counts)
    return Taken(id=digest, kind=said.kind, new=True, changed=changed, warnings=said.warnings)


def meanings(connection: Connection, now_ms: int) -> Meanings:
    """Return what codes mean at this moment."""
    return Meanings(
        process=codes.effects(connection, codes.PROCESS, now_ms),
        conditions=codes.effects(connection, codes.CONDITIONS, now_ms),
        notices=codes.effects(connection, codes.KINDS, now_ms),
    )


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else value


def _again(desk: Desk, earlier: Any) -> Taken:
    """Answer a repetition; what was taken back meanwhile may be meant anew, which only an officer can tell."""
    changed = Changed()
    if messages.any_withdrawn(desk.connection, earlier.id):
        task = Task(reason=Reason.REPEATED, detail=f"{earlier.kind} {earlier.scope}")
        changed.tasks = ask_of_message(desk.connection, earlier.id, [task], desk.now_ms)
    return Taken(id=earlier.id, kind=earlier.kind, new=False, changed=changed, warnings=list(earlier.warnings))


def _take_order(desk: Desk, order: OrderSaid, changed: Changed) -> None:
    """Take a transport order: its e-seal is paired (R-039), and its seals answer what was asked, or fail to."""
    entry = orders.OrderEntry(
        number=order.number,
        origin=order.origin,
        destination=order.destination,
        container=order.container,
        plate=order.plate,
        departs_ms=order.departs_ms,
        seals=[orders.SealBlock(type=kind, number=number) for kind, number in order.seals],
        classes=order.classes,
        cargo=[orders.CargoLine(document=line.document, particulars=line.particulars) for line in order.cargo],
    )
    orders.put_order(desk, entry)
    changed.orders.append(order.number)


def _keep(desk: Desk, arrival: Arrival, said: Said, digest: str, changed: Changed) -> None:
    if desk.vault is None:
        raise AssertionError("messages hold personal data: they are kept only where there is a vault")
    messages.add(
        desk.connection,
        {
            "id": digest,
            "kind": said.kind,
            "version": said.version,
            "function": said.function.value,
            "scope": said.scope,
            "sender": arrival.sender,
            "channel": arrival.channel,
            "received_ms": desk.now_ms,
            "size": len(arrival.content),
            "content": desk.vault.seal(arrival.content, VAULT_PLACE),
            "changed": asdict(changed),
            "warnings": said.warnings,
        },
    )
