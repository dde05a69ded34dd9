"""The cable: passes, is cut with a reset, swallows without a word, and heals."""

import asyncio
import contextlib

import pytest

from edge.emulate.cable import Cable
from edge.emulate.settings import CableSettings

SILENCE_S = 0.3


class Shout(asyncio.Protocol):
    """Says everything again in capitals, and good-bye at the end."""

    def __init__(self, heard):
        self.heard = heard

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard.append(data)
        self.transport.write(data.upper())

    def eof_received(self):
        self.transport.write(b"BYE\n")


@pytest.fixture
async def cable():
    """A cable to a server that shouts."""
    heard = []
    server = await asyncio.get_running_loop().create_server(lambda: Shout(heard), "127.0.0.1", 0)
    relay = Cable(CableSettings(name="mqtt", to_port=server.sockets[0].getsockname()[1]))
    relay.heard = heard
    await relay.start()
    yield relay
    await relay.stop()
    server.close()


@pytest.fixture
async def dial():
    """Connect through a cable; what was opened is closed with the test."""
    writers = []

    async def connect(cable):
        reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
        writers.append(writer)
        return reader, writer

    yield connect
    for writer in writers:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def ask(connection, word, answer_s=5.0):
    reader, writer = connection
    writer.write(word + b"\n")
    await writer.drain()
    return (await asyncio.wait_for(reader.readline(), answer_s)).strip()


async def is_reset(connection):
    reader, _ = connection
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(1), 5.0)
    return True


async def test_it_passes_both_ways_and_says_good_bye(cable, dial):
    reader, writer = connection = await dial(cable)
    assert await ask(connection, b"hello") == b"HELLO"
    writer.write(b"x" * 300_000 + b"\n")
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5.0) == b"X" * 300_000 + b"\nBYE\n"


async def test_cut_resets_what_stands_and_what_comes_and_heals(cable, dial):
    standing = await dial(cable)
    assert await ask(standing, b"one") == b"ONE"
    cable.set_state("cut")
    assert await is_reset(standing)
    assert await is_reset(await dial(cable))
    cable.set_state("up")
    assert await ask(await dial(cable), b"two") == b"TWO"


async def test_black_holed_connections_stay_open_and_silent_then_deliver(cable, dial):
    standing = await dial(cable)
    assert await ask(standing, b"one") == b"ONE"
    cable.set_state("blackhole")
    fresh = await dial(cable)  # is accepted as if all were well
    for connection, word in ((standing, b"two"), (fresh, b"three")):
        with pytest.raises(asyncio.TimeoutError):
            await ask(connection, word, SILENCE_S)
    cable.set_state("up")
    for (reader, _), word in ((standing, b"TWO"), (fresh, b"THREE")):
        assert (await asyncio.wait_for(reader.readline(), 5.0)).strip() == word


async def test_who_gave_up_in_the_black_hole_is_never_heard_of_again(cable, dial):
    cable.set_state("blackhole")
    dead = [await dial(cable) for _ in range(3)]
    for _, writer in dead:
        writer.write(b"CONNECT\n")
        writer.close()
        await writer.wait_closed()
    alive = await dial(cable)
    cable.set_state("up")
    assert await ask(alive, b"alive") == b"ALIVE"
    assert cable.heard == [b"alive\n"]


async def test_a_black_hole_can_be_cut(cable, dial):
    standing = await dial(cable)
    assert await ask(standing, b"one") == b"ONE"
    cable.set_state("blackhole")
    fresh = await dial(cable)
    with pytest.raises(asyncio.TimeoutError):
        await ask(fresh, b"lost", SILENCE_S)
    cable.set_state("cut")
    assert await is_reset(standing)
    assert await is_reset(fresh)


async def test_nobody_at_the_far_end_is_a_reset(dial):
    probe = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = probe.sockets[0].getsockname()[1]
    probe.close()
    relay = Cable(CableSettings(name="mqtt", to_port=port))
    await relay.start()
    assert await is_reset(await dial(relay))
    await relay.stop()
