"""A settings file is read whole or refused with the place that is wrong."""

from __future__ import annotations

import pytest

from edge.settings import SettingsError, load, secret

CAMERA = 'camera = {url = "http://10.0.0.9/snap.jpg", timeout_s = 2}'
WHOLE = """
gate = "KEL-OUT-1"
state_dir = "state"
key_file = "keys/gate.key"
[cloud]
pinned_keys = [{kty = "OKP", crv = "Ed25519", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]
[mqtt]
host = "broker.example"
[http]
upload_url = "https://cloud.example"
[[lanes]]
id = "1"
reader = "tty:/dev/ttyAMA0:pn532"
camera = {url = "http://10.0.0.9/snap.jpg", timeout_s = 2}
"""


def read(tmp_path, text):
    (tmp_path / "gate.toml").write_text(text)
    return load(tmp_path / "gate.toml")


def test_paths_count_from_the_file_and_the_mark_lies_beside_the_key(tmp_path):
    settings = read(tmp_path, WHOLE)
    assert settings.state_dir == tmp_path / "state"
    assert settings.high_water == tmp_path / "keys" / "KEL-OUT-1.high-water"
    assert settings.high_water.parent != settings.state_dir


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('gate = "KEL-OUT-1"', 'gate = "kel out"', "$.gate"),
        ("[mqtt]", "[mqtt]\nhots = 1", "hots"),
        ("timeout_s = 2", "timeout_s = -2", "timeout_s"),
        ('host = "broker.example"', "", "host"),
        ("[cloud]", "[clout]", "clout"),
        ("[mqtt]", "[mqtt", "TOML"),
        ('id = "1"', 'id = "a lane"', "$.lanes[0].id"),
        ('state_dir = "state"', "state_dir = 7", "$.state_dir"),
        ("[[lanes]]", '[[lanes]]\nid = "1"\nreader = "x"\ncamera = {url = "y"}\n[[lanes]]', "same id"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, old, new, said):
    with pytest.raises(SettingsError, match=r"gate\.toml") as refused:
        read(tmp_path, WHOLE.replace(old, new, 1))
    assert said in str(refused.value)


@pytest.mark.req("R-056")
def test_a_camera_of_this_machine_is_a_command_with_its_arguments(tmp_path):
    camera = read(tmp_path, WHOLE.replace(CAMERA, 'camera = {command = ["rpicam-still", "-o", "-"]}')).lanes[0].camera
    assert (camera.command, camera.url) == (("rpicam-still", "-o", "-"), None)


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ("{}", "either `url` or `command`"),
        ('{url = "http://10.0.0.9/", command = ["rpicam-still"]}', "either `url` or `command`"),
        ('{command = ["rpicam-still"], user = "sealgate"}', "`user` and `password_file`"),
        ("{command = []}", "$.lanes[0].camera.command"),
    ],
)
def test_a_camera_is_of_one_kind(tmp_path, camera, said):
    with pytest.raises(SettingsError, match="camera") as refused:
        read(tmp_path, WHOLE.replace(CAMERA, f"camera = {camera}"))
    assert said in str(refused.value)


def test_the_page_listens_on_loopback_only(tmp_path):
    with pytest.raises(SettingsError, match="host"):
        read(tmp_path, WHOLE + '\n[kiosk]\nhost = "0.0.0.0"\n')


def test_a_missing_file_and_a_missing_password_are_said(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        secret(tmp_path / "none")
    (tmp_path / "password").write_text("s3cret\n")
    assert secret(tmp_path / "password") == "s3cret"
    assert secret(None) is None
