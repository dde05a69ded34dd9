"""The picture of an emulated lane camera: the rear door of the container concerned, drawn by Pillow.

It is no photo and says so in large letters: 模擬影像 SIMULATED.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from edge.emulate.container import draw_container
from edge.emulate.pen import HEIGHT, WIDTH, Pen, font
from edge.emulate.yard import draw_yard

if TYPE_CHECKING:
    from datetime import datetime

    from edge.emulate.subject import Scene

TAIPEI = ZoneInfo("Asia/Taipei")
JPEG_QUALITY = 86
SUPERSAMPLING = 1.6  # drawn larger, then reduced: Pillow's lines have no soft edges
MARK = "模擬影像 SIMULATED"
OSD_HEIGHT = 46.0


def draw_door(scene: Scene) -> Image.Image:
    """Draw everything but the camera's line of text."""
    size = scene.width_px, scene.height_px
    pen = Pen(max(size[0] / WIDTH, size[1] / HEIGHT) * SUPERSAMPLING)
    draw_yard(pen, night=scene.night)
    pen.image.paste(pen.image.filter(ImageFilter.GaussianBlur(1.6 * pen.scale)))  # the yard is out of focus
    if scene.container:
        draw_container(pen, scene)
    picture = ImageOps.fit(pen.image, size, Image.Resampling.LANCZOS)
    return _floodlit(picture) if scene.night else _lens(picture, 0.16)


def _lens(picture: Image.Image, loss: float) -> Image.Image:
    """Darken towards the corners, by `loss` (0 to 1)."""
    falloff = Image.radial_gradient("L").point(lambda value: round(255 - value * value / 255 * loss))
    mask = falloff.resize(picture.size, Image.Resampling.BILINEAR)
    return ImageChops.multiply(picture, Image.merge("RGB", (mask, mask, mask)))


def _floodlit(picture: Image.Image) -> Image.Image:
    """Light the door with the lane's lamp and leave the rest to the night."""
    cone = Image.radial_gradient("L").point(lambda value: round(252 - value * value / 255 * 0.9))
    width, height = picture.size
    mask = Image.new("L", picture.size, 26)
    lit = cone.resize((round(width * 1.02), round(height * 1.5)), Image.Resampling.BILINEAR)
    mask.paste(lit, (round(-width * 0.01), round(-height * 0.28)))
    warm = Image.merge(
        "RGB", (mask, mask.point(lambda value: round(value * 0.95)), mask.point(lambda v: round(v * 0.82)))
    )
    return ImageChops.multiply(picture, warm)


def stamp(drawn: Image.Image, scene: Scene, at: datetime) -> bytes:
    """Return the JPEG with the camera's line of text, as it would be sent at this moment."""
    picture = drawn.copy()
    unit = scene.height_px / HEIGHT
    pen = ImageDraw.Draw(picture, "RGBA")
    pen.rectangle((0, 0, scene.width_px, OSD_HEIGHT * unit), fill=(6, 10, 16, 150))
    place = "  ".join(filter(None, (scene.place_zh, scene.place_en, f"車道 LANE {scene.lane}")))
    write, margin, middle = font(round(22 * unit)), 16 * unit, OSD_HEIGHT / 2 * unit
    pen.text((margin, middle), place, fill=(240, 244, 248), font=write, anchor="lm")
    local = f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M:%S} +08:00"
    pen.text((scene.width_px - margin, middle), local, fill=(240, 244, 248), font=write, anchor="rm")
    _mark(pen, scene, unit)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=JPEG_QUALITY)
    return sink.getvalue()


def _mark(pen: ImageDraw.ImageDraw, scene: Scene, unit: float) -> None:
    """Say that this is no photo, where nobody can miss it."""
    text = font(round(30 * unit))
    right, bottom = scene.width_px - 16 * unit, scene.height_px - 14 * unit
    left, top, _, _ = pen.textbbox((right, bottom), MARK, font=text, anchor="rd")
    pen.rounded_rectangle(
        (left - 14 * unit, top - 8 * unit, right + 8 * unit, bottom + 6 * unit), 6 * unit, fill=(255, 178, 10, 235)
    )
    pen.text((right - 3 * unit, bottom), MARK, fill=(26, 16, 0), font=text, anchor="rd")
