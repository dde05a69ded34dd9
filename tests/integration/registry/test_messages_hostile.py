"""What is no message of customs, or means harm: a typed error, and nothing changed."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from cloud.customs import document
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading
from cloud.store.registry import messages
from tests.integration.registry.messages_room import BYTES_MAX, all_instructions, golden, take, worklist

if TYPE_CHECKING:
    from sqlalchemy import Engine

B = golden("N5170-B.xml")
HEAD, ROOT = b'<?xml version="1.0" encoding="UTF-8"?>\n', B.partition(b"\n")[2]
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
DTD = HEAD + b'<!DOCTYPE Response [<!ENTITY l0 "ha">' + LAUGHS + b"]>"
FILE = HEAD + b'<!DOCTYPE Response [<!ENTITY f SYSTEM "file:///etc/passwd">]>'

HOSTILE = {
    "billion laughs": (DTD + ROOT.replace(b">B<", b">&l9;<"), "MESSAGE-DTD"),
    "external entity": (FILE + ROOT.replace(b">B<", b">&f;<"), "MESSAGE-DTD"),
    "parameter entity": (HEAD + b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://x.invalid/e">%p;]>' + ROOT, "MESSAGE-DTD"),
    "a document type alone": (HEAD + b'<!DOCTYPE Response SYSTEM "http://x.invalid/r.dtd">' + ROOT, "MESSAGE-DTD"),
    "an entity nobody declared": (B.replace(b">B<", b">&b;<"), "MESSAGE-MALFORMED"),
    "50 MB": (B + b" " * (50 * 2**20), "TOO-LARGE"),
    "Big5 bytes": (B.replace(b">B<", "基隆".encode("big5") + b"<"), "MESSAGE-ENCODING"),
    "Big5 declared": (B.replace(b"UTF-8", b"Big5"), "MESSAGE-ENCODING"),
    "UTF-16": (B.decode().encode("utf-16"), "MESSAGE-ENCODING"),
    "gzip": (gzip.compress(B), "MESSAGE-ENCODING"),
    "cut off": (B[: len(B) // 2], "MESSAGE-MALFORMED"),
    "cut off in a tag": (B[:-5], "MESSAGE-MALFORMED"),
    "two documents": (B + B, "MESSAGE-MALFORMED"),
    "a NUL": (B.replace(b">B<", b">\x00<"), "MESSAGE-MALFORMED"),
    "empty": (b"", "MESSAGE-KIND"),
    "blank": (b" \n", "MESSAGE-KIND"),
    "not a message": (b"hello", "MESSAGE-KIND"),
    "a page": (b"<html><body>503</body></html>", "MESSAGE-KIND"),
    "another country": (B.replace(b":TW:", b":JP:"), "MESSAGE-KIND"),
    "another kind": (B.replace(b"N5170", b"N9999"), "MESSAGE-KIND"),
    "another root": (B.replace(b"Response", b"Declaration"), "MESSAGE-KIND"),
    "nothing in it": (HEAD + ROOT.partition(b"<Declaration>")[0] + b"</Response>", "MESSAGE-FIELD"),
    "too deep": (HEAD + b"<a>" * 5000 + b"</a>" * 5000, "MESSAGE-MALFORMED"),
    "too many elements": (HEAD + b"<a>" + b"<b/>" * 400_000 + b"</a>", "MESSAGE-MALFORMED"),
    "an endless number": (B.replace(b"BOOKING-0001", b"X" * 100), "MESSAGE-FIELD"),
    "an endless text": (B.replace(b"BOOKING-0001", b"X" * 10_000), "MESSAGE-MALFORMED"),
    "no permit number": (golden("N5302-add.xml").replace(b"AA  15ABC00001", b" "), "MESSAGE-FIELD"),
    "two permit numbers": (
        golden("N5302-add.xml").replace(b"</ID><Total", b"</ID><ID>BB  15ABC00001</ID><Total"),
        "MESSAGE-FIELD",
    ),
    "no function": (golden("N5302-add.xml").replace(b"<FunctionCode>9</FunctionCode>", b""), "MESSAGE-FIELD"),
    "JSON cut off": (golden("R12.json")[:-20], "MESSAGE-MALFORMED"),
    "JSON nested": (b"[" * 100_000, "MESSAGE-FIELD"),
    "JSON of another shape": (b'{"number": 5}', "MESSAGE-FIELD"),
    "JSON with more": (golden("R12.json").replace(b'"code"', b'"admin": true, "code"'), "MESSAGE-FIELD"),
    "JSON NaN": (golden("R12.json").replace(b'"quantity": 80,', b'"quantity": NaN,', 1), "MESSAGE-MALFORMED"),
    "no orders": (b"[]", "MESSAGE-FIELD"),
    "CSV with a stray quote": (golden("R12.csv").replace(b"KLA-0001", b'"KLA"-0001'), "MESSAGE-MALFORMED"),
    "CSV with a short line": (golden("R12.csv") + b"AA15110459525700009,x\n", "MESSAGE-FIELD"),
    "CSV header alone": (golden("R12.csv").partition(b"\n")[0], "MESSAGE-FIELD"),
    "CSV, unknown column": (golden("R12.csv").replace(b",declaration,", b",x,"), "MESSAGE-FIELD"),
}  # fmt: skip


@pytest.mark.req("R-024", "R-025", "R-026", "R-027", "R-028", "R-029")
def test_every_hostile_message_is_refused_by_name_and_changes_nothing(engine: Engine) -> None:
    for name, (content, code) in HOSTILE.items():
        with pytest.raises(Refusal) as refused:
            take(engine, content)
        assert (name, refused.value.code) == (name, code), refused.value
    assert (all_instructions(engine), worklist(engine)) == ([], [])
    with reading(engine) as connection:
        assert messages.page(connection, 0, 10, None) == []


def test_every_message_cut_anywhere_is_refused_or_read(engine: Engine) -> None:
    small = golden("N5107.xml")
    for end in range(len(small) - 1):
        with pytest.raises(Refusal):
            take(engine, small[:end])


def test_a_document_type_is_refused_before_what_follows_it_is_looked_at() -> None:
    # the rest is not even well-formed: the refusal is about the first line
    with pytest.raises(Refusal, match="MESSAGE-DTD"):
        document.read(FILE + b"<" * BYTES_MAX)


def test_a_refusal_never_repeats_what_stood_in_the_message(engine: Engine) -> None:
    personal = golden("R12.json").replace(b'"A123456789"', b'"A123456789-too-long"')
    with pytest.raises(Refusal) as refused:
        take(engine, personal)
    assert "A123456789" not in str(refused.value)
    assert "licence" in refused.value.detail


def test_foreign_elements_are_no_part_of_a_message() -> None:
    read = document.read(
        b'<a xmlns=" urn:x "><b>1</b><c xmlns="urn:y"><b>2</b></c>'
        b'<y:b xmlns:y="urn:y">3</y:b><x:b xmlns:x="urn:x">4</x:b></a>'
    )
    assert read.namespace == "urn:x"
    assert [node.text for node in read.root.all("b")] == ["1", "4"]
    assert read.root.all("c/b") == []
