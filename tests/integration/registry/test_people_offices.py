"""Offices and their levels of approval, officers and duties, companies, drivers, clerks, and the directory."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cloud.domain.approval import Duty, Level
from cloud.domain.authority import Act, Role, denial
from cloud.domain.companies import OPERATOR_KINDS, TRADER_KINDS, Kind
from cloud.registry import documents
from cloud.registry.people import companies, contacts, drivers, officers, offices, reading
from cloud.registry.people.contacts import Body
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading as transaction
from cloud.store.registry import authorisations, operators
from cloud.store.registry import contacts as contact_rows
from cloud.store.registry import persons as rows
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.people import CENTRE, ID, OTHER_UBN, TRUCKS, UBN, YARD, enrol, enter_companies, enter_office, officer_at

DAY = 86_400_000
EVERYONE = {"office": "KEELUNG", "unit": "WUDU", "duties": [Duty.DEPARTURE]}


@pytest.fixture
def keelung(engine):
    enter_companies(engine)
    enter_office(engine)
    return engine


def officer(engine, name: str, now_ms: int = NOW_MS, **changed) -> str:
    with desk_of(engine, SYSTEM, now_ms) as desk:
        return officers.put_officer(desk, officers.OfficerEntry(name=name, **EVERYONE | changed)).id


# ---------------------------------------------------------------- offices and levels


@pytest.mark.req("R-011")
def test_three_levels_in_order_in_every_office(keelung) -> None:
    assert [level.name for level in sorted(Level)] == ["SUBSECTION_CHIEF", "SECTION_CHIEF", "FIRST_LEVEL_HEAD"]
    head = officer(keelung, "關長", level=Level.FIRST_LEVEL_HEAD)
    section = officer(keelung, "課長", unit="WUDU-1", level=Level.SECTION_CHIEF)
    chief = officer(keelung, "股長", unit="WUDU-1-1", level=Level.SUBSECTION_CHIEF)
    officer(keelung, "關員", unit="WUDU-1-1")
    with transaction(keelung) as connection:
        asked = [officers.approvers(connection, "KEELUNG", "WUDU-1-1", level, NOW_MS) for level in Level]
        assert asked == [[chief, section, head], [section, head], [head]]
        # the chief of another line is none of ours, nor does a subsection's chief speak for the section
        assert officers.approvers(connection, "KEELUNG", "WUDU-1", Level.SUBSECTION_CHIEF, NOW_MS) == [section, head]
        with pytest.raises(Refusal, match="UNIT-UNKNOWN"):
            officers.approvers(connection, "KEELUNG", "NONE", Level.SECTION_CHIEF, NOW_MS)


@pytest.mark.req("R-011")
def test_an_approval_of_last_year_was_given_by_last_years_chief(keelung) -> None:
    old = officer(keelung, "前任", unit="WUDU-1", level=Level.SECTION_CHIEF)
    officer(keelung, None, NOW_MS + DAY, unit="WUDU-1", person=old)
    new = officer(keelung, "現任", NOW_MS + DAY, unit="WUDU-1", level=Level.SECTION_CHIEF)
    with transaction(keelung) as connection:
        for at_ms, who in ((NOW_MS + DAY - 1, old), (NOW_MS + DAY, new)):
            assert officers.approvers(connection, "KEELUNG", "WUDU-1", Level.SECTION_CHIEF, at_ms) == [who]


@pytest.mark.req("R-011")
@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("NEW", Level.FIRST_LEVEL_HEAD, "WUDU"),
        ("NEW", Level.SECTION_CHIEF, None),
        ("NEW", Level.SECTION_CHIEF, "WUDU-1"),
        ("NEW", Level.SECTION_CHIEF, "WUDU-1-1"),
        ("NEW", Level.SUBSECTION_CHIEF, "NONE"),
        ("WUDU-1", Level.SUBSECTION_CHIEF, "WUDU"),
    ],
)
def test_a_unit_stands_under_one_of_a_higher_level(keelung, code, level, parent) -> None:
    names = {"office": "KEELUNG", "name_zh": "股", "name_en": "unit"}
    with desk_of(keelung, SYSTEM) as desk, pytest.raises(Refusal, match="UNIT-LEVEL"):
        offices.put_unit(desk, offices.UnitEntry(code=code, level=level, parent=parent, **names))


@pytest.mark.req("R-011")
def test_only_the_head_of_a_unit_has_its_level(keelung) -> None:
    with pytest.raises(Refusal, match="UNIT-LEVEL"):
        officer(keelung, "關員", unit="WUDU-1", level=Level.FIRST_LEVEL_HEAD)
    with pytest.raises(Refusal, match="UNIT-UNKNOWN"):
        officer(keelung, "關員", unit="NONE")
    with pytest.raises(Refusal, match="OFFICE-UNKNOWN"):
        officer(keelung, "關員", office="NONE")


@pytest.mark.req("R-008", "R-009")
def test_the_joint_centre_closes_pa_cases_of_its_area_and_the_centre_all(keelung) -> None:
    enter_office(keelung, "TAICHUNG", monitoring=Role.JOINT_CENTRE)
    with desk_of(keelung, SYSTEM) as desk:
        assert offices.put_site(desk, "KEELUNG", "A1")
        assert not offices.put_site(desk, "KEELUNG", "A1")
        offices.put_site(desk, "TAICHUNG", "B1")
        with pytest.raises(Refusal, match="VALIDITY"):
            offices.put_site(desk, "TAICHUNG", "A1", NOW_MS - 1)
    with desk_of(keelung, CENTRE, NOW_MS + DAY) as desk:
        offices.put_site(desk, "TAICHUNG", "A1")
    both, centre = {Role.CENTRE, Role.JOINT_CENTRE}, {Role.CENTRE}
    with transaction(keelung) as connection:
        for kind, site, at_ms, who in (
            ("PA", "A1", NOW_MS, centre),
            ("PA", "A1", NOW_MS + DAY, both),
            ("PA", "B1", NOW_MS, both),
            ("E", "B1", NOW_MS, centre),
            ("PA", "C1", NOW_MS, centre),  # of no office's area
        ):
            assert offices.closers(connection, kind, site, at_ms) == who


@pytest.mark.req("R-008", "R-021")
def test_the_centre_sees_every_site_and_an_officer_the_own(keelung) -> None:
    assert denial(CENTRE, Act.CASE_ACKNOWLEDGE, ["A1"]) is None
    assert denial(CENTRE, Act.TAG_DECIDE, ["A1"]) is None
    assert denial(officer_at("A1"), Act.CASE_ACKNOWLEDGE, ["A1"]) is None
    assert denial(officer_at("A1"), Act.CASE_ACKNOWLEDGE, ["B1"]) is not None
    assert denial(officer_at("A1"), Act.TAG_DECIDE, ["A1"]) is not None


# ---------------------------------------------------------------- officers


@pytest.mark.req("R-006")
def test_a_case_goes_to_the_officer_whose_duty_it_is_at_the_site(keelung) -> None:
    departure = officer(keelung, "出站", sites=["A1", "B1"], duties=[Duty.DEPARTURE])
    arrival = officer(keelung, "進站", sites=["A1"], duties=[Duty.ARRIVAL])
    supervising = officer(keelung, "監管", sites=["A1"], duties=[Duty.SUPERVISION])
    with transaction(keelung) as connection:
        found = {
            code: officers.looking_after(connection, code, "A1", NOW_MS)
            for code in ("S2", "S3", "S4", "S7", "S8", "X-MAC")
        }
        assert officers.looking_after(connection, "S3", "B1", NOW_MS) == []
    arriving = {code: [arrival] for code in ("S3", "S4", "S7", "S8")}
    assert found == {"S2": [departure], **arriving, "X-MAC": [supervising]}


@pytest.mark.req("R-006", "R-017")
def test_an_officers_places_and_post_are_dated(keelung) -> None:
    person = officer(keelung, "王關員", sites=["A1"])
    assert officer(keelung, "王關員", sites=["A1"], person=person) == person
    officer(keelung, None, NOW_MS + DAY, sites=["B1"], unit="WUDU-1", person=person)
    with desk_of(keelung, SYSTEM, NOW_MS + 2 * DAY) as desk:
        officers.end_officer(desk, person)
        with pytest.raises(Refusal, match="NOT-FOUND"):
            officers.end_officer(desk, person)
    with transaction(keelung) as connection:
        when = [NOW_MS, NOW_MS + DAY, NOW_MS + 2 * DAY]
        assert [authorisations.sites_of(connection, person, at_ms) for at_ms in when] == [["A1"], ["B1"], []]
        assert [row.unit for row in rows.posts(connection, person)] == ["WUDU", "WUDU-1"]
        assert rows.post_of(connection, person, NOW_MS + 2 * DAY) is None
        noted = select(schema.audit.c.subject).where(schema.audit.c.act == Act.OFFICER_WRITE)
        assert connection.scalars(noted).all() == [f"person:{person}"] * 3  # the one that changed nothing left none


@pytest.mark.req("R-006")
@pytest.mark.parametrize("role", [Role.OFFICER, Role.OPERATOR, Role.ADMIN, Role.DRIVER, Role.IT])
def test_officers_and_offices_are_entered_by_the_centre_only(keelung, role) -> None:
    with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(keelung, actor(role, "A1")) as desk:
        officers.put_officer(desk, officers.OfficerEntry(name="王", **EVERYONE))
    with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(keelung, actor(role, "A1")) as desk:
        offices.put_office(desk, offices.OfficeEntry(code="X", name_zh="關", name_en="office"))


@pytest.mark.req("R-014")
def test_a_number_is_of_one_person_only(keelung) -> None:
    specialist = enrol(keelung)
    other = officer(keelung, "李四")
    with pytest.raises(Refusal, match="ID-TAKEN"):
        officer(keelung, "李四", person=other, number=ID)
    with pytest.raises(Refusal, match="ID-TAKEN"):
        officer(keelung, "王小明", person=specialist, number="A800000014")
    with pytest.raises(Refusal, match="PERSON-UNKNOWN"):
        officer(keelung, "王小明", person="P-none")


# ---------------------------------------------------------------- companies


@pytest.mark.req("R-003")
@pytest.mark.parametrize("kind", OPERATOR_KINDS)
def test_each_of_the_eight_types_is_registered(keelung, kind) -> None:
    entry = companies.CompanyEntry(
        id="NEW", kind=kind, ubn="10458575", name_zh="公司", name_en="co", valid_from_ms=0, sites=["A1"]
    )
    with desk_of(keelung, SYSTEM) as desk:
        assert companies.put_company(desk, entry)
        assert not companies.put_company(desk, entry)
        assert operators.sites_of(desk.connection, "NEW", NOW_MS) == ["A1"]


@pytest.mark.req("R-003")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ubn": "04595256"}, "UBN"),
        ({"ubn": UBN}, "UBN-TAKEN"),
        ({"id": YARD, "kind": Kind.WAREHOUSE}, "COMPANY-KIND"),
        ({"sites": ["NOWHERE"]}, "SITE-UNKNOWN"),
        ({"id": "a b"}, "INVALID"),
        ({"kind": Kind.BROKER}, "INVALID"),
        ({"valid_to_ms": 0}, "VALIDITY"),
    ],
)
def test_a_company_that_does_not_fit_is_refused(keelung, changed, code) -> None:
    fields = {"id": "NEW", "kind": Kind.CONTAINER_YARD, "ubn": "10458575", "name_zh": "公司", "name_en": "co"}
    entry = companies.CompanyEntry(**{**fields, "valid_from_ms": 0, "sites": ["A1"]} | changed)
    with desk_of(keelung, SYSTEM) as desk, pytest.raises(Refusal) as refused:
        companies.put_company(desk, entry)
    assert refused.value.code == code


@pytest.mark.req("R-003")
def test_where_an_operator_operates_is_dated(keelung) -> None:
    names = {"id": YARD, "kind": Kind.CONTAINER_YARD, "ubn": UBN, "name_zh": "公司", "name_en": "company"}
    with desk_of(keelung, CENTRE, NOW_MS + DAY) as desk:
        companies.put_company(desk, companies.CompanyEntry(**names, valid_from_ms=0, sites=["B1", "C1"]))
    with transaction(keelung) as connection:
        assert operators.sites_of(connection, YARD, NOW_MS) == ["A1", "B1"]
        assert operators.sites_of(connection, YARD, NOW_MS + DAY) == ["B1", "C1"]


@pytest.mark.req("R-004")
@pytest.mark.parametrize("kind", TRADER_KINDS)
def test_traders_may_ask_for_sealing_and_drivers_may_not(keelung, kind) -> None:
    fields = {"id": f"T-{kind}", "kind": kind, "ubn": OTHER_UBN, "name_zh": "公司", "name_en": "co"}
    with desk_of(keelung, SYSTEM) as desk:
        assert companies.put_company(desk, companies.CompanyEntry(**fields, valid_from_ms=0))
    assert denial(actor(Role.TRADER), Act.SEALING_APPLY) is None
    assert denial(actor(Role.DRIVER), Act.SEALING_APPLY) is not None


# ---------------------------------------------------------------- drivers and clerks


def driver(**changed) -> drivers.DriverEntry:
    fields = {"company": TRUCKS, "plate": "kla 0001", "number": ID, "name": "陳司機", "licence": "A123456789"}
    return drivers.DriverEntry(**fields | changed)


@pytest.mark.req("R-007")
def test_a_driver_has_vehicle_company_and_papers(keelung) -> None:
    operator = actor(Role.OPERATOR, "A1")
    with desk_of(keelung, operator) as desk:
        copy = documents.put(desk, b"\x89PNG\r\n\x1a\n-", "image/png", "ID_COPY")
        statement = documents.put(desk, b"%PDF-1.7 -", "application/pdf", "STATEMENT")
        known = drivers.put_driver(desk, driver(id_copy=copy, statement=statement, trailer="HBA 01"))
        assert known.new
        assert not drivers.put_driver(desk, driver(plate="KLA-0002")).new
        row = rows.driver_of(desk.connection, known.id)
        assert (row.company, row.plate, row.trailer, row.id_copy, row.statement) == (
            TRUCKS, "KLA-0002", "", copy, statement,
        )  # fmt: skip
        assert (reading.find(desk, known.id).name, reading.find(desk, known.id).licence) == ("陳○機", "A12****789")
    with desk_of(keelung, officer_at("C1")) as desk:  # a driver is of no site
        assert reading.reveal(desk, known.id, reading.Purpose.HOLD, "H-1").name == "陳司機"


@pytest.mark.req("R-007")
def test_a_foreign_driver_shows_a_passport(keelung) -> None:
    with desk_of(keelung, actor(Role.TRADER)) as desk:
        known = drivers.put_driver(desk, driver(number="x 1234567", passport=True, name="John Doe"))
        with pytest.raises(Refusal, match="ID-TAKEN"):  # the licence is the other's
            drivers.put_driver(desk, driver())
    with transaction(keelung) as connection:
        assert rows.find(connection, known.id).document == "PASSPORT"


@pytest.mark.req("R-007")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"company": YARD}, "COMPANY-UNKNOWN"),
        ({"number": None}, "ID-NUMBER"),
        ({"number": "A123456788"}, "ID-NUMBER"),
        ({"name": None}, "NAME-NEEDED"),
        ({"plate": " "}, "INVALID"),
        ({"licence": "Ä"}, "INVALID"),
        ({"id_copy": "0" * 43}, "DOCUMENT-UNKNOWN"),
        ({"person": "P-none"}, "PERSON-UNKNOWN"),
    ],
)
def test_a_driver_that_does_not_fit_is_refused(keelung, changed, code) -> None:
    with desk_of(keelung, SYSTEM) as desk, pytest.raises(Refusal) as refused:
        drivers.put_driver(desk, driver(**changed))
    assert refused.value.code == code
    assert ID not in str(refused.value)


@pytest.mark.req("R-007")
def test_nobody_who_enters_drivers_may_rename_an_officer(keelung) -> None:
    person = officer(keelung, "王關員")
    with desk_of(keelung, actor(Role.TRADER)) as desk, pytest.raises(Refusal, match="PERSON-UNKNOWN"):
        drivers.put_driver(desk, driver(person=person, number=None, name="別人"))


@pytest.mark.req("R-007")
def test_a_clerk_is_told_and_acts_at_no_gate(keelung) -> None:
    operator = actor(Role.OPERATOR, "A1")
    with desk_of(keelung, operator) as desk:
        known = drivers.put_clerk(desk, drivers.ClerkEntry(name="林收櫃", phone="0987-654-321", sites=["A1"]))
        assert drivers.clerks_to_tell(desk, "A1") == [(known.id, "0987654321")]
        assert drivers.clerks_to_tell(desk, "B1") == []
        with pytest.raises(Refusal, match="ENROLMENT"):
            drivers.put_clerk(desk, drivers.ClerkEntry(name="林", phone="0987654321", sites=[]))
        entry = drivers.ClerkEntry(name="林", phone="0987654321", sites=["A1"], person="P-none")
        with pytest.raises(Refusal, match="PERSON-UNKNOWN"):
            drivers.put_clerk(desk, entry)
    with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(keelung, operator) as desk:
        drivers.put_clerk(desk, drivers.ClerkEntry(name="林", phone="0987654321", sites=["A1", "B1"]))


# ---------------------------------------------------------------- the directory


def contact(**changed) -> contacts.ContactEntry:
    fields = {"code": "KEELUNG-CENTRE", "body": Body.CENTRE, "name_zh": "監控中心", "name_en": "Centre"}
    return contacts.ContactEntry(**fields | {"office": "KEELUNG", "phones": ["(02)24202951分機1263"]} | changed)


@pytest.mark.req("R-010", "R-110")
def test_the_directory_is_dated_and_read_as_of_a_day(keelung) -> None:
    with desk_of(keelung, CENTRE) as desk:
        assert contacts.put_contact(desk, contact())
        assert not contacts.put_contact(desk, contact())
        assert not contacts.put_contact(desk, contact(phones=["(02)26195636"], valid_from_ms=NOW_MS + DAY))
        with pytest.raises(Refusal, match="VALIDITY"):
            contacts.put_contact(desk, contact(phones=["(02)11111111"], valid_from_ms=NOW_MS))
    with transaction(keelung) as connection:
        shown = [contact_rows.find(connection, "KEELUNG-CENTRE", at) for at in (NOW_MS + DAY - 1, NOW_MS + DAY)]
        assert [row.phones for row in shown] == [["(02)24202951分機1263"], ["(02)26195636"]]
    with desk_of(keelung, CENTRE, NOW_MS + 2 * DAY) as desk:
        contacts.end_contact(desk, "KEELUNG-CENTRE")
        with pytest.raises(Refusal, match="NOT-FOUND"):
            contacts.end_contact(desk, "KEELUNG-CENTRE")


@pytest.mark.req("R-010", "R-110")
def test_the_directory_is_filtered_by_office_body_and_procedure(keelung) -> None:
    enter_office(keelung, "TAIPEI")
    with desk_of(keelung, CENTRE) as desk:
        contacts.put_contact(desk, contact(code="CENTRE-E", procedure="E"))
        contacts.put_contact(desk, contact(code="CENTRE-PA", procedure="PA", name_zh="監控辦公室"))
        contacts.put_contact(desk, contact(code="TAIPEI-IT", body=Body.IT, office="TAIPEI"))
        contacts.put_contact(desk, contact(code="VAN", body=Body.CONTRACTOR, office=None))

        def codes(**asked) -> list[str]:
            return [row.code for row in contact_rows.listed(desk.connection, NOW_MS, **asked)]

        assert codes(office="KEELUNG") == ["CENTRE-E", "CENTRE-PA", "VAN"]
        assert codes(office="TAIPEI", bodies=contacts.FAULT_BODIES) == ["TAIPEI-IT", "VAN"]
        assert codes(procedure="PA") == ["CENTRE-PA", "TAIPEI-IT", "VAN"]
        contacts.require_fault_addressee(desk.connection, "TAIPEI-IT", NOW_MS)
        contacts.require_fault_addressee(desk.connection, "VAN", NOW_MS)
        for code in ("CENTRE-E", "NONE"):
            with pytest.raises(Refusal, match="CONTACT-BODY"):
                contacts.require_fault_addressee(desk.connection, code, NOW_MS)


@pytest.mark.req("R-010")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"phones": ["call me"]}, "INVALID"),
        ({"mails": ["nobody"]}, "INVALID"),
        ({"phones": ["(02)24202951"] * 9}, "INVALID"),
        ({"code": "a b"}, "INVALID"),
        ({"name_zh": ""}, "INVALID"),
        ({"office": "NONE"}, "OFFICE-UNKNOWN"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(keelung, changed, code) -> None:
    with desk_of(keelung, CENTRE) as desk, pytest.raises(Refusal) as refused:
        contacts.put_contact(desk, contact(**changed))
    assert refused.value.code == code
