"""Stock, loans, starters and leavers, told as a person would count them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fleet.database import Database
from fleet.database.models import Device, Reservation
from fleet.domain.letters import chase_letter, due_text, left_text, loans_letter, overdue_letter
from fleet.queries.joiners_leavers import leavers_holding, letters, starters
from fleet.queries.stock import digest, free_days, free_devices, loans, partly_free, stock
from tests.factory import (
    TODAY,
    a_device,
    a_line,
    a_model,
    a_person,
    a_sim,
    a_site,
    a_tenant,
    an_assignment,
    an_enrolment,
    an_organisation,
    change,
    write,
)


@pytest.fixture
def owner(database: Database) -> int:
    return an_organisation(database)


def test_stock_is_counted_by_site_and_model(database: Database, owner: int) -> None:
    site, model = a_site(database, owner), a_model(database)
    for status in ("in_stock", "in_stock", "prepared", "issued", "retired"):
        a_device(database, owner, status=status, site_id=site, model_id=model)
    with database.read() as session:
        (row,) = stock(session)
    assert (row.site, row.model, row.in_stock, row.prepared, row.reserved) == (
        "Town Hall",
        "iPad (10th generation)",
        2,
        1,
        0,
    )


def test_what_is_reserved_is_not_free_on_those_days(database: Database, owner: int) -> None:
    person = a_person(database, owner)
    free, kept = a_device(database, owner, status="in_stock"), a_device(database, owner, status="prepared")
    first, last = date(2026, 12, 1), date(2026, 12, 5)
    write(
        database,
        Reservation(
            organisation_id=owner, device_id=kept, person_id=person, from_on=first, until_on=last, made_by="asha"
        ),
    )
    with database.read() as session:

        def found(start: date, end: date) -> set[int]:
            return {one.device_id for one in free_devices(session, first=start, last=end)}

        assert found(first, first) == {free}
        assert found(date(2026, 11, 28), first) == {free}
        assert found(last, date(2026, 12, 9)) == {free}
        assert found(date(2026, 12, 6), date(2026, 12, 9)) == {free, kept}


def test_loans_come_by_due_day_and_one_letter_goes_to_each_holder(database: Database, owner: int) -> None:
    anna, bryn = a_person(database, owner, "Anna"), a_person(database, owner, "Bryn")
    due = {}
    for person, days in ((anna, -3), (bryn, 0), (anna, 5)):
        device = a_device(database, owner, status="issued")
        due[device] = TODAY + timedelta(days=days)
        an_assignment(
            database, owner, device, person_id=person, kind="loan", due_on=due[device], issued_on=date(2026, 10, 1)
        )
    an_assignment(database, owner, a_device(database, owner, status="issued"), person_id=anna)
    with database.read() as session:
        rows = loans(session, today=TODAY)
        assert [row.due_on for row in rows] == sorted(due.values())
        assert [row.days_over for row in rows] == [3, 0, -5]
        assert len(loans(session, today=TODAY, overdue_only=True)) == 1, "due today is not overdue"
        assert len(loans(session, today=TODAY, within=0)) == 2
    assert [(one.name, len(one.items)) for one in digest(rows)] == [("Anna", 2), ("Bryn", 1)]


def test_one_digest_goes_to_each_manager_and_namesakes_are_two(database: Database, owner: int) -> None:
    mair, other = (a_person(database, owner, "Mair Bowen", upn=upn) for upn in ("mair1@x.example", "mair2@x.example"))
    for number, manager in enumerate((mair, None, other, mair)):
        person = a_person(database, owner, f"Holder {number}", manager_id=manager)
        device = a_device(database, owner, status="issued", asset_tag=f"NB-{number}")
        an_assignment(database, owner, device, person_id=person, kind="loan", due_on=TODAY + timedelta(days=number))
    with database.read() as session:
        rows = loans(session, today=TODAY)
    assert [(one.name, one.upn, [row.device for row in one.items]) for one in digest(rows, "manager")] == [
        ("Mair Bowen", "mair1@x.example", ["NB-0", "NB-3"]), ("Mair Bowen", "mair2@x.example", ["NB-2"]),
        ("", None, ["NB-1"]),
    ]  # fmt: skip


def test_equipment_on_loan_to_a_site_is_that_sites_digest(database: Database, owner: int) -> None:
    device = a_device(database, owner, status="issued")
    an_assignment(database, owner, device, site_id=a_site(database, owner), kind="loan", due_on=TODAY)
    with database.read() as session:
        [one] = digest(loans(session, today=TODAY))
    assert (one.name, one.upn) == ("Town Hall", None)


def test_days_that_are_free_are_what_others_leave() -> None:
    def day(number: int) -> date:
        return date(2026, 12, number)

    def free(*taken: tuple[date, date]) -> list[tuple[int, int]]:
        return [(start.day, end.day) for start, end in free_days(day(5), day(10), taken)]

    assert free() == [(5, 10)]
    assert free((day(7), day(8))) == [(5, 6), (9, 10)]
    assert free((day(9), date.max), (date.min, day(6))) == [(7, 8)]
    assert free((day(1), day(4)), (day(11), day(12))) == [(5, 10)]
    assert free((day(5), day(10))) == [] == free((date.min, date.max))
    assert free((day(5), day(7)), (day(6), day(6)), (day(10), day(10))) == [(8, 9)]


def test_a_loan_is_free_after_it_is_due_and_an_overdue_one_is_not(database: Database, owner: int) -> None:
    person = a_person(database, owner)
    first, last = TODAY + timedelta(days=5), TODAY + timedelta(days=9)
    for tag, due in (("SOON", 6), ("LATE", -1), ("LONG", 9)):
        device = a_device(database, owner, status="issued", asset_tag=tag)
        an_assignment(
            database, owner, device, person_id=person, kind="loan", issued_on=date(2026, 10, 1),
            due_on=TODAY + timedelta(days=due),
        )  # fmt: skip
    kept = a_device(database, owner, status="in_stock", asset_tag="KEPT")
    write(
        database,
        Reservation(
            organisation_id=owner, device_id=kept, person_id=person, from_on=first, until_on=first, made_by="a"
        ),
    )
    a_device(database, owner, status="prepared", asset_tag="WHOLE")
    an_assignment(database, owner, a_device(database, owner, status="issued", asset_tag="OURS"), person_id=person)
    with database.read() as session:
        rows = partly_free(session, first=first, last=last, today=TODAY)
        assert partly_free(session, first=first, last=last, today=TODAY, kind="iphone") == []
    assert {row.device: [((start - TODAY).days, (end - TODAY).days) for start, end in row.days] for row in rows} == {
        "SOON": [(7, 9)], "KEPT": [(6, 9)], "WHOLE": [(5, 9)],
    }  # fmt: skip


def test_leavers_are_told_with_days_value_and_what_their_line_costs(database: Database, owner: int) -> None:
    manager = a_person(database, owner, "Mair Bowen")
    gone = a_person(database, owner, "Gwen Pugh", state="left", left_on=TODAY - timedelta(days=19), manager_id=manager)
    device = a_device(database, owner, status="issued", price_pence=40_000)
    an_assignment(database, owner, device, person_id=gone)
    line = a_line(database, owner)
    from fleet.database.models import Line

    change(database, Line, line, monthly_pence=745)
    a_sim(database, owner, device_id=device, line_id=line)
    stays = a_person(database, owner, "Still Here")
    an_assignment(database, owner, a_device(database, owner, status="issued"), person_id=stays)
    with database.read() as session:
        (row,) = leavers_holding(session, today=TODAY)
    assert (row.name, row.days, row.price_pence, row.monthly_pence, row.manager) == (
        "Gwen Pugh",
        19,
        40_000,
        745,
        "Mair Bowen",
    )
    assert row.line_cost_pence == 465, "19 days of £7.45 a month"
    [digested] = letters([row])
    assert (digested.name, digested.items) == ("Mair Bowen", [row])


def test_a_starters_device_goes_through_its_stages(database: Database, owner: int) -> None:
    tenant = a_tenant(database, owner)

    def starter(name: str) -> int:
        return a_person(database, owner, name, state="starter", start_on=TODAY + timedelta(days=3))

    starter("A nothing")
    for name, status in (("B reserved", "in_stock"), ("C prepared", "prepared")):
        person = starter(name)
        device = a_device(database, owner, status=status)
        write(
            database,
            Reservation(organisation_id=owner, device_id=device, person_id=person, from_on=TODAY, made_by="asha"),
        )
    for name, days, enrolled in (("D issued", 2, False), ("E not enrolled", 3, False), ("F enrolled", 3, True)):
        device = a_device(database, owner, status="issued", kind="ipad")
        an_assignment(database, owner, device, person_id=starter(name), issued_on=TODAY - timedelta(days=days))
        if enrolled:
            change(database, Device, device, enrolment_id=an_enrolment(database, owner, tenant, device))
    with database.read() as session:
        rows = starters(session, today=TODAY)
    assert {row.name[2:]: row.stage for row in rows} == {
        name: name for name in ("nothing", "reserved", "prepared", "issued", "not enrolled", "enrolled")
    }


def test_a_starter_with_two_devices_has_two_rows(database: Database, owner: int) -> None:
    person = a_person(database, owner, "Anna", state="starter")
    issued = a_device(database, owner, status="issued", asset_tag="PHONE", kind="thin_client")
    an_assignment(database, owner, issued, person_id=person)
    for tag in ("ONE", "TWO"):
        kept = a_device(database, owner, status="in_stock", asset_tag=tag)
        write(
            database,
            Reservation(organisation_id=owner, device_id=kept, person_id=person, from_on=TODAY, made_by="asha"),
        )
    with database.read() as session:
        rows = starters(session, today=TODAY)
    assert [(row.device, row.stage) for row in rows] == [("PHONE", "issued"), ("ONE", "reserved"), ("TWO", "reserved")]


def test_the_enrolment_of_who_had_it_before_is_not_the_starters(database: Database, owner: int) -> None:
    tenant = a_tenant(database, owner)
    person = a_person(database, owner, "Anna", upn="Anna@x.example", state="starter")
    issued_on = TODAY - timedelta(days=3)
    for tag, upn, days in (("OLD", "bryn@x.example", -9), ("OWN", "anna@X.example", -9), ("HELPED", "it@x.example", 1)):
        device = a_device(database, owner, status="issued", asset_tag=tag)
        an_assignment(database, owner, device, person_id=person, issued_on=issued_on)
        enrolled_at = datetime(issued_on.year, issued_on.month, issued_on.day, 12, tzinfo=UTC) + timedelta(days=days)
        enrolment = an_enrolment(database, owner, tenant, device, upn=upn, enrolled_at=enrolled_at)
        change(database, Device, device, enrolment_id=enrolment)
    with database.read() as session:
        rows = starters(session, today=TODAY)
    assert {row.device: row.stage for row in rows} == {"OLD": "not enrolled", "OWN": "enrolled", "HELPED": "enrolled"}


def test_what_is_due_and_who_left_is_told_in_words() -> None:
    assert due_text(date(2026, 11, 3), 19) == "due 3 Nov 2026, 19 days overdue"
    assert due_text(date(2026, 11, 21), 1) == "due 21 Nov 2026, 1 day overdue"
    assert due_text(date(2026, 11, 22), 0) == "due 22 Nov 2026"
    assert left_text("Gwen", date(2026, 11, 3), 19, 745) == (
        "with Gwen, who left on 3 Nov 2026 (19 days ago); its line costs £7.45 a month"
    )
    assert left_text("Gwen", None, None, 0) == "with Gwen, who left"
    assert "People in your team have 2 devices on loan" in loans_letter("Mair", [("a", "b"), ("c", "d")], today=TODAY)


def test_letters_say_what_how_many_and_since_when() -> None:
    letter = chase_letter(
        "Mair", "Northbridge Council", [("NB1, iPad", "with Gwen, who left on 3 Nov 2026")], today=TODAY
    )
    assert "Dear Mair," in letter
    assert "still hold 1 device of Northbridge Council" in letter
    assert "NB1, iPad" in letter
    assert "22 Nov 2026" in letter
    assert "NB2, iPhone" in overdue_letter("Anna", [("NB2, iPhone", "due 1 Nov 2026, overdue")], today=TODAY)
