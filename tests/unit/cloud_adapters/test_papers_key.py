"""The cloud's keys to drivers' papers: sealed at a gate, opened here, and by nobody else."""

import stat

import pytest

from cloud.adapters.papers_key import PapersKeys
from cloud.app.keys import papers_keys
from cloud.settings import SettingsError
from schemas import sealed
from schemas.envelope import Rejected, b64url
from schemas.sealed import OpeningKey, Purpose

OLD, NEW = OpeningKey(b"\x01" * 32), OpeningKey(b"\x02" * 32)
PICTURE = b"\xff\xd8 an ID card \xff\xd9"


@pytest.mark.req("R-069", "R-070", "R-116")
def test_what_a_gate_sealed_opens_here_and_only_here():
    jwe = sealed.seal(PICTURE, PapersKeys({1: NEW}).public, Purpose.PAPER)
    assert PICTURE not in jwe
    assert PapersKeys({1: NEW}).open(jwe) == PICTURE
    with pytest.raises(Rejected, match="SEALED-KEY"):
        PapersKeys({1: OLD}).open(jwe)


@pytest.mark.req("R-070")
def test_a_gate_that_was_offline_while_the_key_changed_is_still_read():
    keys = PapersKeys({1: OLD, 2: NEW})
    assert keys.public == NEW.public
    assert [keys.open(sealed.seal(PICTURE, key.public, Purpose.PAPER)) for key in (OLD, NEW)] == [PICTURE] * 2


@pytest.mark.req("R-116")
def test_changed_or_foreign_bytes_are_refused_with_their_code():
    keys, jwe = PapersKeys({1: OLD, 2: NEW}), sealed.seal(PICTURE, NEW.public, Purpose.PAPER)
    secret = sealed.seal(b"{}", NEW.public, Purpose.SECRETS)
    for raw, code in (
        (jwe[:-2] + b"AA", "SEALED-OPEN"),
        (b"", "SEALED-FORM"),
        (secret, "TYPE"),
        (PICTURE, "SEALED-FORM"),
    ):
        with pytest.raises(Rejected) as refused:
            keys.open(raw)
        assert refused.value.code == code


@pytest.mark.req("R-116")
def test_the_file_is_made_once_for_its_owner_alone_and_says_nothing(tmp_path):
    path = tmp_path / "papers.key"
    made = papers_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert papers_keys(path).public == made.public
    private = path.read_text().strip().removeprefix("1:")
    assert private not in repr(made)
    path.write_text(f"1:{private};2:{b64url(NEW.private)}")
    assert papers_keys(path).public == NEW.public
    assert papers_keys(path).open(sealed.seal(PICTURE, made.public, Purpose.PAPER)) == PICTURE


@pytest.mark.req("R-116")
@pytest.mark.parametrize("text", ["1:short", "no keys at all here", "one:" + "A" * 43, "1:" + "A" * 43 + ";"])
def test_a_file_that_holds_no_keys_is_named(tmp_path, text):
    path = tmp_path / "papers.key"
    path.write_text(text.ljust(16))
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=r"papers\.key"):
        papers_keys(path)
