"""The example settings files: every setting explained in both languages, none invented, defaults told truly."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cloud.settings
import edge.settings
from docs.generator import settings as page

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FILES = [
    pytest.param("firmware-config/gate.example.toml", edge.settings, id="gate"),
    pytest.param("deploy/cloud.example.toml", cloud.settings, id="cloud"),
]
# examples of what depends on the place; every other value shown is the default
LOCAL = {"database", "mqtt.host", "mqtt.username", "mqtt.password_file", "cloud.pinned_keys", "http.upload_url"}
LOCAL |= {"high_water_file", "http.ca_file", "simulation.control_url", "lanes.direction"}
LOCAL |= {"lanes.light.gpio.active_low"}  # shown as part of an alternative


@pytest.mark.parametrize(("path", "module"), FILES)
def test_the_example_is_accepted_as_it_stands(path: str, module: ModuleType) -> None:
    assert module.load(Path(path))


@pytest.mark.parametrize(("path", "module"), FILES)
def test_the_example_is_accepted_with_everything_switched_on(path: str, module: ModuleType, tmp_path: Path) -> None:
    whole = tmp_path / "whole.toml"
    whole.write_text(page.uncommented(Path(path).read_text()))
    assert module.load(whole)


@pytest.mark.parametrize(("path", "module"), FILES)
def test_every_setting_is_in_the_example_and_none_is_invented(path: str, module: ModuleType) -> None:
    shown = [setting.name for setting in page.explained(Path(path).read_text())]
    assert sorted(shown) == sorted(name for name, _ in page.fields(module.Settings))


@pytest.mark.parametrize(("path", "module"), FILES)
def test_every_setting_is_explained_in_both_languages(path: str, module: ModuleType) -> None:
    for setting in page.explained(Path(path).read_text()):
        assert len(setting.lines) == 2, setting
        assert CHINESE.search(setting.lines[0]), setting
        assert not CHINESE.search(setting.lines[1]), setting


@pytest.mark.parametrize(("path", "module"), FILES)
def test_values_shown_for_optional_settings_are_the_defaults(path: str, module: ModuleType) -> None:
    shown = page.read(Path(path).read_text())
    defaults = {name: field.default for name, field in page.fields(module.Settings)}
    optional = {name for name, default in defaults.items() if default not in {"", "—"}} - LOCAL
    assert {name: f"`{shown[name]}`" for name in optional} == {name: defaults[name] for name in optional}


@pytest.mark.parametrize(("path", "module"), FILES)
def test_a_misspelt_key_is_refused_by_name(path: str, module: Any, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("stat_dir = '/tmp'\n" + Path(path).read_text())
    with pytest.raises(module.SettingsError, match="stat_dir"):
        module.load(wrong)


def test_the_alternative_camera_of_the_example_is_accepted_in_place_of_the_first(tmp_path: Path) -> None:
    lines = Path("firmware-config/gate.example.toml").read_text().splitlines()
    at = lines.index("[lanes.camera]")
    others = [line for line in lines[at:] if not line.startswith(("url =", "user =", "password_file ="))]
    (tmp_path / "gate.toml").write_text("\n".join([*lines[:at], *others]).replace("#or command", "command"))
    camera = edge.settings.load(tmp_path / "gate.toml").lanes[0].camera
    assert camera.command is not None
    assert camera.command[0] == "rpicam-still"


def test_the_alternative_lamps_of_the_example_are_accepted_in_place_of_the_first(tmp_path: Path) -> None:
    lines = Path("firmware-config/gate.example.toml").read_text().splitlines()
    at, there = lines.index("[lanes.light]"), lines.index("#or [lanes.light.gpio]")
    others = [line.replace("#or ", "") for line in lines[there:]]
    (tmp_path / "gate.toml").write_text("\n".join([*lines[:at], *others]))
    light = edge.settings.load(tmp_path / "gate.toml").lanes[0].light
    assert light is not None
    assert light.gpio == edge.settings.GpioSettings(go=17, stop=27, refer=22, buzzer=23)
    assert light.kind == "gpio"
