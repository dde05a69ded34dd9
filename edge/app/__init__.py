"""Joins the parts of one gate into one process: settings and key in, lanes, flows and the kiosk page out.

Only wiring stands here. If a part fails by our own mistake, the whole agent ends and systemd starts it again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from random import SystemRandom
from typing import TYPE_CHECKING

from edge.adapters import key as key_files
from edge.app.agent import Agent
from edge.app.parts import open_stores
from edge.clock import SystemClock
from edge.domain.identity import Identity

if TYPE_CHECKING:
    from edge.care.recent import RecentLog
    from edge.settings import Settings

log = logging.getLogger("sealgate.app")
BOOT_BYTES = 8


async def serve(settings: Settings, recent: RecentLog) -> None:
    """Run one gate until SIGTERM or SIGINT; `recent` is what the log handler keeps of it."""
    identity = Identity(gate=settings.gate, boot=secrets.token_hex(BOOT_BYTES), key=key_files.load(settings.key_file))
    clock = SystemClock()
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    agent = Agent(settings, identity, clock, await open_stores(settings, identity, clock, SystemRandom()), recent)
    log.info("gate %s starts with key %s", settings.gate, identity.key.kid)
    await agent.run(told_to_stop)
