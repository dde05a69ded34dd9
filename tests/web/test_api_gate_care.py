"""Care of a gate from afar: orders by those who maintain it, what it answers with, and what it says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cloud.clock import now_ms
from cloud.domain.authority import Role
from cloud.flows import dispatch
from cloud.flows.ingest import Incoming, process_batch
from cloud.store.engine import reading
from cloud.web.language import Language
from cloud.web.pages import board
from cloud.web.pages.render import render
from cloud.web.pages.sight import look
from schemas import envelope, messages, topics
from schemas.envelope import Typ
from tests import dispatching, townsfolk
from tests.integration.ingest.test_process_batch import Story
from tests.web.api_client import client, settings
from tests.web.test_api_access import API, _light, person
from tests.web.test_api_lane_files import put_up
from tests.web.test_api_photos import name_of, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

__all__ = ["_light", "client", "settings"]

JPEG, ZIP = b"\xff\xd8\xff of an empty lane", b"PK\x03\x04 state and log"
ID = "0c" * 16


@pytest.fixture
def story(engine) -> Story:
    """A town whose gates have their manifests: from here on only orders go out."""
    story = Story(engine)
    sent(story)
    return story


@pytest.fixture
def technician(client, story) -> Iterator[httpx.Client]:
    with person(client, story.engine, Role.IT) as browser:
        yield browser


def address(story, command=ID) -> str:
    return f"{API}/gates/{story.origin.gate}/commands/{command}"


def reply(story, sha256=None, outcome="DONE", command=ID) -> None:
    at_ms = now_ms()
    said = messages.Reply(
        v=1, gate=story.origin.gate, command=command, at=townsfolk.moment(at_ms), outcome=outcome, sha256=sha256
    )
    jws = story.origin.sign(Typ.REPLY, said)
    process_batch(story.engine, story.keys, [Incoming(topics.reply(story.origin.gate), jws)], at_ms)


def sent(story) -> list[messages.Command]:
    """What goes out to gates now, as the gate reads it."""
    told = []

    def publish(topic, payload, *, retain):
        if topic == topics.command(story.origin.gate):
            body = envelope.verify(payload, Typ.COMMAND, lambda _kid: dispatching.CLOUD.verifying_key)
            told.append(envelope.decode(body, messages.Command))

    dispatch.send_due(story.engine, dispatching.sender(publish), now_ms())
    return told


@pytest.mark.req("R-113")
@pytest.mark.parametrize(
    ("order", "put"),
    [
        ({"name": "TEST_PHOTO", "lane": "1"}, ("TEST", JPEG, "image/jpeg")),
        ({"name": "DIAGNOSTICS"}, ("DIAGNOSTICS", ZIP, "application/zip")),
    ],
)
def test_what_a_gate_answers_with_is_read_by_who_asked_for_it(story, client, technician, order, put) -> None:
    kind, content, media = put
    assert technician.put(address(story), json=order).status_code == 201
    assert technician.put(address(story), json=order).status_code == 200
    (command,) = sent(story)
    assert (command.name, command.lane, command.id) == (order["name"], order.get("lane", ""), ID)
    assert (command.expires - command.issued).total_seconds() == 15 * 60
    refused(technician.get(f"{address(story)}/answer"), "NOT-FOUND")
    reply(story, name_of(content))
    known = technician.get(address(story)).json()
    assert (known["outcome"], known["sha256"], known["uploaded"]) == ("DONE", name_of(content), False)
    refused(technician.get(f"{address(story)}/answer"), "NOT-FOUND")
    assert put_up(client, content, kind, key=story.origin.key, gate=story.origin.gate).status_code == 201
    assert [one["uploaded"] for one in technician.get(f"{API}/gates/{story.origin.gate}/commands").json()] == [True]
    answer = technician.get(f"{address(story)}/answer")
    assert (answer.content, answer.headers["Content-Type"]) == (content, media)
    assert (answer.headers["Content-Disposition"], answer.headers["Cache-Control"]) == ("attachment", "no-store")
    with person(client, story.engine, Role.CENTRE) as centre:
        refused(centre.get(f"{address(story)}/answer"), "FORBIDDEN")
        lines = centre.get(f"{API}/audit", params={"subject": f"gate:{story.origin.gate}"}).json()["items"]
    looks = [(line["act"], line["outcome"]) for line in lines if line["act"] == "GATE_CARE"]
    assert looks == [("GATE_CARE", "DONE"), ("GATE_CARE", "LOOKED"), ("GATE_CARE", "DENIED")]


@pytest.mark.req("R-113")
def test_a_restart_is_asked_for_by_those_who_maintain_gates_and_answered(story, client, technician) -> None:
    with person(client, story.engine, Role.CENTRE) as centre:
        refused(centre.put(address(story), json={"name": "RESTART"}), "FORBIDDEN")
        assert centre.put(address(story), json={"name": "REPORT"}).status_code == 201
    second = "0d" * 16
    assert technician.put(address(story, second), json={"name": "RESTART"}).status_code == 201
    assert {command.name for command in sent(story)} == {"REPORT", "RESTART"}
    reply(story, outcome="FAILED", command=second)
    assert technician.get(address(story, second)).json()["outcome"] == "FAILED"


@pytest.mark.parametrize(
    "order",
    [
        {"name": "TEST_PHOTO", "lane": "9"},
        {"name": "RESTART", "lane": "1"},
        {"name": "REBOOT"},
        {"name": "TEST_PHOTO", "lane": "x" * 17},
    ],
)
def test_an_order_that_no_gate_could_carry_out_is_not_sent(story, technician, order) -> None:
    refused(technician.put(address(story), json=order), "INVALID")
    assert sent(story) == []


@pytest.mark.req("R-115")
def test_what_a_gate_says_of_itself_stands_where_gates_are_listed(story, technician) -> None:
    at_ms = now_ms()
    told = {"under_voltage": True, "gps_mode": 1, "manifest_age_s": 7_200.0, "uptime_s": 90_000.0}
    told |= {"temperature_c": 71.4, "disk_free_mb": 512, "faults": ("CAM-DOWN",)}
    story.beat(story.origin, at_ms, **told)
    health = technician.get(f"{API}/gates/{story.origin.gate}").json()["health"]
    assert {name: health[name] for name in told} == told | {"faults": ["CAM-DOWN"]}
    assert [lane["reader_up"] for lane in health["lanes"]] == [True]
    listed = {one["gate"]: one["health"] for one in technician.get(f"{API}/gates").json()["items"]}
    assert listed == {story.origin.gate: health, story.destination.gate: None}
    for language, words in (
        (Language.ZH, ("供電不足 · 71 °C · 剩餘 512 MB", "尚未定位", "2 小時 0 分前更新", "25 小時 0 分")),
        (Language.EN, ("supply too weak · 71 °C · 512 MB free", "no fix", "2 h 0 min old", "25 h 0 min")),
    ):
        with reading(story.engine) as connection:
            html = render("panels/gates.html", language, **board.context(look(connection, at_ms)))
        said = " ".join(re.sub(r"<[^>]*>", " ", html).split())
        assert [word for word in words if word not in said] == []
