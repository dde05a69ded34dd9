"""The drawn picture: right size, a picture of this container, never to be taken for a photo."""

import io
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageChops, ImageStat

from edge.adapters.camera import examine
from edge.emulate.picture import draw_door, stamp
from edge.emulate.subject import Scene
from edge.ports import CameraError

AT = datetime(2026, 11, 23, 9, 30, 5, tzinfo=UTC)
SMALL = {"width_px": 640, "height_px": 360}


def picture(**scene):
    seen = Scene(**SMALL, **scene)
    return stamp(draw_door(seen), seen, AT)


def difference(one, other):
    pair = [Image.open(io.BytesIO(jpeg)) for jpeg in (one, other)]
    return ImageStat.Stat(ImageChops.difference(*pair)).sum


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (1920, 1080)])
@pytest.mark.req("R-056")
async def test_the_picture_has_the_size_asked_for(size):
    scene = Scene(width_px=size[0], height_px=size[1], container="TGHU1234567")
    shot = await examine(stamp(draw_door(scene), scene, AT))
    assert (shot.width_px, shot.height_px) == size


def test_the_same_moment_gives_the_same_picture():
    assert picture(container="TGHU1234567") == picture(container="TGHU1234567")


@pytest.mark.parametrize(
    "other",
    [
        {"container": "TGHU1234568", "plate": "HAA-1", "seal_no": "KE26A0000123"},
        {"container": "TGHU1234567", "plate": "HAA-2", "seal_no": "KE26A0000123"},
        {"container": "TGHU1234567", "plate": "HAA-1", "seal_no": ""},
        {"container": "", "plate": "", "seal_no": ""},
        {"container": "TGHU1234567", "plate": "HAA-1", "seal_no": "KE26A0000123", "night": True},
    ],
)
def test_container_plate_seal_and_light_are_to_be_seen(other):
    assert (
        difference(picture(container="TGHU1234567", plate="HAA-1", seal_no="KE26A0000123"), picture(**other)) > [0] * 3
    )


@pytest.mark.parametrize("night", [True, False])
def test_it_is_marked_as_simulated(night):
    colours = Image.open(io.BytesIO(picture(container="TGHU1234567", night=night))).crop((485, 335, 625, 355))
    red, green, blue = ImageStat.Stat(colours).median
    assert red > 200 > green > 120  # the amber band in the corner
    assert blue < 80


def test_a_bonded_unit_without_iso_number_is_drawn_too():
    assert picture(container="保稅BOX-1") != picture(container="")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda jpeg: jpeg[: len(jpeg) // 2],
        lambda jpeg: jpeg[:200] + jpeg[-2:],
        lambda jpeg: b"<html>" + jpeg,
        lambda _jpeg: b"",
        lambda _jpeg: b"\xff\xd8\xff\xd9",
    ],
)
async def test_what_is_no_whole_jpeg_is_refused(spoil):
    with pytest.raises(CameraError) as refused:
        await examine(spoil(picture(container="TGHU1234567")))
    assert refused.value.code == "CAM-PICTURE"
