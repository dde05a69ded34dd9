"""What the tables themselves promise, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from cloud.store import schema
from cloud.store.engine import SchemaError, open_engine, reading, upgrade, writing
from cloud.store.migration import drift

if TYPE_CHECKING:
    from sqlalchemy import Engine

RECORD = {
    "gate": "KLG-1",
    "site": "A1",
    "epoch": 1,
    "seq": 1,
    "hash": "h" * 43,
    "kind": "SCAN",
    "event_ms": 1,
    "record_ms": 2,
    "jws": b"a.b.c",
}
SITE = {"name_zh": "站", "name_en": "yard", "fence_version": 1, "updated_ms": 0}
MOVEMENT = {
    "kind": "E",
    "seal_no": "KE1",
    "seal_uid": "04AA",
    "container": "CSQU3054383",
    "plate": "KLA-0001",
    "transport_order": "T1",
    "origin": "A1",
    "destination": "B1",
    "paired_ms": 0,
    "pairing_source": "TO",
    "state": "PAIRED",
    "updated_ms": 0,
}


def with_registry(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(schema.site), [{"code": code, **SITE} for code in ("A1", "B1")])
        connection.execute(insert(schema.seal).values(seal_no="KE1", uid="04AA", kind="E", issued_ms=0))
        order = {"number": "T1", "origin": "A1", "destination": "B1", "container": "X", "plate": "P", "seals": []}
        order |= {"classes": {}}
        connection.execute(insert(schema.transport_order).values(**order, received_ms=0))


def test_migrations_build_exactly_the_schema(engine: Engine) -> None:
    assert drift(engine) == []


def test_a_database_of_an_unknown_version_is_left_as_it_is(engine: Engine) -> None:
    stood = text("SELECT version_num FROM alembic_version")
    with writing(engine) as connection:
        known = connection.scalar(stood)
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    with pytest.raises(SchemaError, match="another version"):
        upgrade(engine)
    with writing(engine) as connection:
        assert connection.scalar(stood) == "0099"
        connection.execute(text("UPDATE alembic_version SET version_num = :known"), {"known": known})


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    engine = open_engine(database_url)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, [engine] * 4))
    assert set(schema.metadata.tables) < set(inspect(engine).get_table_names())
    engine.dispose()


@pytest.mark.req("R-034")
@pytest.mark.parametrize("statement", [update(schema.record).values(verdict="GO"), delete(schema.record)])
def test_a_record_can_be_neither_changed_nor_deleted(engine: Engine, statement) -> None:
    with writing(engine) as connection:
        connection.execute(insert(schema.record).values(RECORD))
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(statement)
    with reading(engine) as connection:
        assert connection.scalar(select(schema.record.c.verdict)) is None
        assert connection.scalar(select(func.count()).select_from(schema.record)) == 1


def test_the_identity_of_a_record_is_unique(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(schema.record).values(RECORD))
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(schema.record).values(RECORD | {"hash": "i" * 43}))


@pytest.mark.req("R-001", "R-063")
def test_a_seal_is_in_one_pairing_unless_that_was_cancelled(engine: Engine) -> None:
    with_registry(engine)
    with writing(engine) as connection:
        connection.execute(insert(schema.movement).values(id="M1", **MOVEMENT))
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(schema.movement).values(id="M2", **MOVEMENT))
    with writing(engine) as connection:
        connection.execute(update(schema.movement).values(state="CANCELLED"))
        connection.execute(insert(schema.movement).values(id="M2", **MOVEMENT))


def test_one_case_is_open_per_code_and_subject(engine: Engine) -> None:
    case = {"code": "S7", "subject": "M1", "status": "CONFIRMED", "occurred_ms": 1, "detected_ms": 2}
    case |= {"rule_version": 1, "inputs": {}, "limits": {}}
    with writing(engine) as connection:
        connection.execute(insert(schema.cases).values(case))
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(schema.cases).values(case))
    with writing(engine) as connection:
        connection.execute(update(schema.cases).values(closed_ms=3))
        connection.execute(insert(schema.cases).values(case))


@pytest.mark.req("R-002")
def test_a_seal_has_one_of_two_kinds(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(schema.seal).values(seal_no="KX1", uid="04AB", kind="X", issued_ms=0))


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(schema.movement).values(id="M1", **MOVEMENT))


def test_a_reader_cannot_write_and_writers_do_not_disturb_it(engine: Engine) -> None:
    count = select(func.count()).select_from(schema.record)
    with reading(engine) as reader:
        assert reader.scalar(count) == 0
        with writing(engine) as connection:
            connection.execute(insert(schema.record).values(RECORD))
        assert reader.scalar(count) == 0  # one moment of the database
    with reading(engine) as reader:
        assert reader.scalar(count) == 1
    with pytest.raises((OperationalError, DBAPIError)), reading(engine) as reader:
        reader.execute(insert(schema.record).values(RECORD | {"seq": 2}))


def test_writers_that_read_first_wait_for_each_other(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(schema.sink_checkpoint).values(sink="s", position=0, updated_ms=0))

    def raise_by_one(_: int) -> None:
        table = schema.sink_checkpoint
        with writing(engine) as connection:
            position = connection.scalar(select(table.c.position).with_for_update())
            connection.execute(update(table).values(position=position + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_by_one, range(40)))
    with reading(engine) as connection:
        assert connection.scalar(select(schema.sink_checkpoint.c.position)) == 40


def test_sqlite_waits_for_the_disk(tmp_path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    with reading(engine) as connection:
        pragmas = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    engine.dispose()


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql"):
        open_engine("mysql://localhost/x")
