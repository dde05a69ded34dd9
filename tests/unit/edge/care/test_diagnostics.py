"""What leaves the gate when it is asked how it is: bounded, without a secret, without a person or a card."""

from __future__ import annotations

import io
import json
import logging
import random
import string
import zipfile

import pytest

from edge.care.diagnostics import BYTES_MAX, pack, versions, without_secrets
from edge.care.recent import LINE_CHARS_MAX, LINES_MAX, Line, RecentLog, scrub
from edge.settings import load

SETTINGS = """
gate = "KEL-OUT-1"
state_dir = "state"
key_file = "gate.key"
[cloud]
pinned_keys = [{kty = "OKP", crv = "Ed25519", x = "w3IColCsDmmrqWlr7y8nz93lUG18nRCu2Zs4DU4YDng"}]
[mqtt]
host = "broker.example"
username = "KEL-OUT-1"
password_file = "mqtt.password"
[http]
upload_url = "https://user:hush1@cloud.example/?token=hush2"
[[lanes]]
id = "1"
reader = "tty:/dev/sealgate-reader:pn532"
camera = {url = "http://admin:hush3@192.0.2.10/snap.jpg?pwd=hush4", password_file = "camera.password"}
[[lanes]]
id = "2"
reader = "usb:054c:06c3"
camera = {command = ["grab", "--password", "hush5"]}
"""


@pytest.fixture
def settings(tmp_path):
    for name in ("mqtt.password", "camera.password", "gate.key"):
        (tmp_path / name).write_text("hush6")
    (tmp_path / "gate.toml").write_text(SETTINGS)
    return load(tmp_path / "gate.toml")


@pytest.mark.req("R-111")
def test_settings_are_told_without_a_secret(settings, tmp_path):
    told = json.dumps(without_secrets(settings))
    assert "hush" not in told
    assert f"{tmp_path}/camera.password" in told, "where a password lies is no secret"
    document = without_secrets(settings)
    assert document["lanes"][0]["camera"]["url"] == "http://192.0.2.10/snap.jpg"
    assert document["lanes"][1]["camera"]["command"] == ["grab", "(2 arguments)"]
    assert document["http"]["upload_url"] == "https://cloud.example/"
    assert document["session"]["step_s"] == 180.0


@pytest.mark.req("R-116")
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("badge 04A1B2C3D4E5F6 read", "badge [uid] read"),
        ("card DEADBEEF", "card [uid]"),
        ("driver A123456789 and AC01234567", "driver [id] and [id]"),
        ("call 0912345678", "call [phone]"),
        ("write to a.b@yard.example now", "write to [mail] now"),
        ("http://admin:hush@192.0.2.10/snap.jpg?pwd=hush: status 401", "http://192.0.2.10/snap.jpg?… status 401"),
        ("manifest 17 is in force", "manifest 17 is in force"),
        (
            "command REPORT 0123456789abcdef0123456789abcdef: DONE",
            "command REPORT 0123456789abcdef0123456789abcdef: DONE",
        ),
    ],
)
def test_no_card_person_or_password_stays_in_a_line(said, kept):
    assert scrub(said) == kept


@pytest.fixture
def recent():
    """The memory, hung under a logger of its own."""
    handler, own = RecentLog(), logging.getLogger("sealgate.test-of-the-memory")
    own.setLevel(logging.DEBUG)
    own.addHandler(handler)
    handler.log = own
    yield handler
    own.removeHandler(handler)


def test_the_log_in_memory_is_bounded_and_counts(recent):
    own = recent.log
    for number in range(LINES_MAX + 5):
        own.info("line %d %s", number, "x" * 2 * LINE_CHARS_MAX)
    own.debug("not worth it")
    lines = recent.lines()
    assert (len(lines), recent.count) == (LINES_MAX, LINES_MAX + 5)
    assert lines[0].text.startswith("line 5 ")
    assert max(len(line.text) for line in lines) == LINE_CHARS_MAX
    assert [line.text[:9] for line in recent.lines(2)] == ["line 1003", "line 1004"]


def test_an_exception_keeps_its_trace_without_a_card(recent):
    try:
        int("04A1B2C3D4E5F6")
    except ValueError:
        recent.log.exception("lane 1")
    (line,) = recent.lines()
    assert line.text.startswith("lane 1\nTraceback")
    assert line.text.endswith("base 10: '[uid]'")


def unzipped(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_bundle_holds_state_and_log():
    files = unzipped(pack({"status": {"gate": "KEL-OUT-1"}}, [Line(0.0, "INFO", "sealgate.app", "hello")]))
    assert json.loads(files["state.json"]) == {"status": {"gate": "KEL-OUT-1"}}
    assert files["log.txt"] == "1970-01-01T00:00:00Z INFO sealgate.app: hello\n"


def test_of_a_log_that_is_too_long_the_newest_lines_stay():
    chance = random.Random(1)
    noise = ["".join(chance.choices(string.printable[:90], k=3_000)) for _ in range(LINES_MAX)]
    packed = pack({}, [Line(float(number), "INFO", "n", text) for number, text in enumerate(noise)])
    assert len(packed) <= BYTES_MAX
    kept = unzipped(packed)["log.txt"]
    assert noise[-1] in kept
    assert noise[0] not in kept


def test_versions_name_the_program_and_what_it_stands_on():
    told = versions()
    assert {"sealgate", "nfcpy", "python", "kernel"} <= set(told)
    assert told["nfcpy"][0].isdigit()
