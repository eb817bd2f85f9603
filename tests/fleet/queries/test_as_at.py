"""The estate as at a day: what the commands say they did is replayed here naively and must come out of history alike."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from fleet.clock import london_date
from fleet.commands.imports import ImportOptions, apply_file
from fleet.database import Database
from fleet.database.models import ByodRegistration, Delivery, Device, Sim
from fleet.demo.estate import generate
from fleet.demo.register import load_register
from fleet.domain.records import ObservedTenant
from fleet.domain.search import parse
from fleet.errors import FleetError
from fleet.queries.as_at import UNKNOWN, devices_as_at
from fleet.queries.devices import DeviceQuery, list_devices
from tests.conftest import CountQueries
from tests.factory import ACTOR, NOW, TODAY, a_device, a_night, an_observed_device
from tests.fleet.commands.estate import Estate, an_estate
from tests.fleet.queries.present import without_volatile

START = TODAY - timedelta(days=40)


@dataclass
class Naive:
    """A device as a person with a diary would keep it: every entry with the day it is for, in the order it was told."""

    status: list[tuple[date, str]] = field(default_factory=list)
    custody: list[list[Any]] = field(default_factory=list)
    """[holder, from, until]"""

    def on(self, day: date) -> tuple[str, int | None]:
        """Status: what was told last of what had happened by then. Holder: whose interval covers the day."""
        status = [word for since, word in self.status if since <= day][-1]
        holders = [who for who, since, until in self.custody if since <= day and (until is None or until > day)]
        return status, (holders[-1] if holders else None)


@pytest.mark.parametrize("seed", range(2))
def test_any_day_is_what_a_diary_says_of_it(database: Database, seed: int) -> None:
    """Issues, returns and moves, many of them entered late, some undone again: every day of six weeks compared."""
    estate = an_estate(database, 4, now=NOW - timedelta(days=40))
    random = Random(seed)
    diaries = {one: Naive([(date.min, "in_stock")]) for one in estate.devices}
    for _ in range(18):
        estate.later(random.choice([0, 0, 1, 2]))
        if london_date(estate.now) >= TODAY:
            break
        device = random.choice(estate.devices)
        _something(estate, random, device, diaries[device])
    with database.read() as session:
        for back in range(0, 42, 2):
            day = TODAY - timedelta(days=back)
            if day < START:
                continue
            rows = {row.id: (row.status, row.holder_id) for row in devices_as_at(session, day)}
            assert rows == {one: diary.on(day) for one, diary in diaries.items()}, day


def _something(estate: Estate, random: Random, device: int, diary: Naive) -> None:
    today = london_date(estate.now)
    day = max(START, today - timedelta(days=random.choice([0, 0, 1, 4])))
    deed = random.choice(["issue", "return", "move", "move", "undo"])
    before = ([*diary.status], [[*one] for one in diary.custody])
    try:
        if deed == "issue":
            person = random.choice(estate.people)
            event = estate.issue([device], person_id=person, on=day)
            diary.status.append((day, "issued"))
            diary.custody.append([person, day, None])
        elif deed == "return":
            event = estate.take_back([device], on=day)
            diary.status.append((day, "in_stock"))
            diary.custody[-1][2] = day
        else:
            to = random.choice(["in_repair", "prepared", "lost", "found", "in_stock", "quarantined", "issued"])
            event = estate.move([device], to, on=day)
            diary.status.append((day, to))
    except FleetError:
        return
    if deed != "undo" and random.random() < 0.25:
        estate.later(random.choice([0, 1]))
        plan, _ = estate.undo(event)
        assert plan.kept == []
        diary.status, diary.custody = before


def test_today_is_what_the_list_says(database: Database) -> None:
    """On an estate with every kind of device, own ones with their registered owners among them, after a sync."""
    estate = generate(seed=11, devices=120, now=NOW)
    load_register(database, estate)
    Estate(database).sync(a_night(devices=4, people=2))
    with database.read() as session:
        listed = list_devices(session, DeviceQuery(), now=NOW)
        today = devices_as_at(session, TODAY)
    assert any(row.ownership == "personal" and row.holder for row in listed)
    assert without_volatile(today) == without_volatile(listed)


def test_a_device_loaded_later_but_bought_earlier_was_there_with_a_status_nobody_knows(database: Database) -> None:
    """From the day it was bought; and from the day it was issued its holder is known."""
    estate = an_estate(database, 0)
    bought, issued = TODAY - timedelta(days=300), TODAY - timedelta(days=100)
    data = (
        "Serial number,Purchase date,Issued on,Email\n"
        f"DMPX000777,{bought:%d/%m/%Y},{issued:%d/%m/%Y},bryn@northbridge.example\n"
    )
    apply_file(database, data.encode(), "old.csv", ImportOptions(), actor=ACTOR, now=estate.now)
    told = {}
    with database.read() as session:
        for days in (301, 300, 101, 100, 0):
            rows = devices_as_at(session, TODAY - timedelta(days=days))
            told[days] = [(row.status, row.holder) for row in rows]
    assert told == {
        301: [], 300: [(UNKNOWN, None)], 101: [(UNKNOWN, None)], 100: [("issued", "Bryn Hale")], 0: [("issued", "Bryn Hale")],
    }  # fmt: skip


def test_between_order_and_delivery_a_device_is_ordered_and_then_delivered(database: Database) -> None:
    """From the day of its order; until it is issued, or until the register says itself what it is."""
    estate = an_estate(database, 0)
    ordered, arrived = TODAY - timedelta(days=90), TODAY - timedelta(days=80)
    delivery = Delivery(organisation_id=estate.organisation, delivered_on=arrived)
    estate.add(delivery)
    a_device(
        database,
        estate.organisation,
        purchased_on=ordered,
        delivery_id=delivery.id,
        status_since=TODAY - timedelta(days=20),
    )
    with database.read() as session:
        told = [devices_as_at(session, TODAY - timedelta(days=days)) for days in (91, 90, 81, 80, 21, 20)]
    assert [[row.status for row in rows] for rows in told] == [
        [], ["ordered"], ["ordered"], ["delivered"], ["delivered"], ["in_stock"],
    ]  # fmt: skip


def test_an_enrolment_is_an_interval(database: Database) -> None:
    """Before it was first seen nothing, then what Intune said then, and nothing once it had vanished."""
    estate = an_estate(database, 1, now=NOW - timedelta(days=20))
    days = {}
    for name, versions in (("first", ["26.0"]), ("second", ["26.1"]), ("absent", []), ("gone", [])):
        days[name] = london_date(estate.later(4).now)
        seen = [an_observed_device(1, serial="NORX000001", os_version=version) for version in versions]
        seen += [an_observed_device(50), an_observed_device(51)]
        night = ObservedTenant("northbridge", estate.now, seen, [], people_complete=False)
        assert estate.sync(night).error is None
    days |= {"before": days["first"] - timedelta(days=1), "between": days["second"] - timedelta(days=1)}
    with database.read() as session:
        told = {name: devices_as_at(session, day)[0].os_version for name, day in days.items()}
    assert told == {
        "before": None, "first": "26.0", "between": "26.0", "second": "26.1", "absent": "26.1", "gone": None,
    }  # fmt: skip


def test_what_was_undone_never_was_on_any_day(database: Database) -> None:
    """Lost on the tenth by mistake, undone, and really lost on the fifth: then it was lost from the fifth on."""
    estate = an_estate(database, 1)
    device, day = estate.devices[0], lambda days: TODAY - timedelta(days=days)
    mistaken = estate.move([device], "lost", on=day(5))
    estate.undo(mistaken)
    estate.move([device], "lost", on=day(10))
    with database.read() as session:
        told = [devices_as_at(session, day(days))[0].status for days in (11, 10, 7, 5, 0)]
    assert told == ["in_stock", "lost", "lost", "lost", "lost"]


def test_an_undone_undo_counts_again(database: Database) -> None:
    """Redo puts the past back as well."""
    estate = an_estate(database, 1)
    event = estate.issue(estate.devices, person_id=estate.people[0], on=TODAY - timedelta(days=5))
    _, undone = estate.undo(event)
    with database.read() as session:
        assert devices_as_at(session, TODAY - timedelta(days=3))[0].holder is None
    estate.undo(undone)
    with database.read() as session:
        row = devices_as_at(session, TODAY - timedelta(days=3))[0]
        assert (row.status, row.holder) == ("issued", "Siân O'Brien")
        assert devices_as_at(session, TODAY - timedelta(days=6))[0].holder is None


def test_a_late_entry_of_today_does_not_disturb_the_days_before(database: Database) -> None:
    """Issued this afternoon and returned `today`: yesterday it was in stock."""
    estate = an_estate(database, 1)
    estate.now += timedelta(hours=12)
    estate.issue(estate.devices, person_id=estate.people[0])
    estate.take_back(estate.devices, on=london_date(estate.now))
    with database.read() as session:
        assert devices_as_at(session, TODAY - timedelta(days=1))[0].status == "in_stock"
        assert devices_as_at(session, TODAY)[0].status == "in_stock"


def test_the_past_has_walls_too(database: Database) -> None:
    """An operator of one council sees its devices, as they were, and no name of another's; also across a joint event."""
    northbridge, eastmoor = an_estate(database, 2), an_estate(database, 2, key="eastmoor")
    joint = [northbridge.devices[0], eastmoor.devices[0]]
    northbridge.issue(joint, person_id=northbridge.people[0], on=TODAY - timedelta(days=3))
    scope = frozenset({eastmoor.organisation})
    with database.read(scope) as session:
        then, today = (devices_as_at(session, TODAY - timedelta(days=days)) for days in (5, 0))
        listed = list_devices(session, DeviceQuery(), now=NOW)
    assert [(row.id, row.status) for row in then] == [(one, "in_stock") for one in eastmoor.devices]
    assert (today[0].status, today[0].holder, today[0].holder_id) == ("issued", None, None)
    assert without_volatile(today) == without_volatile(listed)


def test_a_sim_was_where_it_was(database: Database) -> None:
    """A card that moved last week was in the other device before."""
    estate = an_estate(database, 2, now=NOW - timedelta(days=20))
    first, second = estate.devices
    card = Sim(organisation_id=estate.organisation, iccid="8944100000000000017", device_id=first)
    estate.add(card)
    estate.later(10).set(Sim, card.id, device_id=second)
    moved = london_date(estate.now)
    with database.read() as session:
        before, after = (devices_as_at(session, moved - timedelta(days=days)) for days in (1, 0))
    assert [bool(row.iccid) for row in before] == [True, False]
    assert [bool(row.iccid) for row in after] == [False, True]


def test_an_own_device_belonged_to_whoever_had_registered_it(database: Database) -> None:
    """Until the registration ended."""
    estate = an_estate(database, 0, now=NOW - timedelta(days=20))
    own = Device(
        organisation_id=estate.organisation, kind="iphone", ownership="personal", status="issued", status_since=START
    )
    estate.add(own)
    registered = ByodRegistration(
        organisation_id=estate.organisation,
        person_id=estate.people[1],
        device_id=own.id,
        state="enrolled",
        requested_on=START,
    )
    estate.add(registered)
    ended = london_date(estate.later(10).now)
    estate.set(ByodRegistration, registered.id, state="ended", ended_on=ended)
    with database.read() as session:
        told = [devices_as_at(session, ended - timedelta(days=days))[0].holder for days in (1, 0)]
    assert told == ["Bryn Hale", None]


def test_a_search_narrows_the_past(database: Database) -> None:
    """The same filters as for today's list, on the values of then."""
    estate = an_estate(database, 3)
    estate.issue(estate.devices[:1], person_id=estate.people[1], on=TODAY - timedelta(days=3))
    with database.read() as session:
        held = devices_as_at(session, TODAY - timedelta(days=2), parse("status:issued held:bryn"))
        none = devices_as_at(session, TODAY - timedelta(days=4), parse("status:issued"))
    assert [row.id for row in held] == estate.devices[:1] and none == []


def test_it_takes_a_fixed_number_of_statements(database: Database, count_queries: CountQueries) -> None:
    """Whatever the size of estate and history."""
    estate = an_estate(database, 4)
    numbers = []
    for _ in range(2):
        with database.read() as session, count_queries(database) as statements:
            devices_as_at(session, TODAY - timedelta(days=2))
        numbers.append(len(statements))
        for _ in range(5):
            estate.issue(estate.devices, person_id=estate.people[0])
            estate.take_back(estate.devices)
            estate.undo(estate.move(estate.devices[:1], "lost"))
    assert numbers[1] - numbers[0] <= 4 and numbers[1] < 30
