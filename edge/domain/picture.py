"""What is wrong with a lane's picture, from a few figures of it: pure, so that a picture is judged alike everywhere.

Nothing here refuses a picture: a person takes another, or keeps this one and says why (R-056). The figures are those of
a grey copy of 480 x 270 pixels; grey values run from 0 to 255.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SMALL = (96, 54)  # pixels of the copy by which two pictures are compared
DARK = "PICTURE-DARK"
GLARE = "PICTURE-GLARE"
COVERED = "PICTURE-COVERED"
BLURRED = "PICTURE-BLURRED"
FROZEN = "PICTURE-FROZEN"
SAME = "PICTURE-SAME"


class Figures(NamedTuple):
    """What was measured of one picture."""

    sharpness: float  # variance of the Laplacian
    mean: float
    flat: float  # share of tiles of 30 x 30 pixels that hardly vary
    glare: float  # share of pixels that are all but white
    small: bytes  # the grey copy of SMALL, row by row
    sha256: str


class Limits(NamedTuple):
    """Where a picture becomes doubtful; lenses and lights differ, so a lane may set its own."""

    sharpness_min: float = 30.0
    mean_min: float = 18.0
    flat_max: float = 0.7
    glare_max: float = 0.6
    difference_min: int = 20  # somewhere between two scenes a grey value differs by at least this


def findings(
    now: Figures, limits: Limits, *, earlier: Iterable[bytes] = (), hashes: Collection[str] = ()
) -> tuple[str, ...]:
    """Return what is wrong, worst first.

    `earlier` are the small copies of the vehicle before: its door must not be on this picture. `hashes` are those of
    all recent pictures of the lane: a living camera never sends the same bytes twice, its noise alone forbids it.
    """
    found: list[str] = []
    if now.sha256 in hashes:
        found.append(FROZEN)
    elif any(difference(now.small, before) < limits.difference_min for before in earlier):
        found.append(SAME)
    if now.mean < limits.mean_min:
        found.append(DARK)
    elif now.glare > limits.glare_max:
        found.append(GLARE)
    elif now.flat > limits.flat_max:
        found.append(COVERED)
    elif now.sharpness < limits.sharpness_min:
        found.append(BLURRED)
    return tuple(found)


def difference(one: bytes, other: bytes) -> int:
    """Return the largest difference of grey values at one place of two small copies."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
