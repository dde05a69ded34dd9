"""The sample messages against what they say, in any order of elements and in any clothes; and any bytes at all."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.customs.meaning import KINDS, recognise
from cloud.customs.order import moment_ms
from cloud.customs.said import Meanings, Said
from cloud.domain.instructions import WORDS, Effect, Reason
from cloud.registry.refusals import Refusal
from schemas import iso6346

FOLDER = Path("tests/vectors/messages")
EXPECTED: dict[str, Any] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
XML = sorted(name for name in EXPECTED if name.endswith(".xml"))
MEANINGS = Meanings(process={"B": Effect.SEAL}, conditions={}, notices={"N5107": Effect.OFFICER})


def told(said: Said) -> dict[str, Any]:
    """Write what a message says as expected.yaml does."""
    mentions = [msgspec.to_builtins(mention) for mention in said.mentions]
    for mention in mentions:
        del mention["line"]
    tasks = [f"{task.reason.value} {task.detail}" for task in said.tasks]
    parts = {
        "kind": said.kind,
        "function": said.function.value,
        "scope": said.scope,
        "mentions": [{name: value for name, value in mention.items() if value} for mention in mentions],
        "tasks": tasks,
        "orders": [_order(asdict(order)) for order in said.orders],
    }
    return msgspec.json.decode(msgspec.json.encode({name: value for name, value in parts.items() if value}))


def _order(order: dict[str, Any]) -> dict[str, Any]:
    cargo = [{"document": line["document"], **line["particulars"]} for line in order.pop("cargo")]
    return {name: value for name, value in order.items() if name != "warnings"} | {"cargo": cargo}


def test_every_sample_has_its_expectation() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted([*EXPECTED, "expected.yaml"])
    assert {entry["kind"] for entry in EXPECTED.values()} >= {*KINDS, "R12"}


@pytest.mark.req("R-024", "R-025", "R-026", "R-027", "R-028", "R-029")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_says_what_is_expected(name: str) -> None:
    assert told(recognise((FOLDER / name).read_bytes(), MEANINGS)[0]) == EXPECTED[name]


@pytest.mark.parametrize("name", XML)
def test_the_order_of_elements_says_nothing(name: str) -> None:
    root = ET.parse(FOLDER / name).getroot()
    for element in root.iter():
        tags = [child.tag for child in element]
        kinds = sorted(set(tags), reverse=True)
        element[:] = [child for kind in kinds for child in element if child.tag == kind]  # repetitions keep theirs
    assert told(recognise(ET.tostring(root, encoding="utf-8"), MEANINGS)[0]) == EXPECTED[name]


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize(
    "dress",
    [
        lambda text: text.replace('" urn:', '"urn:'),  # without the blank, as the schema files have it
        lambda text: "\ufeff" + text,
        lambda text: re.sub(r"<(/?)([A-Za-z])", r"<\1c:\2", text).replace("xmlns=", "xmlns:c="),
        lambda text: re.sub(r"(<ID>)([^<]+)(</ID>)", "\\1\n\t \\2\r\n\\3", text),
        lambda text: text.replace("<ID>", "<!-- a note --><ID><![CDATA[").replace("</ID>", "]]></ID>"),
    ],
)
def test_clothes_change_nothing(name: str, dress: Any) -> None:
    dressed = dress((FOLDER / name).read_text(encoding="utf-8"))
    if "CDATA" in dressed:
        dressed = re.sub(r"<!\[CDATA\[(\s*)", "<![CDATA[", dressed)
    assert told(recognise(dressed.encode(), MEANINGS)[0]) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(EXPECTED))
@settings(max_examples=60, deadline=None)
@given(at=st.floats(0, 1), cut=st.integers(0, 40), put=st.binary(max_size=12))
def test_a_damaged_sample_is_refused_or_read_never_a_crash(name: str, at: float, cut: int, put: bytes) -> None:
    content = (FOLDER / name).read_bytes()
    where = int(at * len(content))
    _read_or_refused(content[:where] + put + content[where + cut :])


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=400) | st.text(alphabet='<>&;/"= {}[]:,aN\n', max_size=200).map(str.encode))
def test_any_bytes_are_refused_or_read_never_a_crash(content: bytes) -> None:
    _read_or_refused(content)


def _read_or_refused(content: bytes) -> None:
    try:
        recognise(content, MEANINGS)
    except Refusal as refusal:
        if not refusal.code.startswith("MESSAGE-"):
            raise


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23 T16:00:00", 1_795_420_800_000),
        ("2026-11-23T16:00:00", 1_795_420_800_000),
        ("20261123T160000", 1_795_420_800_000),
        ("2026-11-23T08:00:00Z", 1_795_420_800_000),
        ("2026-11-23", 1_795_363_200_000),
    ],
)
def test_times_are_taipeis_unless_they_say_otherwise(text: str, moment: int) -> None:
    assert moment_ms(text) == moment


@pytest.mark.req("R-047")
@pytest.mark.parametrize(
    ("number", "sound"),
    [("CSQU3054383", True), ("TASU1170000", True), ("EGHU3156427", True), ("CTAU0008136", False), ("B012", False)],
)
def test_container_numbers_are_checked_by_iso_6346(number: str, sound: bool) -> None:
    assert (iso6346.doubt(number) is None) is sound


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Reason)
    assert all(zh and en and not zh.isascii() for zh, en in WORDS.values())
