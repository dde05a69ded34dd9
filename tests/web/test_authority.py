"""The matrix of docs/authority.md, both ways: whoever has a grant is heard, whoever has none gets 403 and a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import httpx
import pytest
from fastapi import Header
from sqlalchemy import insert

from cloud.domain import authority
from cloud.domain.authority import GRANTS, Act, Actor, Reach, Role
from cloud.settings import Settings
from cloud.store import schema
from cloud.store.engine import open_engine, reading, writing
from cloud.store.registry import audit
from cloud.web.app import create_app
from cloud.web.auth import acting
from tests.desks import NOW_MS, VAULT
from tests.web.authority_requests import HERE, MOVEMENT, OWN_ACCOUNT, REQUESTS, SEALS, THERE, Asked
from tests.web.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

TOKEN = "a-token-of-the-test-only"
ACTS = sorted(REQUESTS)


def whoever(x_role: Annotated[str, Header()], x_site: Annotated[str, Header()]) -> Actor:
    """The test says who asks; that a session or a token says it is shown in test_api_access.py."""
    return Actor(account=f"{x_role}@{x_site}", roles=frozenset({Role(x_role)}), sites=frozenset({x_site}))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, migrated_file) -> Iterator[Engine]:
    """Two sites, seals, a movement, an application of somebody's; nothing else."""
    path = tmp_path_factory.mktemp("authority") / "cloud.db"
    path.write_bytes(migrated_file.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        for site in (HERE, THERE):
            row = {"code": site, "name_zh": "站", "name_en": "yard", "fence_version": 1, "updated_ms": NOW_MS}
            connection.execute(insert(schema.site).values(row))
        for number, (seal_no, kind) in enumerate(SEALS.items()):
            seal = {"seal_no": seal_no, "kind": kind, "uid": f"04AA{number:04}", "issued_ms": NOW_MS, "site": HERE}
            connection.execute(insert(schema.seal).values(seal))
        trip = {"id": MOVEMENT, "seal_no": "KE2", "seal_uid": "04AA0002", "kind": "E", "container": "CSQU3054383"}
        trip |= {"origin": HERE, "destination": THERE, "paired_ms": NOW_MS, "pairing_source": "APP"}
        connection.execute(insert(schema.movement).values(trip | {"state": "PAIRED", "updated_ms": NOW_MS}))
        used = {"seal_no": "KE2", "kind": "E", "movement": MOVEMENT, "site": HERE, "paired_ms": NOW_MS, "account": "x"}
        used |= {"document": "AA111234567891", "unit": "CSQU3054383", "reason": "", "at_ms": NOW_MS}
        connection.execute(insert(schema.seal_use).values(used))
        filed = {"kind": "PA", "state": "FILED", "container": "CSQU3054383", "site": HERE, "ground": "N5170"}
        filed |= {"document": "AA1", "papers": [], "note": "", "account": "somebody", "filed_ms": NOW_MS}
        connection.execute(insert(schema.application).values(filed))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def client(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(state_dir=str(tmp_path_factory.mktemp("state")))
    app = create_app(engine, settings, TOKEN, VAULT)
    app.dependency_overrides[acting] = whoever
    with serving(app) as address, httpx.Client(base_url=f"{address}/api/v1/", timeout=30) as client:
        yield client


def ask(client: httpx.Client, asked: Asked, role: Role, site: str) -> httpx.Response:
    headers = {"X-Role": role, "X-Site": site}
    if isinstance(asked.body, bytes):
        kind = "application/pdf" if asked.body.startswith(b"%PDF") else "application/xml"
        return client.request(asked.method, asked.path, content=asked.body, headers=headers | {"Content-Type": kind})
    return client.request(asked.method, asked.path, json=asked.body, headers=headers)


def test_every_act_has_its_request() -> None:
    assert set(Act) - OWN_ACCOUNT - set(REQUESTS) == set()
    assert set(GRANTS) == set(Act)


@pytest.mark.req("R-004", "R-005", "R-006", "R-008", "R-037")
@pytest.mark.parametrize("act", ACTS)
def test_who_has_a_grant_is_heard_and_who_has_none_is_refused(client, engine, act: Act) -> None:
    told = {role: ask(client, REQUESTS[act], role, HERE) for role in Role}
    heard = {role for role, answer in told.items() if answer.status_code != 403}
    assert {answer.status_code for answer in told.values()} & {401, 405, 422, 500} - {422} == set()
    assert heard == set(GRANTS[act]), {role: answer.text for role, answer in told.items()}
    with reading(engine) as connection:
        for role in set(Role) - heard:
            lines = audit.page(connection, 0, 1_000, subject=None, account=f"{role}@{HERE}")
            assert (act, "DENIED") in {(line.act, line.outcome) for line in lines}, role


@pytest.mark.req("R-005", "R-006", "R-017")
@pytest.mark.parametrize("act", [act for act in ACTS if REQUESTS[act].sited])
def test_a_grant_for_ones_own_sites_ends_at_the_fence(client, act: Act) -> None:
    for role, reach in GRANTS[act].items():
        elsewhere = ask(client, REQUESTS[act], role, THERE + "X")
        assert (elsewhere.status_code == 403) == (reach is Reach.OWN), (role, elsewhere.text)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Role)
def test_the_question_itself_answers_as_the_table_says(act: Act, role: Role) -> None:
    reach = GRANTS[act].get(role)
    own, elsewhere, nowhere = (
        Actor(account="x", roles=frozenset({role}), sites=sites)
        for sites in (frozenset({HERE}), frozenset({THERE}), frozenset())
    )
    assert (authority.denial(own, act, [HERE]) is None) == (reach is not None)
    assert (authority.denial(own, act) is None) == (reach is not None)
    assert (authority.denial(elsewhere, act, [HERE]) is None) == (reach is Reach.ALL)
    assert (authority.denial(nowhere, act) is None) == (reach is Reach.ALL)
    scope = authority.scope(own, act)
    assert scope == (None if reach is Reach.ALL else frozenset({HERE}) if reach is Reach.OWN else frozenset())
