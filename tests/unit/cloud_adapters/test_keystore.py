"""The sealed key file: opens with its key, for its purpose, and says what is wrong without naming a key."""

import pytest

from cloud.adapters.keystore import Keystore, KeystoreError, create_keystore, open_keystore, sealing_path
from schemas import sun

UID = bytes.fromhex("045E0000000001")
MASTER, OTHER, META = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "keys" / "seals.key"
    create_keystore(path, {"TW": MASTER, "TW9": OTHER}, META)
    return path


def test_the_longest_series_that_fits_a_number_gives_the_keys(path):
    keystore = open_keystore(path)
    assert keystore.for_seal("TW00000001").file_key(UID) == sun.diversify(MASTER, UID)
    assert keystore.for_seal("TW90000001").file_key(UID) == sun.diversify(OTHER, UID)
    assert keystore.for_seal("TW1").meta_key() == META
    assert keystore.for_seal("KE00000001") is None


def test_no_key_shows_at_rest_or_in_words(path):
    keystore = open_keystore(path)
    at_rest = path.read_bytes() + sealing_path(path).read_bytes()
    for text in (at_rest.decode(), repr(keystore), str(keystore.for_seal("TW1"))):
        for key in (MASTER, OTHER, META):
            assert key.hex() not in text.lower()
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_a_changed_file_does_not_open(path):
    content = path.read_bytes()
    for place in range(content.index(b"sealed") + 9, len(content) - 3, 7):
        changed = bytearray(content)
        changed[place] = ord("A") if changed[place] != ord("A") else ord("B")
        path.write_bytes(changed)
        with pytest.raises(KeystoreError):
            open_keystore(path)


def test_another_sealing_key_does_not_open(path, tmp_path):
    create_keystore(tmp_path / "other.key", {})
    with pytest.raises(KeystoreError, match="another key"):
        open_keystore(path, sealing_path(tmp_path / "other.key"))


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"v":1,"nonce":"AAAA","sealed":"****"}'])
def test_what_is_no_key_file_is_said_so(path, content):
    path.write_bytes(content)
    with pytest.raises(KeystoreError):
        open_keystore(path)


def test_a_sealing_key_that_others_may_read_is_refused(path):
    sealing_path(path).chmod(0o644)
    with pytest.raises(KeystoreError, match="chmod 600"):
        open_keystore(path)


def test_a_missing_or_short_sealing_key_is_said_so(path):
    sealing_path(path).write_text("AAAA")
    sealing_path(path).chmod(0o600)
    with pytest.raises(KeystoreError, match="instead of 32"):
        open_keystore(path)
    sealing_path(path).unlink()
    with pytest.raises(KeystoreError):
        open_keystore(path)


def test_without_a_file_there_are_no_keys(tmp_path, caplog):
    assert open_keystore(tmp_path / "none.key").for_seal("TW1") is None
    assert "no seal can be verified" in caplog.text


def test_a_master_key_of_another_length_is_refused(tmp_path):
    with pytest.raises(KeystoreError, match="instead of 16"):
        create_keystore(tmp_path / "seals.key", {"TW": bytes(8)})


def test_without_series_no_seal_has_keys():
    assert Keystore({}).for_seal("TW1") is None
