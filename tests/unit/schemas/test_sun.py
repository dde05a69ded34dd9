"""SUN messages against NXP's published vectors and a second library (pycryptodome)."""

from pathlib import Path

import pytest
import yaml
from Crypto.Cipher import AES
from Crypto.Hash import CMAC

from schemas import sun
from schemas.envelope import Rejected

VECTORS = yaml.safe_load((Path(__file__).parents[2] / "vectors" / "sun.yaml").read_text())
ZERO = bytes(16)


class Keys:
    def __init__(self, file_key=ZERO, meta_key=ZERO):
        self._file_key, self._meta_key = file_key, meta_key

    def file_key(self, uid):
        return self._file_key

    def meta_key(self):
        return self._meta_key


def ndef(url: str) -> bytes:
    body = b"\x04" + url.removeprefix("https://").encode()
    return b"\xd1\x01" + bytes([len(body)]) + b"U" + body


def second_library(key: bytes, message: bytes) -> bytes:
    mac = CMAC.new(key, ciphermod=AES)
    mac.update(message)
    return mac.digest()


def seal_url(uid: str, counter: int, tamper: str, key: bytes = ZERO) -> str:
    """Make a seal's message with the second library."""
    window = f"{uid}&c={counter:06X}&t={tamper}&m="
    session = second_library(key, bytes.fromhex("3CC300010080") + bytes.fromhex(uid) + counter.to_bytes(3, "little"))
    return f"https://{sun.SEAL_HOST}/s?u={window}{second_library(session, window.encode())[1::2].hex().upper()}"


@pytest.mark.req("R-053")
@pytest.mark.parametrize(
    "vector", VECTORS["published"] + VECTORS["tamper"], ids=lambda v: v.get("name", v.get("status"))
)
def test_published_messages_verify(vector):
    enc = f"enc={vector['enc']}&" if "enc" in vector else ""
    message = sun.parse(ndef(f"https://{sun.SEAL_HOST}/s?picc_data={vector['picc']}&{enc}cmac={vector['mac']}"))
    read = sun.verify(message, bytes.fromhex(vector["uid"]), Keys())
    assert (read.counter, read.tamper) == (vector["counter"], vector.get("status"))


@pytest.mark.req("R-053")
def test_diversified_keys_as_published():
    d = VECTORS["diversification"]
    got = sun._cmac(bytes.fromhex(d["key"]), b"\x01" + bytes.fromhex(d["uid"] + d["identifier"]))
    assert got.hex().upper() == d["expected"]
    uid = bytes.fromhex(d["uid"])
    assert sun.diversify(ZERO, uid) == second_library(ZERO, b"\x01" + uid + sun.SYSTEM_IDENTIFIER)
    assert 16 <= len(uid + sun.SYSTEM_IDENTIFIER) <= 31, "AN10922 equals CMAC only within these lengths"


@pytest.mark.req("R-053")
@pytest.mark.req("R-055")
@pytest.mark.parametrize("tamper", sorted(sun.TAMPER_STATES))
def test_our_seals_verify_with_their_tamper_status(tamper):
    message = sun.parse(ndef(seal_url("041E3C8A2D6B80", 6, tamper)))
    assert sun.verify(message, bytes.fromhex("041E3C8A2D6B80"), Keys()) == (bytes.fromhex("041E3C8A2D6B80"), 6, tamper)


@pytest.mark.req("R-053")
@pytest.mark.parametrize("change", [("c=000006", "c=000007"), ("t=CC", "t=OO"), ("u=04", "u=05"), ("m=", "m=0")])
def test_a_changed_message_is_refused(change):
    url = seal_url("041E3C8A2D6B80", 6, "CC").replace(*change)
    with pytest.raises(Rejected) as caught:
        sun.verify(sun.parse(ndef(url)), bytes.fromhex("041E3C8A2D6B80"), Keys())
    assert caught.value.code in {"SUN-MAC", "SUN-UID", "SUN-FORM"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", "SUN-FORM"),
        (b"\xd1\x01\x05T\x02enX", "SUN-FORM"),
        (ndef("https://seal.sealgate.example/s?u=1"), "SUN-FORM"),
        (ndef(seal_url("041E3C8A2D6B80", 6, "CC").replace("seal.sealgate", "evil")), "SUN-HOST"),
        (ndef(seal_url("041E3C8A2D6B80", 6, "CC") + "0"), "SUN-FORM"),
        (ndef(seal_url("041E3C8A2D6B80", 6, "CC")) + b"\x00", "SUN-FORM"),
    ],
)
def test_what_is_no_message_of_ours(message, code):
    with pytest.raises(Rejected) as caught:
        sun.parse(message)
    assert caught.value.code == code


def test_keys_that_are_missing_or_wrong():
    plain = sun.parse(ndef(seal_url("041E3C8A2D6B80", 6, "CC")))
    encrypted = sun.parse(
        ndef(
            f"https://{sun.SEAL_HOST}/s?picc_data={VECTORS['published'][0]['picc']}&cmac={VECTORS['published'][0]['mac']}"
        )
    )
    for message, keys, code in (
        (plain, Keys(file_key=None), "SUN-KEY"),
        (plain, Keys(file_key=bytes(15) + b"\x01"), "SUN-MAC"),
        (encrypted, Keys(meta_key=None), "SUN-KEY"),
        (encrypted, Keys(meta_key=bytes(15) + b"\x01"), "SUN-MAC"),
    ):
        with pytest.raises(Rejected) as caught:
            sun.verify(message, bytes.fromhex("041E3C8A2D6B80"), keys)
        assert caught.value.code == code
