"""The Link over MQTT 5: paho with its socket on the agent's own loop, a fresh client for every connection.

A fresh client means that nothing of an old connection (packet ids, unsent copies) can be mistaken for the new one's;
the session that matters, with subscriptions and what waits for us, is the broker's (clean start off, long expiry).
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.adapters.mqtt.session import Answer, Session, Target
from edge.ports import LinkDownError, LinkEvents

if TYPE_CHECKING:
    import random

log = logging.getLogger("sealgate.mqtt")
RETRY_DELAY_MIN_S = 0.2
REFUSED_DELAY_S = 10.0  # after the broker refused us: it will not change its mind at once
STOP_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long things may take."""

    connect_timeout_s: float
    retry_delay_max_s: float


class MqttLink:
    """Implements `edge.ports.Link`."""

    def __init__(self, target: Target, patience: Patience, chance: random.Random) -> None:
        self._target = target
        self._patience = patience
        self._chance = chance
        self._session: Session | None = None
        self._events = LinkEvents()
        self._task: asyncio.Task[None] | None = None
        # one thread of its own: a name server that hangs must not keep pictures from being written
        self._dialler = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mqtt-dial")

    @property
    def up(self) -> bool:
        """Whether a session stands."""
        return self._session is not None

    def start(self, events: LinkEvents) -> None:
        """Connect and stay connected, with jittered back-off."""
        self._events = events
        self._task = asyncio.create_task(self._stay_connected(), name="mqtt link")

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Return once the broker has it; raises LinkDownError otherwise."""
        if self._session is None:
            raise LinkDownError("LINK-DOWN", "not connected")
        answer = await self._session.publish(topic, payload, retain=retain)
        if answer is not Answer.TAKEN:
            raise LinkDownError(answer.value, topic)

    async def stop(self) -> None:
        """Say good-bye and close."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._session is not None:
            await self._session.part(STOP_S)
            self._session = None
        self._dialler.shutdown(wait=False, cancel_futures=True)

    async def _stay_connected(self) -> None:
        """Dial, serve, dial again; each turn ends with a code that says why."""
        delay_s, said = RETRY_DELAY_MIN_S, ""
        while True:
            session = Session(self._target, self._events.on_delivery)
            code = await self._dial(session)
            if code is None:
                delay_s, said = RETRY_DELAY_MIN_S, ""
                self._session = session
                log.info("connected to %s:%d", self._target.host, self._target.port)
                self._events.on_up()
                code = await asyncio.shield(session.ended)
                self._session = None
                session.close()
            if code != said:  # said once: a day without network is no day of log lines
                log.warning("the link is down: %s", code)
                said = code
            self._events.on_down(code)
            ceiling_s = REFUSED_DELAY_S if code == "LINK-REFUSED" else delay_s
            await asyncio.sleep(ceiling_s * (0.5 + self._chance.random() / 2))
            delay_s = min(2 * delay_s, self._patience.retry_delay_max_s)

    async def _dial(self, session: Session) -> str | None:
        """Bring a session up; return the code of the failure, if it is one."""
        try:
            async with asyncio.timeout(self._patience.connect_timeout_s):
                await session.open(self._dialler)
            async with asyncio.timeout(self._patience.connect_timeout_s):
                await session.subscribe()
        except TimeoutError:
            session.close()
            return "LINK-DOWN"
        except LinkDownError as error:
            log.debug("no connection: %s", error)
            session.close()
            return error.code
        except asyncio.CancelledError:
            session.close()
            raise
        return None
