"""An XML message as a tree of names and texts; nothing in it can make the reader fetch, expand or grow.

Document types and entities are refused before they are expanded (the messages have none). Customs writes a blank
into the namespace: expat takes it, and it is stripped here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from cloud.registry.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH_MAX = 32  # the deepest message has nine levels
ELEMENTS_MAX = 300_000  # 24,000 containers of the wordiest message, which is what 8 MB hold
TEXT_CHARS_MAX = 4096
CHUNK_BYTES = 65_536
ENCODINGS = {"utf-8", "utf8"}
_SEPARATOR = "\n"  # between namespace and name; a blank stands in customs' namespaces
_BROKEN_LINE = re.compile(r"[ \t]*[\r\n]+[ \t]*")


@dataclass(slots=True)
class Node:
    """One element; `text` is trimmed at its ends, blanks inside it belong to the value."""

    name: str
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, path: str) -> list[Node]:
        """Return every element at a full path below this one ("Declaration/Consignment")."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def everything(self) -> Iterator[Node]:
        """Yield this element and all below it."""
        yield self
        for child in self.children:
            yield from child.everything()

    def walk(self) -> Iterator[str]:
        """Yield names, texts and ends in document order: equal for messages that say the same."""
        yield from ("<", self.name, self.text)
        for child in self.children:
            yield from child.walk()
        yield ">"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole message: the root and its namespace without blanks at the ends."""

    namespace: str
    root: Node


def read(content: bytes) -> Document:
    """Parse a message whose size the caller has limited.

    Raises:
        Refusal: MESSAGE-ENCODING, MESSAGE-DTD, MESSAGE-MALFORMED (also what is too deep or has too many elements).
    """
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("MESSAGE-ENCODING", f"not UTF-8 at byte {error.start}") from error
    builder = _Builder()
    parser = expat.ParserCreate("utf-8", _SEPARATOR)
    parser.buffer_text = True
    parser.XmlDeclHandler = builder.declaration
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.EntityDeclHandler = builder.entity
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        for at in range(0, len(content), CHUNK_BYTES):  # in pieces: what is refused is refused early
            parser.Parse(content[at : at + CHUNK_BYTES], False)  # noqa: FBT003 -- the signature of expat
        parser.Parse(b"", True)  # noqa: FBT003 -- as above
    except expat.ExpatError as error:
        raise Refusal("MESSAGE-MALFORMED", str(error)) from error
    if builder.root is None:
        raise Refusal("MESSAGE-MALFORMED", "no element")
    return Document(namespace=builder.namespace, root=builder.root)


class _Builder:
    """Takes the parser's events; elements of other namespaces than the root's are no part of the message."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.namespace = ""
        self._open: list[tuple[Node, list[str]]] = []
        self._elements = 0

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise Refusal("MESSAGE-ENCODING", f"declared as {encoding[:40]}")

    def doctype(self, *_args: object) -> None:
        raise Refusal("MESSAGE-DTD", "document type declaration")

    def entity(self, *_args: object) -> None:
        raise Refusal("MESSAGE-DTD", "entity declaration")

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise Refusal("MESSAGE-MALFORMED", f"more than {ELEMENTS_MAX} elements or {DEPTH_MAX} levels")
        namespace, _, name = tag.rpartition(_SEPARATOR)
        if self.root is None:
            self.namespace = namespace.strip()
        node = Node(name if namespace.strip() == self.namespace else f"{{{namespace}}}{name}")
        if self._open:
            self._open[-1][0].children.append(node)
        else:
            self.root = node
        self._open.append((node, []))

    def text(self, piece: str) -> None:
        self._open[-1][1].append(piece)

    def end(self, _tag: str) -> None:
        node, pieces = self._open.pop()
        text = "".join(pieces).strip()
        if len(text) > TEXT_CHARS_MAX:
            raise Refusal("MESSAGE-MALFORMED", f"{node.name} holds more than {TEXT_CHARS_MAX} characters")
        node.text = _BROKEN_LINE.sub("", text)  # layout: one of the guide's examples breaks a number
