"""The trail of changes: whoever follows its ids misses none, however many write at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cloud.store import changes
from cloud.store.engine import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

WRITERS = 4
EACH = 25


def test_a_follower_sees_every_change_once_while_many_write(engine: Engine) -> None:
    over = threading.Event()
    seen: list[tuple[int, str]] = []

    def follow() -> None:
        position = 0
        while True:
            last_look = over.is_set()
            with reading(engine) as connection:
                rows = changes.after(connection, position, limit=7)
            seen.extend((row.id, row.ref["movement"]) for row in rows)
            position = rows[-1].id if rows else position
            if last_look and not rows:
                return

    def write(writer: int) -> None:
        for number in range(EACH):
            with writing(engine) as connection:
                changes.append(connection, [(changes.Kind.MOVEMENT, {"movement": f"{writer}-{number}"})], number)

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    over.set()
    follower.join()
    assert sorted(name for _, name in seen) == sorted(f"{w}-{n}" for w in range(WRITERS) for n in range(EACH))
    assert [row_id for row_id, _ in seen] == sorted(row_id for row_id, _ in seen)


def test_the_newest_id_is_where_a_late_follower_begins(engine: Engine) -> None:
    with reading(engine) as connection:
        assert changes.newest(connection) == 0
    with writing(engine) as connection:
        changes.append(connection, [(changes.Kind.CASE, {"case": 1}), (changes.Kind.GATE, {"gate": "AAA-1"})], 5)
    with reading(engine) as connection:
        newest = changes.newest(connection)
        assert [row.id for row in changes.after(connection, newest - 1, 10)] == [newest]
        assert changes.after(connection, newest, 10) == []


def test_what_is_rolled_back_was_never_on_the_trail(engine: Engine) -> None:
    with engine.connect() as connection:
        changes.append(connection, [(changes.Kind.GATE, {"gate": "AAA-1"})], 5)
        connection.rollback()
    with reading(engine) as connection:
        assert changes.newest(connection) == 0
