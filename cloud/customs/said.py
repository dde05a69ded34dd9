"""What a message says as a whole, and the field reads that all importers share: full paths, lengths, containers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloud.domain.instructions import Facts, Function, Mention, Reason, Task, Verdict
from cloud.registry.refusals import Refusal
from schemas import iso6346

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloud.customs.document import Node
    from cloud.customs.order import OrderSaid
    from cloud.domain.instructions import Effect

ID_CHARS_MAX = 35  # bills and bookings
CONTAINER_CHARS_MAX = 17
DECLARATION_CHARS_MAX = 14
PLACE_CHARS_MAX = 8
REGISTRATION_CHARS_MAX = 6
CODE_CHARS_MAX = 3
CODES_MAX = 9
WARNINGS_MAX = 100  # of one message; what follows is counted
_CONTAINER = re.compile(r"[0-9A-Z]{1,17}")
_LAYOUT = re.compile(r"[\s-]+")  # between owner code, number and check digit, as people write them
_FUNCTIONS = {"1": Function.DELETE, "5": Function.REPLACE, "9": Function.ADD}


@dataclass(frozen=True, kw_only=True)
class Meanings:
    """What codes do, as loaded: process codes (062), release conditions (025), kinds of message without containers."""

    process: Mapping[str, Effect]
    conditions: Mapping[str, Effect]
    notices: Mapping[str, Effect]


@dataclass(kw_only=True)
class Said:
    """A message, read: `scope` names what a replacement or a withdrawal of the same kind refers to."""

    kind: str
    version: str
    function: Function = Function.ADD
    scope: str = ""
    mentions: list[Mention] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    orders: list[OrderSaid] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Add something that is odd but stops nothing."""
        if len(self.warnings) < WARNINGS_MAX:
            self.warnings.append(text)

    def mention(self, container: str, verdict: Ruling, facts: Facts) -> None:
        """Add one container; a number that cannot be one becomes an officer's task, never nothing."""
        number = _LAYOUT.sub("", container).upper()
        if not _CONTAINER.fullmatch(number):
            if verdict.verdict is not Verdict.NONE or verdict.unknown_codes:
                self.tasks.append(Task(reason=Reason.NO_CONTAINER, detail=f"{container[:40]!r} {list(facts.codes)}"))
            else:
                self.warn(f"container {container[:40]!r} is not readable")
            return
        doubt = iso6346.doubt(number)
        if doubt:
            self.warn(f"container {number} {doubt}")
        self.mentions.append(
            Mention(
                line=len(self.mentions) + 1,
                container=number,
                verdict=verdict.verdict,
                reason=verdict.reason,
                unknown_codes=verdict.unknown_codes,
                facts=facts,
            )
        )


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What codes say of one container: the verdict, why it is undetermined, and which codes nobody explained."""

    verdict: Verdict
    reason: Reason | None = None
    unknown_codes: tuple[str, ...] = ()


def rule(codes: Iterable[str], conditions: Iterable[str], meanings: Meanings, function: Function) -> Ruling:
    """Judge a container's process codes and its message's release conditions (customs-messages §11).

    One code that demands a seal is enough; a code that nobody explained is an officer's; without codes the message
    is silent. Where the function is unknown, nothing is more than undetermined.
    """
    unknown = tuple(code for code in codes if meanings.process.get(code, "OFFICER") == "OFFICER")
    effects = {meanings.process.get(code) for code in codes} | {meanings.conditions.get(code) for code in conditions}
    if "SEAL" in effects:
        if function is Function.UNKNOWN:
            return Ruling(verdict=Verdict.UNDETERMINED, reason=Reason.UNKNOWN_FUNCTION, unknown_codes=unknown)
        return Ruling(verdict=Verdict.REQUIRED, unknown_codes=unknown)
    if unknown:
        return Ruling(verdict=Verdict.UNDETERMINED, reason=Reason.UNKNOWN_CODE, unknown_codes=unknown)
    if "OFFICER" in effects:
        return Ruling(verdict=Verdict.UNDETERMINED, reason=Reason.CONDITION)
    return Ruling(verdict=Verdict.NONE)


def optional(node: Node, path: str, chars_max: int) -> str:
    """Return the text at a path that may be absent; Refusal MESSAGE-FIELD if it is there twice or too long."""
    values = {found.text for found in node.all(path)}
    if len(values) > 1:
        raise Refusal("MESSAGE-FIELD", f"{path}: more than one value")
    value = values.pop() if values else ""
    if len(value) > chars_max:
        raise Refusal("MESSAGE-FIELD", f"{path}: more than {chars_max} characters")
    return value


def required(node: Node, path: str, chars_max: int) -> str:
    """Return the text at a path; Refusal MESSAGE-FIELD if it is missing, empty, twice or too long."""
    value = optional(node, path, chars_max)
    if not value:
        raise Refusal("MESSAGE-FIELD", f"{path}: missing")
    return value


def several(node: Node, path: str, chars_max: int) -> tuple[str, ...]:
    """Return the different texts at a path, empty ones left out."""
    values = tuple(dict.fromkeys(found.text for found in node.all(path) if found.text))
    if any(len(value) > chars_max for value in values):
        raise Refusal("MESSAGE-FIELD", f"{path}: more than {chars_max} characters")
    return values


def process_codes(node: Node, path: str) -> tuple[str, ...]:
    """Return process codes as they stand: two codes in one field are never split (customs-messages §7)."""
    return several(node, path, CODE_CHARS_MAX)


def function_of(root: Node, said: Said, known: frozenset[Function]) -> None:
    """Set the message's function; one that this kind does not have is unknown, and an officer's."""
    text = required(root, "FunctionCode", 2).lstrip("0")
    function = _FUNCTIONS.get(text, Function.UNKNOWN)
    said.function = function if function in known else Function.UNKNOWN
    if said.function is Function.UNKNOWN:
        said.tasks.append(Task(reason=Reason.UNKNOWN_FUNCTION, detail=text))


def without_containers(said: Said, conditions: Iterable[str], meanings: Meanings) -> None:
    """Leave a task where a release condition asks for something and the message lists no container to ask it of."""
    if said.mentions or said.function is Function.DELETE:
        return
    asking = [code for code in conditions if meanings.conditions.get(code, "NONE") != "NONE"]
    if asking:
        said.tasks.append(Task(reason=Reason.NO_CONTAINER, detail=f"{said.scope}: conditions {asking}"))
