"""As much of an HTTP/1.1 server as camera and control need, so that a fault can be played byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

HEAD_BYTES_MAX = 16_384
BODY_BYTES_MAX = 65_536
IDLE_S_MAX = 120.0
ACCEPT_TURNS = 8  # of the loop, from an accepted connection to its handler


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class BadRequestError(Exception):
    """The peer does not speak HTTP or says too much."""


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Read one request; None when the peer has closed. Raises BadRequestError."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_S_MAX)
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError("head too long") from error
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3:  # noqa: PLR2004 - method, target, version
        raise BadRequestError("no request line")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_BYTES_MAX:
        raise BadRequestError("body too long")
    body = await asyncio.wait_for(reader.readexactly(int(length)), IDLE_S_MAX)
    return Request(method=parts[0], target=parts[1], headers=headers, body=body)


def head(status: int, headers: Mapping[str, str | int]) -> bytes:
    """Return status line and headers."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def json_response(status: int, document: Any) -> bytes:
    """Return a whole response with a JSON body."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return head(status, {"Content-Type": "application/json", "Content-Length": len(body)}) + body


async def serve(port: int, handle: Callable[[Request, asyncio.StreamWriter], Awaitable[bool]]) -> asyncio.Server:
    """Listen on loopback; `handle` writes the answer and returns whether the connection stays open."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) is not None:
                open_still = await handle(request, writer)
                await writer.drain()
                if not open_still:
                    break
        except BadRequestError as error:
            writer.write(json_response(400, {"error": str(error)}))
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()  # the loop ends; Python 3.11 would log a cancelled connection as an error
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task that is cancelled before its first step never comes to its `finally`.
        asyncio.ensure_future(connection(reader, writer)).add_done_callback(lambda _: writer.close())

    return await asyncio.start_server(accept, "127.0.0.1", port, limit=HEAD_BYTES_MAX)


async def stop(server: asyncio.Server) -> None:
    """Stop listening, and let what was accepted already come to its handler, which closes it."""
    server.close()
    for _ in range(ACCEPT_TURNS):
        await asyncio.sleep(0)


def port_of(server: asyncio.Server) -> int:
    """Return the port a server listens on."""
    return int(server.sockets[0].getsockname()[1])
