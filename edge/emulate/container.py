"""The rear of a container on its chassis: corrugated doors, locking bars, seal, number, plate."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from edge.emulate.pen import Colour, Pen, blend, darker, lighter

if TYPE_CHECKING:
    from edge.emulate.subject import Scene

PAINTS: tuple[Colour, ...] = (
    (150, 58, 44), (38, 84, 132), (44, 104, 78), (196, 132, 40), (92, 104, 116), (118, 44, 58), (30, 108, 122),
)  # fmt: skip
LEFT, TOP, RIGHT, BOTTOM = 418.0, 58.0, 862.0, 578.0
MIDDLE = (LEFT + RIGHT) / 2
POST = 15.0  # width of the corner posts
SIDE = 236.0  # how far the side wall reaches to the left
RIBS_PER_DOOR = 9
BARS = (LEFT + 40, LEFT + 182, RIGHT - 182, RIGHT - 40)
HANDLE_LENGTH, HASP_AT = 60.0, 46.0
STEEL: Colour = (178, 184, 188)
WHITE: Colour = (240, 242, 240)
BLACK: Colour = (22, 22, 24)
NUMBER = re.compile(r"^([A-Z]{4})(\d{6})(\d)$")  # ISO 6346


def draw_container(pen: Pen, scene: Scene) -> None:
    """Draw the container concerned; its paint follows from its number, so that it looks the same at both gates."""
    paint = PAINTS[zlib.crc32(scene.container.encode()) % len(PAINTS)]
    _shadow(pen)
    _side_wall(pen, paint)
    _chassis(pen, scene)
    _rear_frame(pen, paint)
    for left, right in ((LEFT + POST, MIDDLE - 2), (MIDDLE + 2, RIGHT - POST)):
        _door(pen, paint, left, right)
    for x in BARS:
        _locking_bar(pen, paint, x)
    _markings(pen, scene, paint)
    _seal(pen, scene)


def _shadow(pen: Pen) -> None:
    pen.polygon(
        [
            (LEFT - SIDE, 588),
            (LEFT, 640),
            (RIGHT + 26, 656),
            (RIGHT + 52, 686),
            (LEFT - 8, 686),
            (LEFT - SIDE - 8, 626),
        ],
        (56, 56, 56),
    )


def _side_wall(pen: Pen, paint: Colour) -> None:
    """The long side, foreshortened to the left."""
    dark = darker(paint, 0.42)
    far_top, far_bottom = TOP + 74, BOTTOM - 62
    pen.polygon([(LEFT, TOP), (LEFT, BOTTOM), (LEFT - SIDE, far_bottom), (LEFT - SIDE, far_top)], dark)
    count = 26
    for rib in range(count):
        near, far = (1 - (1 - (rib + part) / count) ** 1.7 for part in (0.0, 0.5))
        points = []
        for part, upper in ((near, True), (far, True), (far, False), (near, False)):
            x = LEFT - SIDE * part
            y = TOP + 14 + 70 * part if upper else BOTTOM - 16 - 58 * part
            points.append((x, y))
        pen.polygon(points, darker(paint, 0.56))
    pen.polygon([(LEFT, TOP), (LEFT, TOP + 13), (LEFT - SIDE, far_top + 9), (LEFT - SIDE, far_top)], darker(paint, 0.3))
    pen.polygon(
        [(LEFT, BOTTOM - 16), (LEFT, BOTTOM), (LEFT - SIDE, far_bottom), (LEFT - SIDE, far_bottom - 11)],
        darker(paint, 0.3),
    )


def _rear_frame(pen: Pen, paint: Colour) -> None:
    pen.rect((LEFT, TOP, RIGHT, BOTTOM), darker(paint, 0.12))
    for left, right in ((LEFT, LEFT + POST), (RIGHT - POST, RIGHT)):
        pen.shade((left, TOP, right, BOTTOM), lighter(paint, 0.10), darker(paint, 0.34), across=True)
    pen.shade((LEFT, TOP, RIGHT, TOP + 26), lighter(paint, 0.16), darker(paint, 0.22))
    pen.shade((LEFT, BOTTOM - 26, RIGHT, BOTTOM), lighter(paint, 0.04), darker(paint, 0.42))
    for x in (LEFT, RIGHT - 24):
        for y in (TOP - 2, BOTTOM - 22):
            pen.rect((x, y, x + 24, y + 24), darker(paint, 0.3), radius=2)
            pen.rect((x + 7, y + 6, x + 17, y + 18), BLACK, radius=5)


def _door(pen: Pen, paint: Colour, left: float, right: float) -> None:
    top, bottom = TOP + 27, BOTTOM - 27
    pen.rect((left, top, right, bottom), BLACK)  # the gasket
    left, right, top, bottom = left + 3, right - 3, top + 3, bottom - 3
    pen.shade((left, top, right, bottom), lighter(paint, 0.07), darker(paint, 0.16))
    inner_left, inner_right, width = left + 12, right - 12, (right - left - 24) / RIBS_PER_DOOR
    for rib in range(RIBS_PER_DOOR):
        x = inner_left + rib * width
        tone = lighter(paint, 0.09) if rib % 2 else darker(paint, 0.10)
        pen.shade((x, top + 12, min(x + width, inner_right), bottom - 12), tone, darker(tone, 0.2))
        pen.shade((x, top + 12, x + 4, bottom - 12), darker(tone, 0.4), darker(tone, 0.08), across=True)
    pen.frame((left, top, right, bottom), darker(paint, 0.3), 1.5)
    outer = left if left < MIDDLE - 60 else right
    for y in (top + 36, top + 142, bottom - 152, bottom - 46):
        pen.rect((outer - 9, y, outer + 9, y + 20), darker(paint, 0.25), radius=2)  # hinges
        pen.disc((outer, y + 10), 3.2, STEEL)


def _locking_bar(pen: Pen, paint: Colour, x: float) -> None:
    top, bottom = TOP + 8, BOTTOM - 8
    pen.shade((x + 5, top + 22, x + 9, bottom - 18), darker(paint, 0.55), darker(paint, 0.45))  # its shadow
    pen.shade((x - 5, top, x + 5, bottom), (226, 230, 232), (116, 122, 126), across=True)
    for y in (top - 2, bottom - 14):
        pen.rect((x - 13, y, x + 13, y + 16), darker(STEEL, 0.35), radius=3)  # cams in their keepers
        pen.rect((x - 7, y + 4, x + 7, y + 12), STEEL, radius=2)
    for y in (top + 92, top + 252, top + 392):
        pen.rect((x - 11, y, x + 11, y + 14), darker(paint, 0.2), radius=2)  # guides
        for bolt in (-7.5, 7.5):
            pen.disc((x + bolt, y + 7), 2, STEEL)
    towards = 1 if x in (BARS[0], BARS[2]) else -1  # each pair's handles point at each other
    handle_y = top + 330
    pen.line([(x, handle_y), (x + towards * HANDLE_LENGTH, handle_y + 3)], darker(STEEL, 0.5), 11)
    pen.line([(x, handle_y - 1), (x + towards * HANDLE_LENGTH, handle_y + 2)], STEEL, 7)
    hasp = x + towards * HASP_AT
    pen.rect((hasp - 9, handle_y - 14, hasp + 9, handle_y + 16), darker(paint, 0.32), radius=3)
    pen.disc((hasp, handle_y + 1), 3.4, BLACK)


def _markings(pen: Pen, scene: Scene, paint: Colour) -> None:
    """Number, size and weights between the bars of the right door, plates between those of the left one."""
    ink = blend(WHITE, paint, 0.06)
    left, right = BARS[2] + 13, BARS[3] - 13
    match = NUMBER.match(scene.container)
    if match is None:
        _fitted(pen, (left, TOP + 50), scene.container, right - left, ink)
    else:
        pen.text((left, TOP + 46), match[1], 21, ink)
        _fitted(pen, (left, TOP + 78), match[2], right - left - 30, ink)
        pen.frame((right - 23, TOP + 75, right, TOP + 103), ink, 2)
        pen.text((right - 11, TOP + 89.5), match[3], 24, ink, anchor="mm")
        pen.text((left, TOP + 107), "45G1", 20, ink)
    for row, (name, kilos) in enumerate((("MAX GR", "32,500 KG"), ("TARE", "3,900 KG"), ("NET", "28,600 KG"))):
        pen.text((left, TOP + 136 + row * 16), name, 11, ink)
        pen.text((right, TOP + 136 + row * 16), kilos, 11, ink, anchor="ra")
    centre = (BARS[0] + BARS[1]) / 2
    pen.polygon(
        [(centre, TOP + 62), (centre + 30, TOP + 92), (centre, TOP + 122), (centre - 30, TOP + 92)], (226, 168, 36)
    )
    pen.text((centre, TOP + 92), "9'6\"", 18, BLACK, anchor="mm")  # high cube
    top = BOTTOM - 140
    pen.rect((centre - 32, top - 6, centre + 32, top + 42), (198, 200, 196), radius=2)  # CSC safety plate
    for row in range(5):
        y = top + 2 + row * 8
        pen.line([(centre - 25, y), (centre + 25 - row % 2 * 14, y)], (90, 92, 92), 1.6)


def _fitted(pen: Pen, at: tuple[float, float], text: str, width: float, ink: Colour) -> None:
    """Write `text` no wider than `width`; a bold capital is some 0.68 of its size wide."""
    pen.text(at, text, min(27.0, width / max(1, len(text)) / 0.68), ink)


def _seal(pen: Pen, scene: Scene) -> None:
    """The electronic seal through the hasp of the right door, with its printed number."""
    if not scene.seal_no:
        return
    hasp, top = BARS[2] + HASP_AT, TOP + 366
    left, right = hasp - 40, hasp + 86
    pen.line([(hasp - 5, top - 26), (hasp - 5, top + 6)], (222, 224, 224), 3.4)
    pen.line([(hasp + 5, top - 26), (hasp + 5, top + 6)], (190, 194, 194), 3.4)
    pen.rect((left - 2, top + 2, right + 2, top + 41), (34, 38, 32), radius=8)
    pen.rect((left, top, right, top + 38), (206, 226, 62), radius=7)
    pen.rect((left + 6, top + 6, right - 6, top + 22), (250, 252, 236), radius=3)
    width = right - left - 16
    size = min(12.5, width / len(scene.seal_no) / 0.62)
    pen.text(((left + right) / 2, top + 14), scene.seal_no, size, BLACK, anchor="mm")
    for arc in range(3):
        pen.frame(
            (left + 9 + arc * 3, top + 25 + arc * 1.5, left + 21 - arc * 3, top + 34 - arc * 1.5), (70, 86, 20), 1
        )
    pen.text((right - 10, top + 30), "NFC  E-SEAL", 8.5, (58, 72, 18), anchor="rm")


def _chassis(pen: Pen, scene: Scene) -> None:
    pen.rect((LEFT + 8, BOTTOM, RIGHT - 8, BOTTOM + 22), (44, 46, 50))
    pen.polygon(
        [(LEFT, BOTTOM), (LEFT - SIDE, BOTTOM - 62), (LEFT - SIDE, BOTTOM - 30), (LEFT, BOTTOM + 22)], (34, 36, 40)
    )
    for x in (LEFT - SIDE + 44, LEFT - SIDE + 112):
        pen.disc((x, BOTTOM + 8), 34, (20, 20, 22))
        pen.disc((x, BOTTOM + 8), 14, (84, 86, 88))
    for left, right in ((LEFT + 14, LEFT + 98), (RIGHT - 98, RIGHT - 14)):
        pen.rect((left, BOTTOM + 34, right, 676), (18, 18, 20), radius=12)  # tyres
        for groove in range(1, 5):
            x = left + (right - left) * groove / 5
            pen.line([(x, BOTTOM + 42), (x, 670)], (44, 44, 46), 2)
        pen.rect((left - 4, BOTTOM + 18, right + 4, BOTTOM + 30), (26, 26, 28))
    pen.shade((LEFT - 4, BOTTOM + 30, RIGHT + 4, BOTTOM + 56), (206, 64, 54), (130, 30, 26))
    for stripe in range(12):
        x = LEFT + 6 + stripe * 37.5
        pen.polygon([(x, BOTTOM + 32), (x + 16, BOTTOM + 32), (x + 26, BOTTOM + 54), (x + 10, BOTTOM + 54)], WHITE)
    for x in (LEFT + 4, RIGHT - 54):
        pen.rect((x, BOTTOM + 32, x + 50, BOTTOM + 54), (40, 8, 8), radius=4)
        pen.disc((x + 14, BOTTOM + 43), 8, (232, 40, 32))
        pen.disc((x + 36, BOTTOM + 43), 8, (240, 140, 30))
    if scene.plate:
        pen.rect((MIDDLE - 74, BOTTOM + 60, MIDDLE + 74, BOTTOM + 100), (30, 32, 34), radius=5)
        pen.rect((MIDDLE - 70, BOTTOM + 63, MIDDLE + 70, BOTTOM + 97), WHITE, radius=4)
        pen.text((MIDDLE, BOTTOM + 80), scene.plate, min(27.0, 210 / len(scene.plate)), (16, 26, 70), anchor="mm")
