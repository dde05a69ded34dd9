"""Whether a seal is genuine: the SUN message of each read, checked with the key of the seal's series (C4, X-MAC)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from cloud.domain.history import NOT_VERIFIED, VERIFIED
from schemas import sun
from schemas.envelope import Rejected
from schemas.messages import Verdict

if TYPE_CHECKING:
    from cloud.domain.entry import Scan
    from schemas.sun import SunKeys


class SealKeys(Protocol):
    """Where the keys of the seals are (real: the sealed key file of `cloud.adapters.keystore`)."""

    def for_seal(self, name: str) -> SunKeys | None:
        """Return the keys of a series, or of the series that a number begins with; None: its reads stay unverified."""


class Proof(NamedTuple):
    """VERIFIED with the counter, NOT_VERIFIED, or the code for which the message was refused."""

    word: str
    counter: int | None = None


UNVERIFIED = Proof(NOT_VERIFIED)


def prove_seal(scan: Scan, series: str | None, keys: SealKeys) -> Proof:
    """Check the read of one seal; `series` or number is what the register says of its chip, None for an unknown one.

    A seal whose series has a key must show a message: a chip that only repeats the UID is no proof. A read that broke
    off before the message came accuses nobody, unless the lane showed GO on it.
    """
    series_keys = keys.for_seal(series) if series is not None else None
    if series_keys is None:
        return UNVERIFIED
    if scan.ndef is None:
        return Proof("SUN-FORM") if scan.verdict == Verdict.GO else UNVERIFIED
    try:
        read = sun.verify(sun.parse(bytes.fromhex(scan.ndef)), bytes.fromhex(scan.uid), series_keys)
    except Rejected as error:
        return UNVERIFIED if error.code == "SUN-KEY" else Proof(error.code)
    return Proof(VERIFIED, read.counter)
