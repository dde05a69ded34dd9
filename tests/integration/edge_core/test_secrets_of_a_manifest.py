"""Secrets on a gate's disk and in its memory: sealed on the one, opened in the other, and what shows if they do not."""

from __future__ import annotations

import pytest

from edge.store.papers import PaperStore
from schemas.envelope import SigningKey
from schemas.sealed import OpeningKey
from tests.edge_gate import GATE, OPENING_KEY, StandingClock, cloud_keys, manifest, sealed_to, secrets, signed

CLOCK = StandingClock()
STRANGER = OpeningKey.of_signer(SigningKey.from_seed(b"n" * 32).seed)


def store(folder, key: OpeningKey | None = OPENING_KEY) -> PaperStore:
    return PaperStore(folder, GATE, cloud_keys, key)


@pytest.mark.req("R-111", "R-113")
async def test_the_keys_come_into_force_with_the_manifest_and_again_after_a_restart(tmp_path):
    papers = store(tmp_path)
    assert await papers.accept(signed(manifest(sealed=sealed_to())), CLOCK.now())
    again = store(tmp_path)
    assert again.load() is None
    for one in (papers, again):
        assert (one.in_force.secrets, one.unopened) == (secrets(), None)


@pytest.mark.req("R-113")
async def test_on_the_disk_lies_what_was_signed_and_nothing_that_was_opened(tmp_path):
    papers, jws = store(tmp_path), signed(manifest(sealed=sealed_to()))
    await papers.accept(jws, CLOCK.now())
    [key] = papers.in_force.secrets.seal_keys.values()
    files = {file.name: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert files["manifest.jws"] == jws
    for form in (key.encode(), key.lower().encode(), bytes.fromhex(key)):
        assert not any(form in content for content in files.values())


@pytest.mark.req("R-111")
async def test_a_manifest_whose_secrets_do_not_open_is_in_force_without_them(tmp_path):
    papers = store(tmp_path)
    await papers.accept(signed(manifest(sealed=sealed_to(STRANGER.public))), CLOCK.now())
    assert papers.in_force.manifest.version == 1
    assert (papers.in_force.secrets, papers.unopened) == (None, "SEALED-KEY")
    assert store(tmp_path).load() is None
    await papers.accept(signed(manifest(version=2, sealed=sealed_to())), CLOCK.now())
    assert (papers.in_force.secrets, papers.unopened) == (secrets(), None)


@pytest.mark.req("R-113")
async def test_after_the_key_was_replaced_the_old_secrets_stay_shut_until_a_manifest_to_the_new_key_comes(tmp_path):
    await store(tmp_path).accept(signed(manifest(sealed=sealed_to())), CLOCK.now())
    renewed = store(tmp_path, STRANGER)
    assert renewed.load() is None
    assert (renewed.in_force.secrets, renewed.unopened) == (None, "SEALED-KEY")
    await renewed.accept(signed(manifest(version=2, sealed=sealed_to(STRANGER.public))), CLOCK.now())
    assert renewed.in_force.secrets == secrets()


@pytest.mark.req("R-055")
async def test_a_gate_whose_key_opens_nothing_works_without_secrets_and_complains_of_nothing(tmp_path):
    papers = store(tmp_path, None)
    await papers.accept(signed(manifest(sealed=sealed_to())), CLOCK.now())
    assert (papers.in_force.secrets, papers.unopened) == (None, None)
