"""Small copies of pictures are made of JPEGs only, whatever else the image library could decode."""

from pathlib import Path

import pytest
from PIL import Image

from cloud.web.pages.pictures import SMALL_PX, shrink


@pytest.mark.parametrize(("form", "shown"), [("JPEG", True), ("PNG", False), ("GIF", False), ("TIFF", False)])
def test_only_a_jpeg_is_decoded(tmp_path: Path, form: str, shown: bool) -> None:
    path = tmp_path / "picture"
    Image.new("RGB", (2 * SMALL_PX[0], 8), "red").save(path, form)
    assert (shrink(path) is not None) is shown
