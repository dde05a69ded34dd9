"""The network cable of a gate as a TCP relay that can be cut or black-holed, and heals.

Cut: every connection is reset, new ones too. Black-holed: connections stay open, new ones are accepted, nothing passes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from edge.emulate.settings import CableSettings

CableState = Literal["up", "cut", "blackhole"]
CHUNK_BYTES = 65_536
CONNECT_S_MAX = 5.0
TCP_ESTABLISHED = 1
_LINGER_ZERO = struct.pack("ii", 1, 0)  # close() sends RST


class Cable:
    """One relayed way from the gate to a host and port."""

    def __init__(self, settings: CableSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self.state: CableState = "up"
        self._passing = asyncio.Event()
        self._passing.set()
        self._relays: set[asyncio.Task[None] | None] = set()
        self._server: asyncio.Server | None = None
        self.port = settings.port

    async def start(self) -> None:
        """Listen on loopback."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self._settings.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def set_state(self, state: CableState) -> None:
        """Cut, black-hole or heal the cable."""
        self.state = state
        if state == "up":
            self._passing.set()
            return
        self._passing.clear()
        if state == "cut":
            for relay in filter(None, tuple(self._relays)):
                relay.cancel()  # its end resets both sides

    async def stop(self) -> None:
        """Reset everything and stop listening."""
        self.set_state("cut")
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._relays.add(task)
        try:
            if self.state == "cut":
                return
            await self._passing.wait()
            if gave_up(writer):
                return  # its SYN would have been lost: nothing of it may arrive after the link is back
            far_reader, far_writer = await asyncio.wait_for(self._connect(), CONNECT_S_MAX)
            try:
                async with asyncio.TaskGroup() as pumps:
                    pumps.create_task(self._pump(reader, far_writer))
                    pumps.create_task(self._pump(far_reader, writer))
                far_writer.close()  # both sides said good-bye: let what is written still arrive
                writer.close()
            finally:
                reset(far_writer)
        except* OSError:
            pass  # one end is gone; the other is told by a reset
        except* asyncio.CancelledError:
            pass  # cut; asyncio of Python 3.11 would log a cancelled connection as an error
        finally:
            self._relays.discard(task)
            reset(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._settings.to_host, self._settings.to_port)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(CHUNK_BYTES):
            await self._passing.wait()
            writer.write(octets)
            await writer.drain()
        await self._passing.wait()
        with contextlib.suppress(OSError):
            writer.write_eof()


def gave_up(writer: asyncio.StreamWriter) -> bool:
    """Tell whether the peer has closed its side meanwhile (Linux: first octet of TCP_INFO)."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        return bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != TCP_ESTABLISHED)
    return False


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection with RST, unless it was closed in order."""
    if writer.is_closing():
        return
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    writer.transport.abort()
