"""`emulator.toml`: what is wrong with it is said in a sentence that names the place."""

import pytest

from edge.emulate.settings import ConfigError, read_settings

SMALL = """
state_dir = "state"
[[readers]]
lane = "1"
"""


def written(tmp_path, text):
    path = tmp_path / "emulator.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_smallest_file(tmp_path):
    settings = read_settings(written(tmp_path, SMALL))
    assert settings.readers[0].kind == "pn532"
    assert settings.gps is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL + "[gsp]\nlat = 1\n", "gsp"),
        (SMALL + "[gps]\nlat = 91\nlon = 0\n", "gps.lat"),
        (SMALL + '[[readers]]\nlane = "1"\n', "two lanes"),
        (SMALL + '[camera]\nlight = "dusk"\n', "camera.light"),
        (SMALL + "[gps\n", "emulator.toml"),
        ('state_dir = "s"\n', "readers"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path, text, told):
    with pytest.raises(ConfigError, match=told):
        read_settings(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"emulator\.toml"):
        read_settings(tmp_path / "emulator.toml")
