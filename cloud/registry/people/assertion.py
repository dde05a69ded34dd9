"""Who logged in at the single window, and by which certificate (R-013): what an adapter must say.

The adapter that reads the window's word is `cloud.adapters.identity_assertion`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cloud.registry.refusals import Refusal


class Certificate(StrEnum):
    """What somebody logged in with."""

    BUSINESS = "BUSINESS"  # 工商憑證
    CITIZEN = "CITIZEN"  # 經授權自然人憑證


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """For which company somebody speaks."""

    certificate: Certificate
    ubn: str  # of the company on the certificate, or of the one that authorised the citizen
    authorised: bool  # a citizen needs the company's authorisation
    reference: str  # hash of what was said, for the record


class Assertor(Protocol):
    """Reads a token of the single window; Refusal ASSERTION with the reason for one that does not count."""

    def __call__(self, token: str, now_ms: int, /) -> Assertion:
        """Return what the token says."""


def nobody(_token: str, _now_ms: int, /) -> Assertion:
    """Stand in where no single window is set up; Refusal ASSERTION-OFF."""
    raise Refusal("ASSERTION-OFF")


def speaking_for(assertor: Assertor, token: str, ubn: str, now_ms: int) -> Assertion:
    """Return the assertion if it speaks for this company.

    Raises:
        Refusal: ASSERTION, ASSERTION-OFF, ASSERTION-OPERATOR (another company, or a citizen without authorisation).
    """
    said = assertor(token, now_ms)
    if said.ubn != ubn or (said.certificate is Certificate.CITIZEN and not said.authorised):
        raise Refusal("ASSERTION-OPERATOR")
    return said
