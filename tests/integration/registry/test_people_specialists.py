"""Specialists: enrolled by their operator with certificate, number, phone and place codes; what they may do where."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cloud.adapters.identity_assertion import Claims, SimulatedWindow
from cloud.domain.authority import Role
from cloud.registry import people
from cloud.registry.people import assertion, authorising, reading, specialists
from cloud.registry.people.authorising import Capacity
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading as transaction
from cloud.store.registry import authorisations, persons
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.people import (
    ASSERTOR,
    CENTRE,
    ID,
    OPERATOR,
    OTHER_UBN,
    OTHER_YARD,
    RESIDENT,
    YARD,
    enrol,
    enrolment,
    enter_companies,
    login,
    officer_at,
)

HOUR = 3_600_000


@pytest.fixture
def yard(engine):
    enter_companies(engine)
    return engine


def may(engine, person: str, site: str, kind: str, at_ms: int) -> bool:
    with transaction(engine) as connection:
        return authorising.may(connection, person, site, kind, at_ms)


def count_persons(engine) -> int:
    with transaction(engine) as connection:
        return persons.count(connection)


@pytest.mark.req("R-005", "R-013", "R-014", "R-015")
def test_an_operator_enrols_a_specialist(yard) -> None:
    person = enrol(yard)
    assert person.startswith("P-")
    assert "123456789" not in person
    assert may(yard, person, "A1", "E", NOW_MS)
    assert not may(yard, person, "B1", "E", NOW_MS)
    with transaction(yard) as connection:
        row = connection.execute(select(schema.specialist)).one()
    assert (row.operator, row.certificate, row.ended_ms) == (YARD, "BUSINESS", None)


@pytest.mark.req("R-013")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ubn": OTHER_UBN}, "ASSERTION-OPERATOR"),
        ({"cert": "CITIZEN"}, "ASSERTION-OPERATOR"),
        ({"exp": NOW_MS // 1000}, "ASSERTION"),
        ({"iat": NOW_MS // 1000 - 3_600, "exp": NOW_MS // 1000 + 10**9}, "ASSERTION"),
        ({"iat": NOW_MS // 1000 + 3_600}, "ASSERTION"),
    ],
    ids=["another company", "citizen without authorisation", "over", "lives too long", "of the future"],
)
def test_a_certificate_that_does_not_speak_for_the_operator_enrols_nobody(yard, changed, code) -> None:
    with pytest.raises(Refusal) as refused:
        enrol(yard, assertion=login(**changed))
    assert refused.value.code == code
    assert count_persons(yard) == 0


@pytest.mark.req("R-013")
def test_an_authorised_citizen_certificate_is_the_other_way_in(yard) -> None:
    enrol(yard, assertion=login(cert="CITIZEN", authorised=True))
    with transaction(yard) as connection:
        assert connection.scalar(select(schema.specialist.c.certificate)) == "CITIZEN"


@pytest.mark.req("R-013")
def test_only_the_single_windows_own_word_counts(yard) -> None:
    claims = Claims(cert="BUSINESS", ubn="04595257", iat=NOW_MS // 1000, exp=NOW_MS // 1000 + 60, jti="1")
    forged = SimulatedWindow(b"x" * 32).token(claims)
    head, body, signature = login().split(".")
    for token in (forged, f"{head}.{body}", f"{head}.{body}.", f"..{signature}", f"{body}.{head}.{signature}", "é.é.é",
                  "", "x" * 5_000, f"{head}.{body}A.{signature}"):  # fmt: skip
        with pytest.raises(Refusal, match="ASSERTION"):
            enrol(yard, assertion=token)
    with desk_of(yard, OPERATOR) as desk, pytest.raises(Refusal, match="ASSERTION-OFF"):
        specialists.enrol(desk, assertion.nobody, enrolment())
    assert count_persons(yard) == 0


@pytest.mark.req("R-014")
def test_a_wrong_check_digit_is_refused_and_the_refusal_does_not_repeat_it(yard) -> None:
    with pytest.raises(Refusal, match="ID-NUMBER") as refused:
        enrol(yard, number="A123456788")
    assert "12345" not in str(refused.value)


@pytest.mark.req("R-014")
def test_a_known_number_brings_the_name(yard) -> None:
    with desk_of(yard, OPERATOR) as desk:
        before = specialists.prefill(desk, ASSERTOR, YARD, login(), ID)
        assert before == specialists.Prefill(person=None, name_masked=None)
    with pytest.raises(Refusal, match="NAME-NEEDED"):
        enrol(yard, name=None)
    person = enrol(yard)
    with desk_of(yard, OPERATOR) as desk:
        known = specialists.prefill(desk, ASSERTOR, YARD, login(), ID.lower())
        assert known == specialists.Prefill(person=person, name_masked="王○明")
    assert enrol(yard, name=None, sites=["B1"]) == person
    with pytest.raises(Refusal, match="NAME-KNOWN"):
        enrol(yard, name="別人")


@pytest.mark.req("R-014")
def test_nothing_that_names_a_person_lies_open_in_the_database(yard) -> None:
    person = enrol(yard)
    with desk_of(yard, CENTRE) as desk:
        reading.reveal(desk, person, reading.Purpose.CASE, "S4/17")
    with transaction(yard) as connection:
        for table in schema.metadata.sorted_tables:
            said = repr(connection.execute(select(table)).all())
            for secret in (ID, "123456789", "王小明", "小明", "0912345678"):
                assert secret not in said, table.name


@pytest.mark.req("R-015")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"phone": None}, "ENROLMENT"),
        ({"sites": []}, "ENROLMENT"),
        ({"phone": "0212345678"}, "PHONE"),
        ({"sites": ["NOWHERE"]}, "SITE-UNKNOWN"),
        ({"number": "X12"}, "ID-NUMBER"),
        ({"name": " "}, "INVALID"),
        ({"valid_from_ms": NOW_MS - 1}, "VALIDITY"),
        ({"valid_to_ms": NOW_MS}, "VALIDITY"),
        ({"operator": "NOBODY"}, "COMPANY-UNKNOWN"),
    ],
)
def test_an_enrolment_is_complete_or_nothing(yard, changed, code) -> None:
    with pytest.raises(Refusal) as refused:
        enrol(yard, **changed)
    assert refused.value.code == code
    assert count_persons(yard) == 0


@pytest.mark.req("R-005")
def test_an_operator_enrols_at_its_own_places_only(yard) -> None:
    with pytest.raises(Refusal, match="FORBIDDEN"):
        enrol(yard, sites=["A1", "C1"])
    both = actor(Role.OPERATOR, "A1", "C1")
    with desk_of(yard, both) as desk, pytest.raises(Refusal, match="ENROLMENT-SITE"):
        specialists.enrol(desk, ASSERTOR, enrolment(sites=["C1"]))
    with desk_of(yard, both) as desk, pytest.raises(Refusal, match="ASSERTION-OPERATOR"):
        specialists.enrol(desk, ASSERTOR, enrolment(operator=OTHER_YARD, sites=["C1"]))
    for who in (CENTRE, officer_at("A1"), actor(Role.SPECIALIST, "A1"), actor(Role.TRADER), SYSTEM):
        with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(yard, who) as desk:
            specialists.enrol(desk, ASSERTOR, enrolment())
    with transaction(yard) as connection:
        denied = select(schema.audit.c.account).where(schema.audit.c.outcome == "DENIED")
        assert len(connection.scalars(denied).all()) == 6


@pytest.mark.req("R-017", "R-086")
def test_places_are_added_later_and_asked_as_of_a_time(yard) -> None:
    person = enrol(yard)
    later = NOW_MS + HOUR
    with desk_of(yard, OPERATOR, later) as desk:
        specialists.add_sites(desk, person, YARD, ["B1"])
    assert not may(yard, person, "B1", "E", later - 1)  # who read before had no authorisation: S4 stays
    assert may(yard, person, "B1", "E", later)
    with desk_of(yard, OPERATOR, later + HOUR) as desk:
        specialists.end_sites(desk, person, YARD, ["B1"])
    assert may(yard, person, "B1", "E", later + HOUR - 1)
    assert not may(yard, person, "B1", "E", later + HOUR)
    with transaction(yard) as connection:
        assert authorisations.sites_of(connection, person, later) == ["A1", "B1"]
        assert authorisations.sites_of(connection, person, later + HOUR) == ["A1"]


@pytest.mark.req("R-017")
def test_the_past_is_not_entered_and_validities_do_not_overlap(yard) -> None:
    person = enrol(yard)
    with desk_of(yard, OPERATOR) as desk:
        for span in ((NOW_MS - 1, None), (NOW_MS + 2, NOW_MS + 1)):
            with pytest.raises(Refusal, match="VALIDITY"):
                specialists.add_sites(desk, person, YARD, ["B1"], span)
        specialists.add_sites(desk, person, YARD, ["B1"], (NOW_MS + HOUR, NOW_MS + 2 * HOUR))
        specialists.add_sites(desk, person, YARD, ["B1"], (NOW_MS + HOUR, NOW_MS + 2 * HOUR))  # said twice
        with pytest.raises(Refusal, match="VALIDITY"):
            specialists.add_sites(desk, person, YARD, ["B1"])
        specialists.add_sites(desk, person, YARD, ["B1"], (NOW_MS + 2 * HOUR, None))
    times = [NOW_MS, NOW_MS + HOUR, NOW_MS + 2 * HOUR]
    assert [may(yard, person, "B1", "E", at_ms) for at_ms in times] == [False, True, True]


@pytest.mark.req("R-023")
def test_permission_for_e_is_permission_for_pa_from_and_to_the_same_instant(yard) -> None:
    person = enrol(yard, valid_from_ms=NOW_MS + HOUR)
    ends = NOW_MS + 2 * HOUR
    with desk_of(yard, OPERATOR, ends) as desk:
        specialists.end_sites(desk, person, YARD, ["A1"])
    instants = [NOW_MS, NOW_MS + HOUR - 1, NOW_MS + HOUR, ends - 1, ends]
    for kind in ("E", "PA"):
        assert [may(yard, person, "A1", kind, at_ms) for at_ms in instants] == [False, False, True, True, False]


@pytest.mark.req("R-005")
def test_who_leaves_the_operator_may_act_nowhere_of_it(yard) -> None:
    person = enrol(yard, sites=["A1", "B1"])
    with desk_of(yard, OPERATOR, NOW_MS + 1) as desk:
        specialists.end_enrolment(desk, person, YARD)
    with transaction(yard) as connection:
        assert authorisations.sites_of(connection, person, NOW_MS + 1) == []
        assert authorisations.sites_of(connection, person, NOW_MS) == ["A1", "B1"]
    for again in (
        lambda desk: specialists.end_enrolment(desk, person, YARD),
        lambda desk: specialists.add_sites(desk, person, YARD, ["A1"]),
        lambda desk: specialists.end_sites(desk, person, YARD, ["A1"]),
    ):
        with desk_of(yard, OPERATOR, NOW_MS + 2) as desk, pytest.raises(Refusal, match="ENROLMENT-ENDED"):
            again(desk)
    with desk_of(yard, OPERATOR) as desk, pytest.raises(Refusal, match="NOT-FOUND"):
        specialists.add_sites(desk, "P-none", YARD, ["A1"])
    assert enrol(yard, NOW_MS + 3) == person
    assert may(yard, person, "A1", "PA", NOW_MS + 3)


@pytest.mark.req("R-014")
def test_people_are_shown_masked_and_in_full_only_with_a_purpose_on_the_log(yard) -> None:
    person = enrol(yard)
    officer = officer_at("A1")
    with desk_of(yard, officer) as desk:
        seen = reading.find(desk, person)
        assert (seen.name, seen.number, seen.phone) == ("王○明", "A12****789", "091****678")
        assert reading.search(desk, ID) == seen
        full = reading.reveal(desk, person, reading.Purpose.CASE, "S4/17")
        assert (full.name, full.number, full.phone) == ("王小明", ID, "0912345678")
        with pytest.raises(Refusal, match="INVALID"):
            reading.reveal(desk, person, reading.Purpose.CASE, "王小明")
    with transaction(yard) as connection:
        rows = connection.execute(select(schema.audit).where(schema.audit.c.outcome == "LOOKED")).all()
    assert [(row.act, row.subject) for row in rows] == [
        ("PERSON_READ", f"person:{person}"),
        ("PERSON_READ", f"person:{person}"),
        ("PERSON_REVEAL", f"person:{person}"),
    ]
    assert rows[-1].detail == {"purpose": "CASE", "reference": "S4/17"}
    with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(yard, OPERATOR) as desk:
        reading.reveal(desk, person, reading.Purpose.CASE, "S4/17")


@pytest.mark.req("R-014", "R-006")
def test_whoever_has_no_business_with_a_person_is_not_told_there_is_one(yard) -> None:
    person = enrol(yard)
    for who in (officer_at("C1"), actor(Role.OPERATOR, "C1")):
        with desk_of(yard, who) as desk:
            with pytest.raises(Refusal, match="NOT-FOUND"):
                reading.find(desk, person)
            with pytest.raises(Refusal, match="NOT-FOUND"):
                reading.search(desk, ID)
            assert reading.page(desk, "", 10) == ([], None)
    with desk_of(yard, CENTRE) as desk:
        assert [one.id for one in reading.page(desk, "", 10)[0]] == [person]
    for role in (Role.DRIVER, Role.TRADER, Role.IT, Role.ADMIN, Role.SYSTEM):
        with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(yard, actor(role, "A1")) as desk:
            reading.find(desk, person)


@pytest.mark.req("R-005", "R-049")
def test_a_specialists_badge_follows_the_enrolment_and_never_seals_with_paper(yard) -> None:
    person = enrol(yard)
    badge = {"staff": "S1", "badge_uid": "04AABBCC", "role": "SPECIALIST", "person": person}
    with desk_of(yard, SYSTEM) as desk:
        with pytest.raises(Refusal, match="PA-OFFICER"):
            people.put_staff(desk, people.StaffEntry(**badge, may=["SEAL_OUT_P"]))
        with pytest.raises(Refusal, match="BADGE-SITES"):
            people.put_staff(desk, people.StaffEntry(**badge, may=["ARRIVE"], sites=["B1"]))
        assert people.put_staff(desk, people.StaffEntry(**badge, may=["ARRIVE"]))
        assert not people.put_staff(desk, people.StaffEntry(**badge, may=["ARRIVE"]))
        other = {**badge, "staff": "S2", "badge_uid": "04AABBCD"}
        with pytest.raises(Refusal, match="BADGE-PERSON"):
            people.put_staff(desk, people.StaffEntry(**other, may=["ARRIVE"]))
        with pytest.raises(Refusal, match="PERSON-UNKNOWN"):
            people.put_staff(desk, people.StaffEntry(**other | {"person": "P-none"}, may=["ARRIVE"]))
        assert [row.staff for row in authorisations.badges_at(desk.connection, "A1", NOW_MS)] == ["S1"]
        assert authorisations.badges_at(desk.connection, "B1", NOW_MS) == []
    with desk_of(yard, OPERATOR, NOW_MS + 1) as desk:
        specialists.add_sites(desk, person, YARD, ["B1"])
        assert [row.staff for row in authorisations.badges_at(desk.connection, "B1", NOW_MS + 1)] == ["S1"]


@pytest.mark.req("R-014")
def test_two_people_with_resident_and_national_numbers_are_two(yard) -> None:
    assert enrol(yard) != enrol(yard, number=RESIDENT, name="Jane Doe")
    assert count_persons(yard) == 2


def test_a_capacity_is_of_its_own(yard) -> None:
    person = enrol(yard)
    with desk_of(yard, OPERATOR, NOW_MS + 1) as desk:
        assert authorising.authorise(desk, person, Capacity.CLERK, ["A1"], (NOW_MS + 1, None)) == ["A1"]
        assert authorising.end(desk, person, Capacity.SPECIALIST, ["A1"]) == ["A1"]
    assert not may(yard, person, "A1", "E", NOW_MS + 1)  # a clerk acts at no gate
