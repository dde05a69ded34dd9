"""What a fault of the database writes into the log: that there was one and where, and nothing that was entered."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cloud.store.engine import writing
from cloud.web import refused


@pytest.mark.req("R-014")
def test_a_fault_of_the_database_is_logged_without_what_was_entered(engine, caplog) -> None:
    with pytest.raises(DBAPIError) as fault, writing(engine) as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "王小明"})
    assert "王小明" not in str(fault.value)
    assert asyncio.run(refused._database(None, fault.value)).status_code == 503
    assert "nowhere" in caplog.text
    assert "王小明" not in caplog.text
