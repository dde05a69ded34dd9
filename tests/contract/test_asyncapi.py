"""schemas/asyncapi.yaml, judged by AsyncAPI's own parser and held against topics and models."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.generator.json_schemas import CONTRACTS
from schemas import topics

DOCUMENT = Path("schemas/asyncapi.yaml")
TOOL = Path("tests/contract/asyncapi")
ERROR_SEVERITY = 0


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The public parser as its lock file says, installed once beside the other caches."""
    place = Path(".cache/asyncapi").absolute()
    lock = (TOOL / "package-lock.json").read_bytes()
    if not (place / "installed").is_file() or (place / "installed").read_bytes() != lock:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(TOOL / name, place)
        command = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (place / "installed").write_bytes(lock)
    return place / "node_modules"


def judged(node_modules: Path, document: Path) -> list[dict[str, Any]]:
    command = ["node", str(TOOL / "validate.mjs"), str(node_modules), str(document)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [finding for finding in json.loads(done.stdout)["findings"] if finding["severity"] == ERROR_SEVERITY]


def test_the_public_parser_finds_no_fault(node_modules: Path) -> None:
    assert judged(node_modules, DOCUMENT) == []


def test_the_public_parser_would_find_one(node_modules: Path, tmp_path: Path) -> None:
    broken = tmp_path / "asyncapi.yaml"
    broken.write_text(DOCUMENT.read_text().replace("action: receive", "action: listen", 1))
    assert judged(node_modules, broken)


def test_every_leaf_is_a_channel_in_its_direction() -> None:
    document = yaml.safe_load(DOCUMENT.read_text())
    action = {entry["channel"]["$ref"].rpartition("/")[2]: entry["action"] for entry in document["operations"].values()}
    upward = dict.fromkeys(topics.UPWARD_LEAVES, "receive")
    assert action == upward | dict.fromkeys(topics.DOWNWARD_LEAVES, "send")


@pytest.mark.parametrize("leaf", [*topics.UPWARD_LEAVES, *topics.DOWNWARD_LEAVES])
def test_addresses_are_the_topics_of_the_programs(leaf: str) -> None:
    gate = "KEL-N3-01"
    address = yaml.safe_load(DOCUMENT.read_text())["channels"][leaf]["address"]
    topic = address.format(shard=topics.shard_of(gate), gate=gate)
    assert topic == getattr(topics, leaf)(gate)
    assert topics.parse(topic) == (topics.shard_of(gate), gate, leaf)


def test_signed_payloads_point_at_schemas_that_exist() -> None:
    messages = yaml.safe_load(DOCUMENT.read_text())["components"]["messages"]
    for leaf, message in messages.items():
        assert (DOCUMENT.parent / message["x-signed-payload"]["$ref"]).is_file()
        assert CONTRACTS[leaf].typ in message["summary"]
