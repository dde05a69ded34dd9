"""One table of what each message means for sealing; `recognise` finds the line of a message by its namespace."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from cloud.customs import (
    container_list,
    document,
    filing_reply,
    notice,
    operation_instruction,
    order_document,
    order_files,
    release_notice,
    transit_permit,
)
from cloud.domain.instructions import Effect, Reason, Task
from cloud.registry.refusals import Refusal
from schemas.envelope import b64url

if TYPE_CHECKING:
    from cloud.customs.document import Node
    from cloud.customs.said import Meanings, Said

Reader = Callable[["Node", str, "Meanings"], "Said"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One message: its names, the version its paths were read from, what in it asks for a seal, and who reads it."""

    zh: str
    version: str
    asks: str
    read: Reader
    root: str = "Response"
    needs: str = ""  # without this element the message says nothing at all
    code_path: str = ""  # where process codes stand; one anywhere else is an officer's


KINDS: dict[str, Kind] = {
    "N5108": Kind(
        zh="申報訊息回覆或應補辦事項通知", version="R-00-05", read=filing_reply.read,
        asks="Status/NameCode EX: undetermined for each container listed; AK, AP, RE: nothing",
    ),
    "N5170": Kind(
        zh="作業指示通知", version="R-01-00", read=operation_instruction.read, needs="Declaration/Consignment",
        code_path="Declaration/Consignment/GovernmentAgencyGoodsItem/GovernmentProcedure/CurrentCode",
        asks="process code B of a consignment: its container must be sealed",
    ),
    "N5166": Kind(
        zh="貨櫃(物)清單", version="R-00-04", read=container_list.read, needs="Declaration/Consignment",
        code_path="Declaration/Consignment/ConsignmentItem/GovernmentProcedure/CurrentCode",
        asks="process code B of an item: its container must be sealed, berth to storage place; original seals kept",
    ),
    "N5302": Kind(
        zh="轉運准單", version="R-01-00", read=transit_permit.read,
        code_path="Declaration/Consignment/TransportEquipment/GovernmentProcedure/CurrentCode",
        asks="process code B of a container: must be sealed under the permit, origin and destination known",
    ),
    "N5116": Kind(
        zh="進口貨物放行通知", version="R-00-05", read=release_notice.read_import,
        code_path="Declaration/GoodsShipment/Consignment/TransportEquipment/tw_CurrentCode",
        asks="tw_CurrentCode B of a container: must be sealed under the declaration",
    ),
    "N5204": Kind(
        zh="出口貨物放行通知", version="R-00-03", read=release_notice.read_export,
        code_path="Declaration/GoodsShipment/Consignment/TransportEquipment/tw_CurrentCode",
        asks="tw_CurrentCode B of a container: must be sealed under the declaration; its absence says nothing",
    ),
    "N5165": Kind(
        zh="貨櫃(物)運送單", version="R-00-04", read=order_document.read, root="Declaration",
        code_path="GovernmentProcedure/CurrentCode",  # here the operation (作業別), not a process code
        asks="nothing: a transport order; its e-seal is paired",
    ),
}  # fmt: skip
_NAMESPACE = re.compile(r"urn:wco:datamodel:TW:(N[0-9]{4}[A-Z]?):(R-[0-9]{2}-[0-9]{2})")
_CODE_NAMES = ("CurrentCode", "tw_CurrentCode")
_BOM = b"\xef\xbb\xbf"


def recognise(content: bytes, meanings: Meanings) -> tuple[Said, str]:
    """Read any message we know; returns it with the digest of what it says, equal for the same message sent twice.

    Raises:
        Refusal: MESSAGE-ENCODING, MESSAGE-DTD, MESSAGE-MALFORMED, MESSAGE-KIND, MESSAGE-FIELD.
    """
    content = content.removeprefix(_BOM)
    first = content.lstrip()[:1]
    if first == b"<":
        return _document(content, meanings)
    if first in (b"{", b"["):
        said = order_files.read_json(content)
        return said, _digest([said.kind, msgspec.json.encode(msgspec.json.decode(content), order="sorted").decode()])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("MESSAGE-ENCODING", f"not UTF-8 at byte {error.start}") from error
    if not order_files.is_header(text.partition("\n")[0]):
        raise Refusal("MESSAGE-KIND", "neither XML nor JSON nor a CSV file of transport orders")
    said = order_files.read_csv(text)
    return said, _digest([said.kind, *text.splitlines()])


def _document(content: bytes, meanings: Meanings) -> tuple[Said, str]:
    message = document.read(content)
    found = _NAMESPACE.fullmatch(message.namespace)
    if not found:
        raise Refusal("MESSAGE-KIND", f"namespace {message.namespace[:60]!r}")
    name, version = found.groups()
    if name not in KINDS:
        if name not in meanings.notices:
            raise Refusal("MESSAGE-KIND", name)
        said = notice.read(name, message.root, version, meanings)
    else:
        said = _known(name, version, message.root, meanings)
    return said, _digest([message.namespace, *message.root.walk()])


def _known(name: str, version: str, root: Node, meanings: Meanings) -> Said:
    kind = KINDS[name]
    if root.name != kind.root:
        raise Refusal("MESSAGE-KIND", f"{name} begins with {kind.root}, not {root.name[:40]}")
    if kind.needs and not root.all(kind.needs):
        raise Refusal("MESSAGE-FIELD", f"{kind.needs}: missing")
    said = kind.read(root, version, meanings)
    if version != kind.version:
        # read as the version we know: what moved meanwhile must not be taken for silence
        said.tasks.append(Task(reason=Reason.UNKNOWN_VERSION, detail=f"{version}, known is {kind.version}"))
    said.tasks += _codes_elsewhere(kind, root, meanings)
    return said


def _codes_elsewhere(kind: Kind, root: Node, meanings: Meanings) -> list[Task]:
    """Return a task if codes that mean something stand where no rule looks for them: silence proves nothing then."""
    known = {id(node) for node in root.all(kind.code_path)} if kind.code_path else set()
    stray = [
        node.text
        for node in root.everything()
        if node.name.rpartition("}")[2] in _CODE_NAMES and id(node) not in known and node.text
    ]
    telling = [code for code in stray if meanings.process.get(code, Effect.OFFICER) is not Effect.NONE]
    return [Task(reason=Reason.CODE_ELSEWHERE, detail=", ".join(telling[:10])[:60])] if telling else []


def _digest(parts: list[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return b64url(digest.digest())
