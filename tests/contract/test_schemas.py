"""The generated JSON Schemas say what the models do: both take the good examples, both refuse the rejected ones."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.generator.examples import leaf_of
from docs.generator.json_schemas import CONTRACTS
from schemas import envelope
from schemas.reasons import REASONS, Group, group_of

EXAMPLES = Path("schemas/examples")
GOOD = sorted((EXAMPLES / "good").glob("*.json"))
REJECTED = sorted((EXAMPLES / "rejected").glob("*.json"))
VALIDATORS = {
    path.name.partition(".")[0]: jsonschema.Draft202012Validator(json.loads(path.read_text()))
    for path in Path("schemas/json").glob("*.json")
}


def name_of(path: Path) -> str:
    return path.stem


def model_takes(leaf: str, payload: bytes) -> bool:
    try:
        decode(leaf, payload)
    except envelope.Rejected:
        return False
    return True


def decode(leaf: str, payload: bytes) -> Any:
    model = CONTRACTS[leaf].model
    return envelope.decode_record(payload) if leaf == "scan" else envelope.decode(payload, model)


@pytest.mark.parametrize("leaf", CONTRACTS)
def test_schema_is_valid_json_schema_2020_12(leaf: str) -> None:
    jsonschema.Draft202012Validator.check_schema(VALIDATORS[leaf].schema)


@pytest.mark.parametrize("leaf", CONTRACTS)
def test_every_message_has_a_good_example(leaf: str) -> None:
    assert [path for path in GOOD if leaf_of(path.stem) == leaf]


@pytest.mark.parametrize("path", GOOD, ids=name_of)
def test_good_example_meets_schema_and_model(path: Path) -> None:
    leaf, payload = leaf_of(path.stem), path.read_bytes()
    VALIDATORS[leaf].validate(json.loads(payload))
    again = json.loads(envelope.encode(decode(leaf, payload)))
    VALIDATORS[leaf].validate(again)


def test_members_of_a_newer_writer_are_ignored() -> None:
    payload = (EXAMPLES / "good/scan-from-a-newer-gate.json").read_bytes()
    assert b"axle_load_kg" in payload
    assert b"axle_load_kg" not in envelope.encode(envelope.decode_record(payload))


@pytest.mark.parametrize("path", REJECTED, ids=name_of)
def test_rejected_example_fails_schema_and_model(path: Path) -> None:
    leaf, payload = leaf_of(path.stem), path.read_bytes()
    assert not VALIDATORS[leaf].is_valid(json.loads(payload))
    with pytest.raises(envelope.Rejected) as refusal:
        decode(leaf, payload)
    assert refusal.value.code == ("VERSION" if "version" in path.stem else "MALFORMED")


def test_the_codes_in_the_examples_are_known() -> None:
    departure = json.loads((EXAMPLES / "good/scan-departure.json").read_text())
    refused = json.loads((EXAMPLES / "good/receipt-refused.json").read_text())["refused"]
    trouble = json.loads((EXAMPLES / "good/telemetry-in-trouble.json").read_text())
    assert {group_of(code) for code in departure["decision"]["reasons"]} == {Group.DECISION}
    assert {group_of(entry["reason"]) for entry in refused} == {Group.REJECTED}
    assert set(trouble["faults"]) <= set(REASONS)


def leaves_of(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document where something can be replaced or left out."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, child in children for place in ([(*path, key), *leaves_of(child, (*path, key))])]


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),  # 1.0 is 1 to some
    st.text(max_size=50),
    st.sampled_from(["", "GO", "\n", "A\n", "KEL-N3-01\n", "2026-11-23T09:00:00", "2026-11-23T09:00:00+08:00"]),
    st.just([]),
    st.just({}),
)


@given(st.data())
def test_schema_and_model_agree_on_damaged_messages(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(GOOD))
    leaf, document = leaf_of(path.stem), json.loads(path.read_text())
    *way, last = data.draw(st.sampled_from(leaves_of(document)))
    place = document
    for key in way:
        place = place[key]
    if isinstance(place, dict) and data.draw(st.booleans()):
        del place[last]
    else:
        place[last] = data.draw(ODD_VALUES)
    payload = json.dumps(document).encode()
    assert VALIDATORS[leaf].is_valid(document) == model_takes(leaf, payload), payload
