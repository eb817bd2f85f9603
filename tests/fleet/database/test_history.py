"""History is written by the database layer: what a flush leaves, what it leaves out, and that nothing slips past it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, inspect, select, update
from sqlalchemy.orm import Session

from fleet.database import Database
from fleet.database.history import NotInATransaction, kept_columns
from fleet.database.models import Change, Device, Enrolment, Event, Model, Organisation, Person, Run, Site, Tenant
from tests.factory import (
    ACTOR,
    NOW,
    a_device,
    a_site,
    a_tenant,
    an_enrolment,
    an_organisation,
    change,
    dump,
    remove,
    value,
)


def changes(database: Database, subject: str, subject_id: int) -> list[tuple[str, Any, Any]]:
    """(kind, before, after) of a row's history, oldest first."""
    with database.read() as session:
        rows = session.execute(
            select(Change.kind, Change.before, Change.after)
            .where(Change.subject == subject, Change.subject_id == subject_id)
            .order_by(Change.id)
        )
        return [tuple(row) for row in rows]


def events(database: Database) -> list[Event]:
    with database.read() as session:
        return list(session.execute(select(Event).order_by(Event.id)).scalars())


# --- what a flush leaves -------------------------------------------------------------------------------------


def test_an_insert_leaves_all_that_is_known_and_no_blanks(database: Database) -> None:
    """Dates and defaults included; the id is the subject, not a field."""
    owner = an_organisation(database)
    device = a_device(database, owner, serial="DMPX1TESTF1", purchased_on=date(2024, 4, 1), price_pence=41_900)
    assert changes(database, "device", device) == [
        (
            "insert",
            None,
            {
                "organisation_id": owner, "kind": "ipad", "ownership": "organisation", "status": "in_stock",
                "serial": "DMPX1TESTF1", "purchased_on": "2024-04-01", "price_pence": 41_900,
            },
        )
    ]  # fmt: skip


def test_an_update_leaves_only_the_fields_it_touched(database: Database) -> None:
    """Before and after, with None where there was or is nothing."""
    owner = an_organisation(database)
    device = a_device(database, owner, notes="as bought")
    change(database, Device, device, status="lost", notes=None, asset_tag="NB-0001")
    assert changes(database, "device", device)[1:] == [
        (
            "update",
            {"status": "in_stock", "notes": "as bought", "asset_tag": None},
            {"status": "lost", "notes": None, "asset_tag": "NB-0001"},
        )
    ]


def test_a_delete_leaves_what_was_there(database: Database) -> None:
    """So that it can be put back."""
    owner = an_organisation(database)
    site = a_site(database, owner, "Depot")
    remove(database, Site, site)
    assert changes(database, "site", site)[1:] == [("delete", {"organisation_id": owner, "name": "Depot"}, None)]


def test_two_flushes_of_one_transaction_are_two_changes_of_one_event(database: Database) -> None:
    """And each starts where the one before it ended."""
    owner = an_organisation(database)
    device = a_device(database, owner)
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        row = session.get_one(Device, device)
        row.status = "lost"
        session.flush()
        row.status = "found"
    assert changes(database, "device", device)[1:] == [
        ("update", {"status": "in_stock"}, {"status": "lost"}),
        ("update", {"status": "lost"}, {"status": "found"}),
    ]
    assert events(database)[-1].change_count == 2


def test_before_is_right_even_when_the_value_had_not_been_loaded(database: Database) -> None:
    """A savepoint that was rolled back, or an expiry, leaves objects whose values are read again only when asked."""
    owner = an_organisation(database)
    device = a_device(database, owner, notes="as bought")
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        row = session.get_one(Device, device)
        session.expire(row)
        row.notes = "cracked"
    assert changes(database, "device", device)[1:] == [("update", {"notes": "as bought"}, {"notes": "cracked"})]


def test_setting_what_is_already_there_leaves_nothing(database: Database) -> None:
    """No change, no event, and the chain does not grow."""
    owner = an_organisation(database)
    device = a_device(database, owner, notes="as bought")
    before = dump(database)
    change(database, Device, device, status="in_stock", notes="as bought")
    assert dump(database) == before


def test_there_and_back_within_one_flush_leaves_nothing(database: Database) -> None:
    """Only what the database was told counts."""
    owner = an_organisation(database)
    device = a_device(database, owner)
    with database.transaction(actor=ACTOR, action="test", now=NOW) as session:
        row = session.get_one(Device, device)
        row.status = "lost"
        row.status = "in_stock"
    assert len(changes(database, "device", device)) == 1


def test_volatile_columns_are_stored_and_leave_nothing(database: Database) -> None:
    """200,000 check-ins a night would bury what people did."""
    owner = an_organisation(database)
    tenant = a_tenant(database, owner)
    enrolment = an_enrolment(database, owner, tenant, a_device(database, owner))
    before = len(events(database))
    change(database, Enrolment, enrolment, last_seen=NOW, storage_free=7, missing_runs=1, missing_since=NOW)
    change(database, Tenant, tenant, people_delta_link="https://graph.example/delta?token=2", last_device_count=9)
    assert len(events(database)) == before
    assert value(database, Enrolment.last_seen, enrolment) == NOW
    assert value(database, Tenant.last_device_count, tenant) == 9


def test_a_volatile_column_changed_beside_another_is_left_out(database: Database) -> None:
    """The event tells of the other alone."""
    owner = an_organisation(database)
    enrolment = an_enrolment(database, owner, a_tenant(database, owner), a_device(database, owner))
    change(database, Enrolment, enrolment, last_seen=NOW, os_version="26.1")
    assert changes(database, "enrolment", enrolment)[-1] == ("update", {"os_version": None}, {"os_version": "26.1"})


def test_tables_that_keep_their_own_dates_make_no_history(database: Database) -> None:
    """A run is its own record."""
    before = len(events(database))
    with database.transaction(actor=ACTOR, action="run.start", now=NOW) as session:
        session.add(
            Run(kind="demo", source="demo", state="complete", actor=ACTOR, started_at=NOW, counts={}, problems=[])
        )
    assert len(events(database)) == before


def test_the_id_and_the_version_are_no_facts_about_a_thing() -> None:
    """They would appear in every change."""
    for kind in (Device, Person):
        assert not {"id", "version"} & set(kept_columns(kind))


def test_history_knows_whose_row_it_was(database: Database) -> None:
    """An organisation's own row is its own."""
    owner = an_organisation(database)
    site = a_site(database, owner)
    with database.read() as session:
        rows = session.execute(select(Change.subject, Change.subject_id, Change.organisation_id).order_by(Change.id))
        assert [tuple(row) for row in rows] == [("organisation", owner, owner), ("site", site, owner)]


# --- the event ----------------------------------------------------------------------------------------------


def test_an_event_says_who_what_why_and_counts_its_changes(database: Database) -> None:
    """All of it was given by the caller; nothing is guessed."""
    owner = an_organisation(database)
    with database.transaction(
        actor=ACTOR, action="site.add", now=NOW, reason="new lease", organisation_id=owner
    ) as session:
        session.add_all([Site(organisation_id=owner, name="Depot"), Site(organisation_id=owner, name="Hub")])
    event = events(database)[-1]
    assert (event.actor, event.action, event.reason, event.organisation_id) == (ACTOR, "site.add", "new lease", owner)
    assert event.change_count == 2


def test_when_it_happened_and_when_we_were_told_are_two_things(database: Database) -> None:
    """A return on Friday that is typed in on Monday."""
    friday = NOW - timedelta(days=3)
    with database.transaction(actor=ACTOR, action="test", now=NOW, effective_at=friday) as session:
        session.add(Organisation(key="northbridge", name="Northbridge"))
    (event,) = events(database)
    assert (event.effective_at, event.recorded_at) == (friday, NOW)


def test_what_happened_just_now_happened_when_we_were_told(database: Database) -> None:
    """Without another date."""
    an_organisation(database)
    (event,) = events(database)
    assert event.effective_at == event.recorded_at == NOW


def test_moments_come_back_as_utc_whatever_zone_they_were_given_in(database: Database) -> None:
    """London in summer is an hour ahead; the moment is the same."""
    summer = datetime(2026, 7, 1, 10, 30, tzinfo=ZoneInfo("Europe/London"))
    with database.transaction(actor=ACTOR, action="test", now=NOW, effective_at=summer) as session:
        session.add(Organisation(key="northbridge", name="Northbridge"))
    (event,) = events(database)
    assert event.effective_at == summer
    assert event.effective_at.tzinfo == UTC


# --- nothing slips past -------------------------------------------------------------------------------------


def _update(session: Session, owner: int) -> None:
    session.execute(update(Site).values(name="Elsewhere"))


def _update_by_key(session: Session, owner: int) -> None:
    session.execute(update(Site), [{"id": 1, "name": "Elsewhere"}])


def _insert(session: Session, owner: int) -> None:
    session.execute(insert(Site).values(organisation_id=owner, name="Hub"))


def _bulk_insert(session: Session, owner: int) -> None:
    session.execute(
        insert(Site), [{"organisation_id": owner, "name": "Hub"}, {"organisation_id": owner, "name": "Shed"}]
    )


def _delete(session: Session, owner: int) -> None:
    session.execute(delete(Site))


def _core_update(session: Session, owner: int) -> None:
    session.execute(update(inspect(Site).local_table).values(name="Elsewhere"))


def _query_update(session: Session, owner: int) -> None:
    session.query(Site).update({"name": "Elsewhere"})


def _query_delete(session: Session, owner: int) -> None:
    session.query(Site).delete()


def _scalars_insert(session: Session, owner: int) -> None:
    session.scalars(insert(Site).returning(Site.id), [{"organisation_id": owner, "name": "Hub"}]).all()


def _bulk_save(session: Session, owner: int) -> None:
    session.bulk_save_objects([Site(organisation_id=owner, name="Hub")])


def _bulk_insert_mappings(session: Session, owner: int) -> None:
    session.bulk_insert_mappings(Site.__mapper__, [{"organisation_id": owner, "name": "Hub"}])


def _bulk_update_mappings(session: Session, owner: int) -> None:
    session.bulk_update_mappings(Site.__mapper__, [{"id": 1, "name": "Elsewhere"}])


BYPASSES = [
    _update, _update_by_key, _insert, _bulk_insert, _delete, _core_update, _query_update, _query_delete, _scalars_insert,
    _bulk_save, _bulk_insert_mappings, _bulk_update_mappings,
]  # fmt: skip


@pytest.mark.parametrize("bypass", BYPASSES, ids=lambda one: one.__name__.strip("_"))
@pytest.mark.parametrize("session_kind", ["writing", "reading"])
def test_statements_that_a_flush_would_not_see_are_refused(sqlite: Any, bypass: Any, session_kind: str) -> None:
    """An update by statement leaves no Change and passes the walls: bulk work goes through fleet.database.bulk."""
    with Database(sqlite.migrated()) as database:
        owner = an_organisation(database)
        a_site(database, owner, "Depot")
        before = dump(database)
        opened = (
            database.transaction(actor=ACTOR, action="test", now=NOW) if session_kind == "writing" else database.read()
        )
        with pytest.raises(NotInATransaction), opened as session:
            bypass(session, owner)
            session.commit()
        assert dump(database) == before


def test_every_table_says_of_what_it_makes_history() -> None:
    """A volatile column that does not exist is a typing mistake that would make history of a check-in."""
    for mapper in Model.registry.mappers:
        kind = mapper.class_
        assert kind.volatile <= set(kind.__table__.columns.keys()), kind
