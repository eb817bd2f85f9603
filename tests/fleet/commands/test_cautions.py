"""What a technician should know before a device goes out."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.commands.assignments import Done, issue, return_devices
from fleet.database import Database
from fleet.database.models import Device, Enrolment, Person
from tests.factory import NOW, a_device, a_model, a_person, a_site, a_tenant, an_enrolment, an_organisation, change

UPN = "anna@northbridge.example"


class Desk:
    """One iPad, enrolled by Anna and in order, and Anna."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.owner = an_organisation(database)
        self.anna = a_person(database, self.owner, "Anna Lee", upn=UPN)
        model = a_model(database)
        self.ipad = a_device(database, self.owner, asset_tag="NB-1", model_id=model)
        tenant = a_tenant(database, self.owner)
        self.enrolment = an_enrolment(
            database, self.owner, tenant, self.ipad, upn=UPN, compliance="compliant", os_version="26.1"
        )

    def issue(self, *devices: int, **to: Any) -> list[Done]:
        to = to or {"person_id": self.anna}
        with self.database.transaction(actor="t", action="device.issue", now=NOW) as session:
            return issue(session, devices or [self.ipad], now=NOW, **to)

    def take_back(self) -> None:
        with self.database.transaction(actor="t", action="device.return", now=NOW) as session:
            return_devices(session, [self.ipad], now=NOW)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_there_is_nothing_to_say_of_a_device_in_order(desk: Desk) -> None:
    (done,) = desk.issue()
    assert (done.warnings, done.grave) == ((), ())


@pytest.mark.parametrize(
    ("row", "values", "says"),
    [
        ("enrolment", {"closed_at": NOW, "closed_because": "vanished"}, "It is not enrolled in Intune."),
        ("enrolment", {"compliance": "noncompliant"}, "Intune says it is not compliant."),
        ("enrolment", {"upn": "zoe@x.example"}, "It is still enrolled by zoe@x.example."),
        ("enrolment", {"os_version": "15.1"}, "It runs iPadOS 15.1, which gets no security updates any more"),
        ("anna", {"state": "left"}, "Anna Lee has left."),
    ],
)
def test_each_thing_that_is_wrong_is_said(desk: Desk, row: str, values: dict[str, Any], says: str) -> None:
    change(desk.database, Person if row == "anna" else Enrolment, getattr(desk, row), **values)
    (done,) = desk.issue()
    assert len(done.warnings) == 1
    assert done.warnings[0].startswith(says)
    assert bool(done.grave) is (row == "anna")


def test_the_previous_holder_is_called_so(desk: Desk) -> None:
    desk.issue()
    desk.take_back()
    bryn = a_person(desk.database, desk.owner, "Bryn Hale", upn="bryn@northbridge.example")
    (done,) = desk.issue(person_id=bryn)
    assert done.warnings == (f"It is still enrolled by its previous holder, {UPN}.",)


def test_a_second_one_of_a_kind_is_said_also_of_two_in_one_issue(desk: Desk) -> None:
    second = a_device(desk.database, desk.owner, asset_tag="NB-2", kind="thin_client")
    third = a_device(desk.database, desk.owner, asset_tag="NB-3", kind="thin_client")
    told = desk.issue(desk.ipad, second, third)
    assert [one.warnings for one in told] == [(), (), ("Anna Lee already has NB-2.",)]


def test_a_receiver_of_another_organisation_is_grave_person_or_site(desk: Desk) -> None:
    other = an_organisation(desk.database, "southmoor")
    stranger, site = a_person(desk.database, other, "Cerys Fry"), a_site(desk.database, other, "Depot")
    for to, name in (({"person_id": stranger}, "Cerys Fry"), ({"site_id": site}, "Depot")):
        (done,) = desk.issue(**to)
        assert done.grave == (f"{name} belongs to another organisation than the device.",)
        desk.take_back()


def test_a_late_entry_is_judged_by_what_is_true_today(desk: Desk) -> None:
    change(desk.database, Device, desk.ipad, purchased_on=None)
    with desk.database.transaction(actor="t", action="device.issue", now=NOW) as session:
        (done,) = issue(session, [desk.ipad], now=NOW, person_id=desk.anna, issued_on=NOW.date() - timedelta(days=5))
    assert done.warnings == ()
