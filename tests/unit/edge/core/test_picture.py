"""What is wrong with a picture, and which container number it shows (R-056, B6: X-CAM-BLIND, X-OCR-DIFF)."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from edge.adapters.picture_check import PictureCheck
from edge.domain.ocr_hint import Line, container_number
from tests.doors import door


def spoilt(jpeg: bytes, change) -> bytes:
    with Image.open(io.BytesIO(jpeg)) as picture:
        sink = io.BytesIO()
        change(picture.convert("RGB")).save(sink, "JPEG", quality=88)
    return sink.getvalue()


def covered(picture: Image.Image) -> Image.Image:
    ImageDraw.Draw(picture).rectangle((0, 0, picture.width * 3 // 4, picture.height), fill=(40, 30, 28))
    return picture


SPOILT = {
    "PICTURE-BLURRED": lambda picture: picture.filter(ImageFilter.GaussianBlur(6)),
    "PICTURE-DARK": lambda picture: ImageEnhance.Brightness(picture).enhance(0.08),
    "PICTURE-GLARE": lambda picture: picture.point(lambda value: min(255, value * 4 + 60)),
    "PICTURE-COVERED": covered,
}


@pytest.mark.req("R-056")
@pytest.mark.parametrize("night", [False, True])
async def test_a_sound_picture_by_day_and_by_night_is_not_doubted(night) -> None:
    assert await PictureCheck().examine(door(night=night)) == ()


@pytest.mark.req("R-056")
@pytest.mark.parametrize("code", SPOILT)
async def test_each_way_to_spoil_a_picture_has_its_name(code) -> None:
    assert await PictureCheck().examine(spoilt(door(), SPOILT[code])) == (code,)


@pytest.mark.req("R-056")
async def test_a_camera_that_sends_the_same_bytes_again_is_frozen() -> None:
    check = PictureCheck()
    picture = door()
    await check.examine(picture)
    check.next_vehicle()
    assert await check.examine(picture) == ("PICTURE-FROZEN",)


@pytest.mark.req("R-056")
async def test_the_door_of_the_vehicle_before_is_told_and_another_picture_of_the_same_door_is_not() -> None:
    check = PictureCheck()
    picture = door()
    again = spoilt(picture, lambda same: same)  # other bytes, the same door
    await check.examine(picture)
    assert await check.examine(again) == ()
    check.next_vehicle()
    assert await check.examine(spoilt(again, lambda same: same)) == ("PICTURE-SAME",)
    assert await check.examine(door("EGHU3156427")) == ()  # a container of the same colour


@pytest.mark.req("R-056")
@pytest.mark.parametrize(
    ("texts", "number"),
    [
        (["CSQU", "305438", "45G1"], "CSQU3054383"),  # the boxed check digit is missed: ISO 6346 tells it
        (["CSQU 305438 3"], "CSQU3054383"),
        (["C5QU", "3O5438"], "CSQU3054383"),  # S as 5, 0 as O
        (["CSQU305438", "3", "TASU117000 0"], "TASU1170000"),  # a check digit that was read weighs more
        (["CSQU3054384"], None),
        (["MAX GR 32,500 KG", "TARE 3,900 KG"], None),
        (["CSQU"], None),
        ([], None),
    ],
)
def test_a_number_is_put_together_from_pieces_only_if_its_check_digit_agrees(texts, number) -> None:
    assert container_number(Line(text, 0.9) for text in texts) == number


def test_what_is_hardly_legible_is_no_hint() -> None:
    assert container_number([Line("CSQU3054383", 0.3)]) is None
