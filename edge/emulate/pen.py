"""Drawing in the coordinates of one canvas of 1280 x 720 units, whatever the size in pixels; colours as RGB."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 1280, 720
# Traditional Chinese first; the last resort has no Chinese glyphs and still prints the rest
FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 3),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 3),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
)
BOLD_FONTS = (
    ("/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf", 0),
)
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=128)
def font(size_px: int, *, stencil: bool = False) -> Font:
    """Return a font with Chinese glyphs, or with `stencil` a bold Latin one as on containers, as far as installed."""
    for path, index in (*BOLD_FONTS, *FONTS) if stencil else FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size_px, index=index)
    return ImageFont.load_default(size_px)


def blend(colour: Colour, other: Colour, part: float) -> Colour:
    """Return `colour` with `part` (0 to 1) of `other` mixed in."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def lighter(colour: Colour, part: float) -> Colour:
    """Mix in white."""
    return blend(colour, (255, 255, 255), part)


def darker(colour: Colour, part: float) -> Colour:
    """Mix in black."""
    return blend(colour, (0, 0, 0), part)


class Pen:
    """A canvas of 1280 x 720 units at `scale` pixels a unit."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.image = Image.new("RGB", (round(WIDTH * scale), round(HEIGHT * scale)))
        self._draw = ImageDraw.Draw(self.image)

    def _px(self, *units: float) -> list[float]:
        return [unit * self.scale for unit in units]

    def rect(self, box: Box, fill: Colour, *, radius: float = 0) -> None:
        """Fill a rectangle."""
        self._draw.rounded_rectangle(self._px(*box), radius * self.scale, fill=fill)

    def frame(self, box: Box, colour: Colour, width: float) -> None:
        """Draw the outline of a rectangle."""
        self._draw.rectangle(self._px(*box), outline=colour, width=max(1, round(width * self.scale)))

    def polygon(self, points: list[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=fill)

    def line(self, points: list[Point], colour: Colour, width: float) -> None:
        """Draw a line."""
        pixels = [(x * self.scale, y * self.scale) for x, y in points]
        self._draw.line(pixels, fill=colour, width=max(1, round(width * self.scale)), joint="curve")

    def disc(self, centre: Point, radius: float, fill: Colour) -> None:
        """Fill a circle."""
        x, y = centre
        self._draw.ellipse(self._px(x - radius, y - radius, x + radius, y + radius), fill=fill)

    def text(self, at: Point, text: str, size: float, colour: Colour, *, anchor: str = "la") -> None:
        """Write stencilled text; `anchor` as Pillow names it."""
        self._draw.text((at[0] * self.scale, at[1] * self.scale), text, fill=colour,
                        font=font(max(6, round(size * self.scale)), stencil=True), anchor=anchor)  # fmt: skip

    def shade(self, box: Box, top: Colour, bottom: Colour, *, across: bool = False) -> None:
        """Fill a rectangle with a gradient from top to bottom, or from left to right with `across`."""
        left, upper, right, lower = (round(value) for value in self._px(*box))
        size = max(1, right - left), max(1, lower - upper)
        ramp = Image.linear_gradient("L")
        if across:
            ramp = ramp.transpose(Image.Transpose.ROTATE_90)
        mask = ramp.resize(size)
        self.image.paste(
            Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask), (left, upper)
        )
