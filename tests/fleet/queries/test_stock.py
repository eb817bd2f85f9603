"""Stock, loans, starters and leavers, told as a person would count them."""

from datetime import date, timedelta

import pytest

from fleet.database import Database
from fleet.database.models import Device, Reservation
from fleet.domain.letters import chase_letter, overdue_letter
from fleet.queries.joiners_leavers import leavers_holding, letters, starters
from fleet.queries.stock import digest, free_devices, loans, stock
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
    assert [(name, len(items)) for name, _, items in digest(rows)] == [("Anna", 2), ("Bryn", 1)]


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
    ((name, _, items),) = letters([row])
    assert (name, items) == ("Mair Bowen", [row])


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


def test_letters_say_what_how_many_and_since_when() -> None:
    letter = chase_letter(
        "Mair", "Northbridge Council", [("NB1, iPad", "with Gwen, who left on 3 Nov 2026")], today=TODAY
    )
    assert "Dear Mair," in letter
    assert "still hold 1 device of Northbridge Council" in letter
    assert "NB1, iPad" in letter
    assert "22 Nov 2026" in letter
    assert "NB2, iPhone" in overdue_letter("Anna", [("NB2, iPhone", "due 1 Nov 2026, overdue")], today=TODAY)
