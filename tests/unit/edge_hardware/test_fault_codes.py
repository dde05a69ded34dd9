"""Every code that a hardware adapter gives has its sentence for the screen."""

import pytest

from edge.adapters import camera, gps
from schemas.reasons import GROUPS, Group

CODES = [gps.DOWN, gps.SILENT, gps.NO_FIX, camera.DOWN, camera.TIMED_OUT, camera.REFUSED, camera.UNUSABLE]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.req("R-050")
def test_it_says_what_is_missing_and_what_to_do_in_both_languages(code):
    (reason,) = [reason for reason in GROUPS[Group.FAULT] if reason.code == code]
    assert all((reason.zh, reason.en, reason.what_zh, reason.what_en))
