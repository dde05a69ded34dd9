"""How much of the backlog is under way follows how long receipts take."""

import pytest

from edge.domain.window import MESSAGES_MIN, PROMPT_S, Window


@pytest.mark.req("R-114")
def test_it_grows_with_prompt_receipts_up_to_its_limit():
    window = Window(50)
    seen = [window.messages]
    for _ in range(4):
        window.answered(window.messages, PROMPT_S)
        seen.append(window.messages)
    assert seen == [8, 16, 32, 50, 50]


@pytest.mark.req("R-114")
def test_it_shrinks_with_slow_receipts_and_never_below_what_a_slow_line_bears():
    window = Window(50)
    window.answered(42, 0.0)
    assert window.messages == 50
    seen = []
    for _ in range(4):
        window.answered(1, PROMPT_S + 0.001)
        seen.append(window.messages)
    assert seen == [25, 12, MESSAGES_MIN, MESSAGES_MIN]


def test_a_limit_below_the_beginning_stands():
    window = Window(3)
    window.answered(9, 0.0)
    window.answered(1, 9.0)
    assert window.messages == 3


def test_a_new_connection_begins_small():
    window = Window(50)
    window.answered(42, 0.0)
    window.reset()
    assert window.messages == MESSAGES_MIN
