"""A record beyond the contract is our own bug: it is never signed, and the chain goes on without it."""

from __future__ import annotations

import msgspec
import pytest

from schemas.messages import Tag
from tests.edge_gate import SEAL, open_outbox
from tests.integration.edge_core.scans import scan


@pytest.mark.req("R-111")
async def test_what_the_cloud_could_never_read_is_not_signed(tmp_path):
    opened = await open_outbox(tmp_path)
    head = opened.records.head
    too_long = Tag(uid=SEAL.uid_hex, chip="OTHER", ndef="D1" * 1025)
    with pytest.raises(AssertionError, match="beyond the contract"):
        await opened.records.append(lambda link: msgspec.structs.replace(scan(link), tag=too_long))
    assert opened.records.head == head
    stored = await opened.records.append(scan)
    assert stored.seq == head.seq + 1
    await opened.records.close()
