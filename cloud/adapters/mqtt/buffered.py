"""A paho client whose socket takes and gives whole buffers, of which ingest reads the packets it handles itself."""

from __future__ import annotations

import ssl
from typing import Any

import paho.mqtt.client as paho

RECEIVE_BUFFER_BYTES = 65_536
SEND_BUFFER_BYTES = 262_144


class LinkError(Exception):
    """The connection to the broker could not be made or was lost; it is tried again."""


class BufferedSocket:
    """A socket that takes and gives whole buffers: the ingest loop reads packets from it, paho what is handed to it."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self.received = bytearray()
        self._handed = b""  # for paho
        self._out = bytearray()

    def fill(self) -> None:
        """Take what the system has; BlockingIOError where it has nothing, LinkError at the end of the stream."""
        try:
            chunk = self._sock.recv(RECEIVE_BUFFER_BYTES)
        except ssl.SSLWantReadError as error:
            raise BlockingIOError from error
        if not chunk:
            raise LinkError("the broker closed the connection")
        self.received += chunk

    def hand(self, packet: bytes) -> None:
        """Let paho read this packet."""
        self._handed = packet

    def recv(self, size: int) -> bytes:
        """Give paho what was handed to it; BlockingIOError where that is all."""
        if not self._handed:
            raise BlockingIOError
        taken, self._handed = self._handed[:size], self._handed[size:]
        return taken

    def send(self, data: bytes) -> int:
        """Take bytes for the next `flush`."""
        self._out += data
        if len(self._out) >= SEND_BUFFER_BYTES:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand everything written to the system; BlockingIOError where it takes no more."""
        try:
            while self._out:
                del self._out[: self._sock.send(self._out)]
        except ssl.SSLWantWriteError as error:
            raise BlockingIOError from error

    @property
    def unsent(self) -> bool:
        """Whether bytes were not yet taken by the system."""
        return bool(self._out)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class BufferedClient(paho.Client):
    """paho with the buffered socket: its one hook for that is this method."""

    buffered: BufferedSocket | None = None

    def _create_socket(self) -> Any:
        self.buffered = BufferedSocket(super()._create_socket())
        return self.buffered
