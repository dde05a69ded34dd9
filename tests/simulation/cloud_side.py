"""The cloud in the simulated world: the shipped flows on a SQLite file, between a lossy broker and named crashes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from cloud.adapters import mqtt
from cloud.adapters.mqtt.packets import Delivery
from cloud.flows import dispatch, ingest, receipts
from cloud.registry import gates, orders, people, places, routes, stock
from cloud.store import engine as store
from schemas import sun
from schemas.envelope import SigningKey
from schemas.sealed import OpeningKey
from tests import town
from tests.desks import system_at
from tests.simulation.virtual import EPOCH

if TYPE_CHECKING:
    import random
    from collections.abc import Coroutine, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from schemas.sun import SunKeys
    from tests.simulation.broker import Arrived, Broker, Trace

EPOCH_MS = int(EPOCH.timestamp() * 1000)
RESTART_DELAY_S = 3.0
DISPATCH_EVERY_S = 5.0
WATCH_EVERY_S = 1.0
LIFETIME_MS = 7 * 24 * 3_600_000
CRASH_POINTS = (
    "cloud: before the commit",
    "cloud: after the commit, before the acknowledgement",
    "cloud: after the acknowledgement, before the receipt",
)
ENDPOINT = mqtt.Endpoint(host="nowhere", port=0, client_id="simulated")
CLOUD_KEY = SigningKey.from_seed(b"C" * 32)
PAPERS_KEY = OpeningKey(b"P" * 32)


class CrashError(BaseException):
    """The process ended here: nothing after this line ran."""


@dataclass(frozen=True)
class TownKeys:
    """Keys of every seal of the town."""

    def for_seal(self, name: str) -> SunKeys | None:
        del name
        return self

    def file_key(self, uid: bytes) -> bytes | None:
        return sun.diversify(town.MASTER_KEY, uid)

    def meta_key(self) -> bytes | None:
        return None


def now_ms() -> int:
    """The cloud's clock: virtual, and right."""
    return EPOCH_MS + round(asyncio.get_running_loop().time() * 1000)


class CloudSide:
    """One cloud that dies and comes back; its database file survives."""

    def __init__(self, folder: Path, broker: Broker, chance: random.Random, trace: Trace) -> None:
        self.url = f"sqlite:///{folder / 'cloud.db'}"
        self.broker = broker
        self.chance = chance
        self.trace = trace
        self.crash_at: str | None = None  # the next time the flow passes this point, it dies there
        self.disk_full_until_s = 0.0  # until then every commit of a batch is refused
        self.storing = False
        self._down_until_s = 0.0
        self.engine = self._open()
        store.upgrade(self.engine)

    # ------------------------------------------------------------- what people enter

    def register(self, keys: Mapping[str, SigningKey], place_of: Mapping[str, town.Place], lanes: list[str]) -> None:
        """Enter places, the officer, gates and the route limit."""
        moment = now_ms()
        with store.writing(self.engine) as connection:
            for place in town.PLACES:
                names = {"code": place.code, "name_zh": place.name_zh, "name_en": place.name_en}
                places.put_site(
                    system_at(connection, moment), places.SiteEntry(**names, ring=place.ring, fictional=True)
                )
            officer = people.StaffEntry(
                staff=town.OFFICER.staff,
                badge_uid=town.OFFICER.badge_uid,
                role="OFFICER",
                may=town.OPERATIONS,
                sites=[place.code for place in town.PLACES],
            )
            people.put_staff(system_at(connection, moment), officer)
            route = {"origin": town.ORIGIN.code, "destination": town.DESTINATION.code}
            limit = routes.LimitEntry(**route, minutes=town.ROUTE_LIMIT_MIN, valid_from_ms=EPOCH_MS - 1)
            routes.put_limit(system_at(connection, moment), limit)
            for gate, key in keys.items():
                entry = gates.GateEntry(gate=gate, site=place_of[gate].code, lanes=lanes, jwk=key.public_jwk)
                gates.put_gate(system_at(connection, moment), entry)

    def pair(self, seal: town.Seal) -> None:
        """Take the transport order that pairs a seal."""
        moment = now_ms()
        with store.writing(self.engine) as connection:
            seal_entry = stock.SealEntry(seal_no=seal.seal_no, uid=seal.uid_hex, kind="E")
            stock.put_seal(system_at(connection, moment), seal_entry)
            entry = orders.OrderEntry(
                number=seal.order,
                origin=town.ORIGIN.code,
                destination=town.DESTINATION.code,
                container=seal.container,
                plate=seal.plate,
                departs_ms=None,
                seals=[orders.SealBlock(type=orders.TYPE_E, number=seal.seal_no)],
                classes={},
                cargo=[orders.CargoLine(document=seal.declaration)],
            )
            orders.put_order(system_at(connection, moment), entry)

    # ------------------------------------------------------------- what runs by itself

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """Everything that runs by itself."""
        return [self.ingest(), self.dispatch()]

    async def ingest(self) -> None:
        """The ingest process: its shipped step takes a batch, acknowledges it, then publishes the receipts."""
        loop = mqtt.IngestLoop(ENDPOINT, self._handle)
        while True:
            await self._until_up()
            arrived = await self.broker.inbox(self.chance.randint(1, ingest.BATCH_MESSAGES_MAX))
            if self._left_s() > 0:
                self.broker.cloud_gone()
                continue
            try:
                session = _Session(self, arrived)
                loop._take(session, session.deliveries)  # type: ignore[arg-type]  # in the client's place
            except CrashError as error:
                self._die(str(error))
            except Exception as error:  # noqa: BLE001 -- as in the shipped loop: connect anew, the batch comes again
                self.trace.note(f"cloud could not store a batch: {error!r}")
                self.stop_for(RESTART_DELAY_S)

    def _handle(self, batch: Sequence[ingest.Incoming]) -> list[tuple[str, bytes]]:
        """What `cloud.app.processes.ingest` gives to the loop."""
        self.storing = True
        try:
            outcome = ingest.process_batch(self.engine, TownKeys(), batch, now_ms())
        finally:
            self.storing = False
        self.trace.note(f"cloud stored {outcome.stored}, knew {outcome.duplicates}, refused {outcome.rejected}")
        return [receipts.sign(receipt, CLOUD_KEY) for receipt in outcome.receipts]

    async def dispatch(self) -> None:
        """The loop that sends manifests."""
        sender = dispatch.Sender(
            key=CLOUD_KEY,
            publish=self.broker.send_down,
            lifetime_ms=LIFETIME_MS,
            seal_keys=TownKeys(),
            papers_key=PAPERS_KEY.public,
        )
        dispatch.begin(self.engine, now_ms())
        while True:
            await asyncio.sleep(DISPATCH_EVERY_S)
            await self._until_up()
            dispatch.send_due(self.engine, sender, now_ms())

    # ------------------------------------------------------------- how it dies

    def stop_for(self, seconds: float) -> None:
        """The cloud is down for a while."""
        self.trace.note(f"cloud down for {seconds:.3f} s")
        self._down_until_s = max(self._down_until_s, asyncio.get_running_loop().time() + seconds)
        self.broker.cloud_gone()

    def passes(self, point: str) -> None:
        """The flow is at a named point; CrashError if the process was to die there."""
        if self.crash_at == point:
            raise CrashError(point)

    def close(self) -> None:
        self.engine.dispose()

    def _die(self, where: str) -> None:
        self.trace.note(f"died: {where}")
        self.crash_at = None
        self.engine.dispose()
        self.engine = self._open()
        self.stop_for(RESTART_DELAY_S)

    def _before_commit(self, connection: Connection) -> None:
        if not self.storing or connection.get_execution_options().get("reads_only"):
            return
        if asyncio.get_running_loop().time() < self.disk_full_until_s:
            raise OperationalError("COMMIT", None, Exception("database or disk is full"))
        self.passes("cloud: before the commit")

    def _left_s(self) -> float:
        return self._down_until_s - asyncio.get_running_loop().time()

    async def _until_up(self) -> None:
        if (left_s := self._left_s()) > 0:
            await asyncio.sleep(left_s)
            await self._until_up()

    def _open(self) -> Engine:
        engine = store.open_engine(self.url)
        event.listen(engine, "commit", self._before_commit)
        return engine


class _Session:
    """As much of the ingest loop's client, and of its socket, as the loop uses to answer."""

    def __init__(self, side: CloudSide, arrived: Sequence[Arrived]) -> None:
        self._side = side
        self._numbers = {number: one.number for number, one in enumerate(arrived, 1)}
        self.deliveries = [
            Delivery(one.topic.encode(), one.payload, number.to_bytes(2, "big"))
            for number, one in enumerate(arrived, 1)
        ]

    @property
    def buffered(self) -> _Session:
        return self

    def socket(self) -> _Session:
        return self

    def send(self, pubacks: bytes) -> None:
        """Take PUBACK packets: type, length 2, packet id (MQTT 5 §3.4)."""
        self._side.passes("cloud: after the commit, before the acknowledgement")
        for start in range(0, len(pubacks), 4):
            self._side.broker.acknowledge(self._numbers[int.from_bytes(pubacks[start + 2 : start + 4], "big")])

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        del qos
        self._side.passes("cloud: after the acknowledgement, before the receipt")
        self._side.broker.send_down(topic, payload)
