"""What the board and the REST API say of every operation of a lane: both languages, grounds and outages beside them."""

import re

import pytest

from cloud.store.engine import reading
from cloud.web import wording
from cloud.web.api.movements import read_movement
from cloud.web.language import Language
from cloud.web.pages import board
from cloud.web.pages.render import render
from cloud.web.pages.sight import look
from schemas.messages import Abnormal, Operation
from tests.integration.ingest.test_process_batch import MOVEMENT, OUT_MS, SEAL, Story
from tests.townsfolk import MINUTE_MS

NOW_MS = OUT_MS + 10 * MINUTE_MS


@pytest.fixture
def story(engine):
    return Story(engine)


def said(story, panel, language):
    with reading(story.engine) as connection:
        html = render(f"panels/{panel}.html", language, **board.context(look(connection, NOW_MS)))
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.req("R-115")
@pytest.mark.parametrize("operation", Operation)
def test_every_operation_has_its_words(story, operation):
    gate = story.origin if operation in wording.OUTWARD else story.destination
    fields = {"abnormal": (Abnormal.ALTERED,)} if operation is Operation.ABNORMAL_IN else {}
    story.send((gate, gate.scan(SEAL, operation, OUT_MS, 1, **fields)), now_ms=OUT_MS)
    zh, en = wording.OPERATIONS[operation]
    assert zh in said(story, "feed", Language.ZH)
    assert en in said(story, "feed", Language.EN)
    assert operation in (wording.OUTWARD | wording.INWARD | {Operation.INSPECT})


@pytest.mark.req("R-059", "R-074")
def test_grounds_and_the_notice_of_an_outage_stand_beside_the_read(story):
    grounds, notice = "CAM-DOWN", "基普緝字第1號"
    read = story.origin.scan(SEAL, Operation.READ_CONFIRM_OUT, OUT_MS, 1, grounds=grounds, outage=notice)
    story.send((story.origin, read), now_ms=OUT_MS)
    for language, why, outage in (
        (Language.ZH, wording.reason(grounds)[0], "系統故障 基普緝字第1號"),
        (Language.EN, wording.reason(grounds)[1], "Outage 基普緝字第1號"),
    ):
        assert why in said(story, "feed", language)
        assert outage in said(story, "feed", language)


@pytest.mark.req("R-091")
@pytest.mark.parametrize(("operation", "makeup"), [(Operation.MAKEUP_ARRIVE, True), (Operation.ARRIVE, False)])
def test_an_arrival_that_was_made_up_for_is_known_as_one(story, operation, makeup):
    story.send(story.depart(), (story.destination, story.destination.scan(SEAL, operation, OUT_MS + MINUTE_MS, 2)))
    assert ("補作進站讀取" in said(story, "movements", Language.ZH)) == makeup
    assert ("Make-up arrival read" in said(story, "movements", Language.EN)) == makeup
    shown = read_movement(story.movement)
    assert (shown.movement, shown.state, shown.makeup) == (MOVEMENT, "ARRIVED", makeup)
