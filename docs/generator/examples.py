"""Signed forms of the examples in schemas/examples: good payloads as JWS, rejected JWS with the code each must meet.

The payloads (*.json) are written by hand; here they are only signed, with the published key of RFC 8037 A.1 and by
another library than the envelope under test.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from docs.generator.json_schemas import CONTRACTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# RFC 8037 appendix A.1 and A.3: the whole world has this private key
SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
PUBLIC_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
STRANGER_KID = "A" * 43
FOLDER = "schemas/examples"
_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1


class Forgery(NamedTuple):
    """One rejected message: how it is made from a good one, the code it must meet, and why."""

    make: Callable[[dict[str, Any], bytes], bytes]
    code: str
    why: str


def unb64url(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64url(raw: bytes) -> bytes:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def compact(payload: object) -> bytes:
    """Write JSON as the programs do: no spaces, UTF-8."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def sign(header: dict[str, Any], payload: bytes) -> bytes:
    """Return a compact JWS under the published key, whatever the header claims."""
    signing_input = b64url(compact(header)) + b"." + b64url(payload)
    signature = Ed25519PrivateKey.from_private_bytes(unb64url(SEED)).sign(signing_input)
    return signing_input + b"." + b64url(signature)


def header_of(leaf: str) -> dict[str, Any]:
    """Return the header that a message of this kind must carry."""
    return {"alg": "Ed25519", "kid": KID, "typ": str(CONTRACTS[leaf].typ)}


def _altered_header(**changes: object) -> Callable[[dict[str, Any], bytes], bytes]:
    return lambda header, payload: sign({**header, **changes}, payload)


def _one_byte_changed(header: dict[str, Any], payload: bytes) -> bytes:
    head, _, signature = sign(header, payload).split(b".")
    return b".".join([head, b64url(payload.replace(b'"GO"', b'"XO"')), signature])


def _mirrored_signature(header: dict[str, Any], payload: bytes) -> bytes:
    """RFC 8032 §5.1.7 wants S below the group order; S plus the order would be a second valid spelling."""
    head, body, signature = sign(header, payload).split(b".")
    raw = unb64url(signature.decode())
    larger = int.from_bytes(raw[32:], "little") + _GROUP_ORDER
    return b".".join([head, body, b64url(raw[:32] + larger.to_bytes(32, "little"))])


FORGERIES: dict[str, Forgery] = {
    "alg-eddsa": Forgery(_altered_header(alg="EdDSA"), "ALG", "RFC 9864 replaces the polymorphic name by Ed25519"),
    "alg-none": Forgery(_altered_header(alg="none"), "ALG", "RFC 8725 §3.1: only the algorithm of the key"),
    "alg-es256-for-ed25519-key": Forgery(_altered_header(alg="ES256"), "ALG", "one algorithm per key"),
    "header-crit": Forgery(_altered_header(crit=["b64"], b64=False), "HEADER", "exactly alg, kid and typ"),
    "header-without-typ": Forgery(
        lambda header, payload: sign({"alg": header["alg"], "kid": header["kid"]}, payload),
        "HEADER",
        "a signature names what it was made for",
    ),
    "typ-of-a-heartbeat": Forgery(_altered_header(typ="sealgate-telemetry"), "TYPE", "RFC 8725 §3.11: explicit typing"),
    "key-unknown": Forgery(_altered_header(kid=STRANGER_KID), "KEY-UNKNOWN", "the key is not registered"),
    "one-byte-changed": Forgery(_one_byte_changed, "SIGNATURE", "R-113: one changed byte is refused"),
    "signature-mirrored": Forgery(_mirrored_signature, "SIGNATURE", "RFC 8032 §5.1.7: S is below the group order"),
    "signature-padded": Forgery(
        lambda header, payload: sign(header, payload) + b"==", "NOT-JWS", "RFC 7515 §2: base64url has no padding"
    ),
    "two-segments": Forgery(
        lambda header, payload: sign(header, payload).rpartition(b".")[0], "NOT-JWS", "RFC 7515 §7.1: three segments"
    ),
    "line-break-at-the-end": Forgery(
        lambda header, payload: sign(header, payload) + b"\n", "NOT-JWS", "a second spelling would change the hash"
    ),
    "not-a-jws": Forgery(lambda _header, payload: payload, "NOT-JWS", "a payload without a signature"),
}


def fingerprint(jws: bytes) -> str:
    """Name bytes by their SHA-256, as the chain does."""
    return b64url(hashlib.sha256(jws).digest()).decode()


def leaf_of(stem: str) -> str:
    """Return the kind of message that an example's file name begins with."""
    return stem.partition("-")[0]


def signed(path: Path) -> bytes:
    """Return the JWS over the payload in a *.json example."""
    return sign(header_of(leaf_of(path.stem)), compact(json.loads(path.read_text(encoding="utf-8"))))


def forged(root: Path) -> dict[str, bytes]:
    """Return every rejected JWS by name, each made from the good departure."""
    payload = compact(json.loads((root / FOLDER / "good/scan-departure.json").read_text(encoding="utf-8")))
    return {name: forgery.make(header_of("scan"), payload) for name, forgery in FORGERIES.items()}


_README = """# Examples

<!-- generated by `make docs` from docs/generator/examples.py -->

For whoever writes or checks a second implementation. `*.json` is a payload, `*.jws` the same payload signed: compact
JSON in a JWS with the header members alg, kid and typ in this order. The key is the published one of RFC 8037 (appendix
A.1), so nothing signed by it means anything:

```json
{jwk}
```

with the thumbprint `{kid}`. The four scan records form a chain: `prev` is the
base64url SHA-256 of the JWS before. The seal in the departure answers to an all-zero key (AN12196).

## good/

A reader takes all of these; `scan-from-a-newer-gate` has members that it does not know and ignores.

## rejected/*.json

Schema and model refuse each of these with MALFORMED, those named `version` with VERSION.

## rejected/*.jws

| file | code | why |
| --- | --- | --- |
{rows}
"""


def readme() -> str:
    """Explain the examples and the code that each forgery must meet."""
    rows = "\n".join(f"| `{name}` | {forgery.code} | {forgery.why} |" for name, forgery in FORGERIES.items())
    return _README.format(jwk=json.dumps({**PUBLIC_JWK, "d": SEED}), kid=KID, rows=rows)


def pages(root: Path) -> dict[str, str]:
    """Return schemas/examples: good/*.jws, rejected/*.jws and what they are."""
    good = {
        f"{FOLDER}/good/{path.stem}.jws": signed(path).decode()
        for path in sorted((root / FOLDER / "good").glob("*.json"))
    }
    good[f"{FOLDER}/README.md"] = readme()
    return good | {f"{FOLDER}/rejected/{name}.jws": jws.decode() for name, jws in forged(root).items()}
