"""The evidence inbox: sealed anyway, sent anyway; what is missing is flagged and nothing is refused for it."""

from __future__ import annotations

import pytest

from cloud.domain.authority import Role
from cloud.domain.outages import Shows
from cloud.registry.outages import inbox
from cloud.registry.refusals import Refusal
from cloud.store.registry.evidence import Wanted
from tests.desks import NOW_MS, actor
from tests.integration.registry.outage_yard import (
    CENTRE,
    MINUTE_MS,
    OFFICER_B,
    OPERATOR_A,
    OPERATOR_B,
    SPECIALIST_B,
    at,
    audit,
    declare,
    end,
    papers,
    picture,
    send,
    yard,
)

__all__ = ["yard"]


def items(engine, who=CENTRE, **wanted):
    return at(engine, who, lambda desk: inbox.items(desk, 0, 100, Wanted(**wanted)))


def attach(engine, item, more, who=OPERATOR_A):
    at(engine, who, lambda desk: inbox.attach(desk, item, more))


@pytest.mark.req("R-075")
def test_the_origin_sends_order_and_photo_and_what_lacks_is_flagged_until_it_comes(yard) -> None:
    declare(yard)
    both = papers(yard)
    whole, empty = send(yard, papers=both), send(yard, seal_no="K8", papers={Shows.PHOTO: both[Shows.PHOTO]})
    assert [(one.row.id, one.missing) for one in items(yard)] == [(whole, ()), (empty, (Shows.ORDER,))]
    assert [one.row.id for one in items(yard, complete=False)] == [empty]
    attach(yard, empty, {Shows.ORDER: both[Shows.ORDER]})
    attach(yard, empty, both)
    assert [one.missing for one in items(yard, complete=True)] == [(), ()]
    assert [len(one.papers[Shows.ORDER]) for one in items(yard)] == [1, 1]


@pytest.mark.req("R-075")
def test_an_item_without_any_paper_is_taken_all_the_same(yard) -> None:
    item = send(yard, seal_no="KNOBODYKNOWSIT", kind="PA")
    [one] = items(yard)
    assert (one.row.id, one.missing, one.row.kind, one.row.outage) == (item, tuple(Shows), "PA", None)
    with pytest.raises(Refusal, match="INVALID"):
        send(yard, kind=None)  # neither the register nor the sender says what seal it is


@pytest.mark.req("R-075", "R-073")
def test_an_item_belongs_to_the_declared_outage_that_covers_its_site_then(yard) -> None:
    first = declare(yard, start_ms=NOW_MS - 90 * MINUTE_MS)
    end(yard, first, end_ms=NOW_MS - 30 * MINUTE_MS)
    second = declare(yard, notice_no="N2", start_ms=NOW_MS - 10 * MINUTE_MS)
    for sealed_ms in (None, NOW_MS - 60 * MINUTE_MS, NOW_MS - 20 * MINUTE_MS):
        send(yard, sealed_ms=sealed_ms)
    assert [one.row.outage for one in items(yard)] == [second, first, None]
    only_b = declare(yard, notice_no="N3", sites=["B1"])
    for outage, code in ((only_b, "OUTAGE-SCOPE"), (only_b + 1, "OUTAGE-UNKNOWN")):
        with pytest.raises(Refusal, match=code):
            send(yard, outage=outage)


@pytest.mark.req("R-077")
def test_the_destinations_item_is_linked_to_its_movement(yard) -> None:
    own = papers(yard, OPERATOR_B)
    send(yard, OPERATOR_B, side="DESTINATION", site="B1", seal_no="K1", kind=None, papers=own)
    [one] = items(yard, movement="M1")
    assert (one.row.movement, one.row.kind, one.missing) == ("M1", "E", ())
    with pytest.raises(Refusal, match="MOVEMENT-UNKNOWN"):
        send(yard, OPERATOR_B, side="DESTINATION", site="B1", seal_no="K9")
    with pytest.raises(Refusal, match="MOVEMENT-UNKNOWN"):
        send(yard, side="DESTINATION", site="A1", seal_no="K1")  # A1 is where it came from


@pytest.mark.req("R-075", "R-077")
def test_who_sends_and_who_reads(yard) -> None:
    for who in (OPERATOR_B, SPECIALIST_B, OFFICER_B):
        send(yard, who, site="B1")
    wrong = (OPERATOR_B, CENTRE, actor(Role.CLERK, "A1"), actor(Role.DRIVER))
    for who in wrong:
        with pytest.raises(Refusal, match="FORBIDDEN"):
            send(yard, who)
    with pytest.raises(Refusal, match="FORBIDDEN"):
        attach(yard, 1, {Shows.ORDER: [picture(yard, OPERATOR_A)]})
    assert [account for account, *_ in audit(yard, "DENIED")] == [*(who.account for who in wrong), OPERATOR_A.account]
    assert [len(items(yard, who)) for who in (CENTRE, OPERATOR_B, OPERATOR_A)] == [3, 3, 0]
    with pytest.raises(Refusal, match="FORBIDDEN"):
        at(yard, OPERATOR_A, lambda desk: inbox.item(desk, 1))


def test_a_document_that_was_not_put_is_none(yard) -> None:
    with pytest.raises(Refusal, match="DOCUMENT-UNKNOWN"):
        send(yard, papers={Shows.ORDER: ["x" * 43]})
    assert items(yard) == []
