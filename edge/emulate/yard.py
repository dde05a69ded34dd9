"""The yard behind an emulated gate lane: sky, stacks of containers, crane, asphalt with the lane's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.emulate.pen import WIDTH, Box, Colour, Pen, blend, darker, lighter

if TYPE_CHECKING:
    from collections.abc import Iterator

HORIZON = 470.0
STACK_COLOURS: tuple[Colour, ...] = (
    (122, 58, 48), (52, 88, 120), (58, 102, 78), (150, 112, 52), (98, 104, 112), (70, 70, 96),
)  # fmt: skip
STACK_COLUMNS, STACK_WIDTH, STACK_HEIGHT = 4, 98.0, 56.0
HAZE_DAY: Colour = (196, 208, 216)
HAZE_NIGHT: Colour = (16, 22, 34)


def draw_yard(pen: Pen, *, night: bool) -> None:
    """Fill the whole canvas with the yard."""
    if night:
        pen.shade((0, 0, WIDTH, HORIZON), (7, 11, 22), (28, 36, 54))
        pen.shade((0, HORIZON, WIDTH, 720), (30, 33, 38), (52, 54, 58))
    else:
        pen.shade((0, 0, WIDTH, HORIZON), (128, 168, 204), (214, 224, 228))
        pen.shade((0, HORIZON, WIDTH, 720), (128, 128, 124), (92, 92, 90))
    _crane(pen, 1010, night=night)
    for left, rows in ((-30.0, 3), (905.0, 4)):
        _stack(pen, left, rows, night=night)
    _lane_lines(pen, night=night)
    _lamp(pen, 232, night=night)
    _lamp(pen, 1148, night=night)


def _stack(pen: Pen, left: float, rows: int, *, night: bool) -> None:
    haze = HAZE_NIGHT if night else HAZE_DAY
    for column, row, box in _cells(left, rows):
        colour = blend(STACK_COLOURS[(column * 5 + row * 7 + rows) % len(STACK_COLOURS)], haze, 0.62 if night else 0.45)
        pen.rect(box, colour)
        x0, y0, x1, y1 = box
        for rib in range(1, 9):
            x = x0 + (x1 - x0) * rib / 9
            pen.line([(x, y0 + 3), (x, y1 - 3)], darker(colour, 0.10), 1.2)
        pen.line([(x0, y0 + 1), (x1, y0 + 1)], lighter(colour, 0.18), 1.5)
        pen.frame(box, darker(colour, 0.28), 1.5)


def _cells(left: float, rows: int) -> Iterator[tuple[int, int, Box]]:
    for column in range(STACK_COLUMNS):
        for row in range(rows - (column % 2)):
            x0, y1 = left + column * STACK_WIDTH, HORIZON - row * STACK_HEIGHT
            yield column, row, (x0, y1 - STACK_HEIGHT, x0 + STACK_WIDTH, y1)


def _crane(pen: Pen, x: float, *, night: bool) -> None:
    steel = blend((64, 92, 118), HAZE_NIGHT if night else HAZE_DAY, 0.55)
    for offset in (0, 128):
        pen.line([(x + offset, HORIZON), (x + offset, 96)], steel, 8)
    pen.line([(x - 190, 118), (x + 250, 118)], steel, 11)
    pen.line([(x + 64, 30), (x - 180, 114)], steel, 4)
    pen.line([(x + 64, 30), (x + 240, 114)], steel, 4)
    pen.line([(x, 96), (x + 64, 30), (x + 128, 96)], steel, 7)
    pen.line([(x, 330), (x + 128, 230)], steel, 4)
    pen.line([(x + 128, 330), (x, 230)], steel, 4)
    if night:
        pen.disc((x + 64, 28), 4, (255, 70, 60))


def _lane_lines(pen: Pen, *, night: bool) -> None:
    paint = (168, 160, 120) if night else (226, 214, 150)
    for near, far in ((180, 420), (1100, 860)):
        pen.polygon([(near - 10, 720), (near + 10, 720), (far + 3, HORIZON), (far - 3, HORIZON)], paint)
    pen.polygon([(160, 706), (1120, 706), (1106, 690), (174, 690)], blend(paint, (255, 255, 255), 0.25))


def _lamp(pen: Pen, x: float, *, night: bool) -> None:
    steel = (58, 64, 74) if night else (122, 128, 134)
    pen.line([(x, HORIZON + 8), (x, 60)], steel, 5)
    pen.line([(x - 34, 62), (x + 34, 62)], steel, 5)
    for offset in (-26, 0, 26):
        glow: Colour = (255, 244, 214) if night else (226, 228, 226)
        pen.rect((x + offset - 8, 52, x + offset + 8, 60), glow, radius=2)
