"""What is over goes: sessions, links, attempts, kept answers; and nothing before its time. On both databases."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from cloud.registry.accounts import expiry
from cloud.store import schema
from cloud.store.engine import reading, writing
from tests.desks import NOW_MS

HOUR_MS = 3_600_000
TABLES = (schema.session, schema.sign_in_link, schema.sign_in_attempt, schema.kept_answer)


def left(engine) -> list[int]:
    with reading(engine) as connection:
        return [connection.scalar(select(func.count()).select_from(table)) for table in TABLES]


def test_each_goes_when_its_time_is_over(engine) -> None:
    who = {"name": "wang", "roles": ["CENTRE"], "sites": [], "password": "!", "must_change": 0, "created_ms": NOW_MS}
    begun = {"token_hash": "s", "account": "wang", "begun_ms": NOW_MS, "seen_ms": NOW_MS}
    tried = {"name_hash": "a", "failures": 3, "last_ms": NOW_MS, "locked_until_ms": 0}
    kept = {"account": "wang", "key": "k", "request": "r", "status": 200, "answer": b"", "at_ms": NOW_MS}
    with writing(engine) as connection:
        connection.execute(insert(schema.account).values(who))
        connection.execute(insert(schema.session).values(begun | {"expires_ms": NOW_MS + 12 * HOUR_MS}))
        link = {"token_hash": "l", "account": "wang", "expires_ms": NOW_MS + 2 * HOUR_MS}
        connection.execute(insert(schema.sign_in_link).values(link))
        connection.execute(insert(schema.sign_in_attempt).values(tried))
        connection.execute(insert(schema.kept_answer).values(kept))
    expected = {0: [1, 1, 1, 1], 1: [0, 1, 1, 1], 2: [0, 0, 1, 1], 25: [0, 0, 0, 1], 7 * 24 + 1: [0, 0, 0, 0]}
    for hours, rows in expected.items():
        expiry.expire(engine, HOUR_MS, NOW_MS + hours * HOUR_MS)
        assert left(engine) == rows, hours
