"""What the emulated NTAG 424 DNA computes, against NXP's published numbers, and against the contract's own verifier."""

import pytest

from edge.emulate.sun import SunChip, mirror_file, mirror_mac, mirror_picc
from edge.emulate.tags import uri_record
from schemas import sun as contract
from schemas.envelope import Rejected

ZERO = bytes(16)


def test_v1_of_an12196_encrypted_uid_and_counter():
    uid = bytes.fromhex("04DE5F1EACC040")
    assert mirror_picc(ZERO, uid, 61, bytes.fromhex("DA5CF60941")) == "EF963FF7828658A599F3041510671E88"
    assert mirror_mac(ZERO, uid, 61, b"") == "94EED9EE65337086"


def test_v2_of_an12196_encrypted_file_data():
    uid = bytes.fromhex("04958CAA5C5E80")
    enc = mirror_file(ZERO, uid, 8, b"x" * 16)
    assert enc == "CEE9A53E3E463EF1F459635736738962"
    assert mirror_mac(ZERO, uid, 8, f"{enc}&cmac=".encode()) == "ECC1E7F6C6C73BF6"


def test_v4_plain_mirror():
    assert mirror_mac(ZERO, bytes.fromhex("041E3C8A2D6B80"), 6, b"") == "4B00064004B0B3D3"


@pytest.mark.parametrize(
    ("tamper", "enc", "mac"),
    [
        ("CC", "30C559D333FD716F65325920FFAEC0AB", "C6369320BC19CC78"),
        ("OO", "2F882AC6320469176249E02E9B7A9D27", "F0A8FC54179C9F12"),
    ],
)
@pytest.mark.req("R-055")
def test_tamper_status_inside_the_encrypted_file(tamper, enc, mac):
    uid = bytes.fromhex("04958CAA5C5E80")
    assert mirror_file(ZERO, uid, 8, f"{tamper}KE26A0000123XX".encode()) == enc
    assert mirror_mac(ZERO, uid, 8, f"{enc}&cmac=".encode()) == mac


class Keys:
    def __init__(self, file_key, meta_key):
        self._file_key, self._meta_key = file_key, meta_key

    def file_key(self, _uid):
        return self._file_key

    def meta_key(self):
        return self._meta_key


UID = bytes.fromhex("04E1A2B3C4D580")
FILE_KEY = bytes(range(16))
META_KEY = bytes(range(16, 32))
CHIP = SunChip(prefix="https://seal.sealgate.example/s", uid=UID, file_key=FILE_KEY, meta_key=META_KEY)


@pytest.mark.parametrize("tamper", ["CC", "OO", "OC", "II"])
def test_the_contract_verifies_a_plain_message_of_the_tag(tamper):
    message = contract.parse(uri_record(CHIP.plain_url(0x1234, tamper)))
    assert contract.verify(message, UID, Keys(FILE_KEY, META_KEY)) == (UID, 0x1234, tamper)


def test_the_contract_verifies_an_encrypted_message_of_the_tag():
    message = contract.parse(uri_record(CHIP.encrypted_url(7, b"OCKE26A0000123XX", b"12345")))
    assert contract.verify(message, UID, Keys(FILE_KEY, META_KEY)) == (UID, 7, "OC")


def test_a_tag_with_another_key_is_refused():
    message = contract.parse(uri_record(CHIP.plain_url(1, "CC")))
    with pytest.raises(Rejected) as refused:
        contract.verify(message, UID, Keys(bytes(16), META_KEY))
    assert refused.value.code == "SUN-MAC"


def test_the_tamper_status_cannot_be_changed_on_the_way():
    honest = CHIP.plain_url(1, "OO")
    with pytest.raises(Rejected) as refused:
        contract.verify(contract.parse(uri_record(honest.replace("t=OO", "t=CC"))), UID, Keys(FILE_KEY, META_KEY))
    assert refused.value.code == "SUN-MAC"
