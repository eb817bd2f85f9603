"""Many rows at once: ids nobody else gets, values as the ORM would store them, errors as the ORM would raise them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.apply_plan.writing import Edit, insert_recorded, update_recorded, update_silently
from fleet.database import Database
from fleet.database.bulk import CHUNK, allocate_ids, insert_rows, update_rows
from fleet.database.models import Change, Device, Enrolment, Event, Finding, Person, Run, Site
from fleet.errors import Conflict, FleetError
from tests.conftest import CountQueries
from tests.factory import ACTOR, NOW, TODAY, a_device, a_person, a_site, an_organisation, dump, remove, value, write

SITE: Any = Site.__table__
DEVICE: Any = Device.__table__
RUN: Any = Run.__table__


def writing(database: Database) -> Any:
    return database.transaction(actor=ACTOR, action="test.bulk", now=NOW)


def test_ids_come_in_the_number_asked_for_and_nobody_has_them(database: Database) -> None:
    """None for none."""
    owner = an_organisation(database)
    a_site(database, owner)
    with writing(database) as session:
        connection = session.connection()
        assert list(allocate_ids(connection, SITE, 0)) == []
        ids = list(allocate_ids(connection, SITE, 3))
        assert len(set(ids)) == 3
        insert_rows(connection, SITE, ("id", "organisation_id", "name"), [(one, owner, f"Site {one}") for one in ids])
        more = list(allocate_ids(connection, SITE, 2))
        assert not set(ids) & set(more)


def test_the_id_of_a_deleted_row_is_never_used_again(database: Database) -> None:
    """History speaks of rows by id: the newest row, deleted, must not come back as another one."""
    owner = an_organisation(database)
    with writing(database) as session:
        (first,) = insert_recorded(
            session, Site, ("organisation_id", "name"), [(owner, "Depot")], organisation_id=owner
        )
    remove(database, Site, first)
    with writing(database) as session:
        (second,) = insert_recorded(session, Site, ("organisation_id", "name"), [(owner, "Hub")], organisation_id=owner)
    remove(database, Site, second)
    third = a_site(database, owner, "Shed")
    assert len({first, second, third}) == 3


def test_rows_of_the_orm_come_after_rows_written_in_bulk(database: Database) -> None:
    """The two roads share one sequence."""
    owner = an_organisation(database)
    with writing(database) as session:
        ids = insert_recorded(
            session, Site, ("organisation_id", "name"), [(owner, f"Site {n}") for n in range(5)], organisation_id=owner
        )
    assert a_site(database, owner, "Depot") > max(ids)


def test_values_written_in_bulk_are_stored_as_the_orm_stores_them(database: Database) -> None:
    """Moments, dates, booleans, bytes, JSON, blanks, accents, and the signs that COPY gives a meaning to."""
    owner = an_organisation(database)
    text = "Siân's\tback\\slash\n\\N ''\"\" {} £"
    columns = (
        "organisation_id",
        "kind",
        "source",
        "state",
        "actor",
        "started_at",
        "counts",
        "problems",
        "files",
        "lease_until",
        "error",
    )
    rows = [(owner, "demo", text, "complete", ACTOR, NOW, {"a": [1, None]}, [], [], None, text)]
    device = a_device(database, owner)
    with writing(database) as session:
        connection = session.connection()
        insert_rows(connection, RUN, columns, rows)
        insert_rows(connection, DEVICE, ("id", "organisation_id", "kind", "status", "purchased_on", "hay"),
                    [(one, owner, "ipad", "in_stock", TODAY, "") for one in allocate_ids(connection, DEVICE, 1)])  # fmt: skip
    with database.read() as session:
        run = session.execute(select(Run)).scalar_one()
        assert (run.source, run.error, run.counts, run.started_at) == (text, text, {"a": [1, None]}, NOW)
        assert run.lease_until is None
        other = session.execute(select(Device).where(Device.id != device)).scalar_one()
        assert other.purchased_on == date(2026, 11, 22)
        assert other.version == 1


def test_more_rows_than_fit_one_chunk_are_all_written(database: Database, count_queries: CountQueries) -> None:
    """And by few statements."""
    owner = an_organisation(database)
    with writing(database) as session:
        connection = session.connection()
        ids = allocate_ids(connection, SITE, CHUNK + 10)
        rows = ((one, owner, f"Site {one}") for one in ids)
        with count_queries(database) as statements:
            assert insert_rows(connection, SITE, ("id", "organisation_id", "name"), rows) == CHUNK + 10
            assert update_rows(connection, SITE, ("name",), ((one, f"Place {one}") for one in ids)) == CHUNK + 10
    assert len(statements) <= 4
    assert value(database, Site.name, ids[-1]) == f"Place {ids[-1]}"


def test_a_row_that_the_rules_refuse_is_a_conflict_as_everywhere(database: Database) -> None:
    """COPY talks to the driver itself; its errors must come out like any other's."""
    owner = an_organisation(database)
    a_device(database, owner, serial="DMPX1TESTF1")
    before = dump(database)
    columns = ("organisation_id", "kind", "status", "serial", "hay")
    with pytest.raises(Conflict, match="serial") as caught, writing(database) as session:
        insert_recorded(
            session, Device, columns, [(owner, "ipad", "in_stock", "DMPX1TESTF1", "")], organisation_id=owner
        )
    assert "DMPX1TESTF1" not in caught.value.message
    assert dump(database) == before


@pytest.mark.parametrize("name", [2**70, "half \ud83d a character"], ids=["number", "text"])
def test_a_value_that_cant_be_stored_ends_in_words(database: Database, name: Any) -> None:
    """Also on the fast road."""
    owner = an_organisation(database)
    before = dump(database)
    columns, row = ("organisation_id", "kind", "status", "hay", "notes"), (owner, "ipad", "in_stock", "", name)
    if not isinstance(name, str):
        columns, row = (*columns[:-1], "price_pence"), (*row[:-1], name)
    with pytest.raises(FleetError, match="can't be stored"), writing(database) as session:
        insert_recorded(session, Device, columns, [row], organisation_id=owner)
    assert dump(database) == before


def test_bulk_inserts_leave_the_same_history_as_the_orm(database: Database) -> None:
    """One Change per row, blanks left out, dates as text."""
    owner = an_organisation(database)
    values = {"organisation_id": owner, "kind": "ipad", "status": "in_stock", "ownership": "organisation",
              "serial": None, "purchased_on": TODAY}  # fmt: skip
    write(database, Device(**values))
    with writing(database) as session:
        insert_recorded(session, Device, (*values, "hay"), [(*values.values(), "")], organisation_id=owner)
    with database.read() as session:
        kept = session.execute(
            select(Change.kind, Change.before, Change.after, Change.organisation_id).where(Change.subject == "device")
        ).all()
    assert kept[0] == kept[1]


def test_bulk_updates_leave_history_and_move_the_version(database: Database) -> None:
    """A person who has the device open on screen is told that it changed."""
    owner = an_organisation(database)
    device, person = a_device(database, owner), a_person(database, owner)
    with writing(database) as session:
        assert (
            update_recorded(session, Device, [Edit(device, {"serial": None}, {"serial": "S1"})], organisation_id=owner)
            == 1
        )
        update_recorded(session, Person, [Edit(person, {"upn": None}, {"upn": "a@b.example"})], organisation_id=owner)
    assert (value(database, Device.version, device), value(database, Person.version, person)) == (2, 2)
    with database.read() as session:
        event = session.execute(select(Event).order_by(Event.id.desc()).limit(1)).scalar_one()
        kept = session.execute(
            select(Change.subject, Change.before, Change.after).where(Change.event_id == event.id)
        ).all()
    assert [tuple(one) for one in kept] == [
        ("device", {"serial": None}, {"serial": "S1"}),
        ("person", {"upn": None}, {"upn": "a@b.example"}),
    ]


def test_edits_of_different_fields_go_into_few_statements(database: Database, count_queries: CountQueries) -> None:
    """As many as there are kinds of edit, not as many as there are rows."""
    owner = an_organisation(database)
    sites = [a_site(database, owner, f"Site {n}") for n in range(6)]
    with writing(database) as session, count_queries(database) as statements:
        edits = [Edit(one, {"name": "x"}, {"name": f"Place {one}"}) for one in sites]
        update_recorded(session, Site, edits, organisation_id=owner)
    updates = [one for one in statements if one.startswith("UPDATE site")]
    assert len(updates) == 1


def test_silent_updates_are_for_volatile_columns_only(database: Database) -> None:
    """Anything else would be a change without history."""
    an_organisation(database)
    with writing(database) as session:
        update_silently(session, Enrolment, ("last_seen", "storage_free"), [(1, NOW - timedelta(days=1), 5)])
        update_silently(session, Finding, ("last_seen",), [])
        with pytest.raises(ValueError, match=r"enrolment\.\['os_version'\] makes history"):
            update_silently(session, Enrolment, ("last_seen", "os_version"), [(1, NOW, "26")])


def test_nothing_to_do_sends_nothing(database: Database, count_queries: CountQueries) -> None:
    """An unchanged night must not open an event."""
    with writing(database) as session, count_queries(database) as statements:
        assert insert_recorded(session, Site, ("name",), [], organisation_id=None) == []
        assert update_recorded(session, Site, [], organisation_id=None) == 0
    assert statements == []
