"""Whether the verifier of the chain finds every forgery, and nothing where there is none."""

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text

from fleet.database import Database, verify
from fleet.database.history import GENESIS
from fleet.database.models import Site
from tests.factory import ACTOR, NOW, a_night, an_organisation
from tests.fleet.commands.estate import an_estate
from tests.fleet.database.test_chain import a_week, forge


def found(database: Database) -> verify.Verification:
    with database.read() as session:
        return verify.verify(session)


def cut_out(database: Database, event: int) -> None:
    """Delete an event but not its changes, as only somebody with the file or the server in their hands can."""
    if database.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(database.engine.url.database))) as connection:
            connection.execute("DELETE FROM event WHERE id = ?", (event,))
            connection.commit()
        return
    with database.engine.begin() as server:
        server.execute(text("SET session_replication_role = replica"))
        server.execute(text("DELETE FROM event WHERE id = :event"), {"event": event})
        server.execute(text("SET session_replication_role = DEFAULT"))


def test_an_honest_history_is_found_whole_and_counted(database: Database) -> None:
    """Commands, a sync, an undo: every event and change walked, and the head told."""
    estate = an_estate(database)
    estate.sync(a_night())
    estate.undo(estate.issue(estate.devices[:2], person_id=estate.people[0]))
    result = found(database)
    with database.engine.connect() as connection:
        events, changes = (
            connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in ("event", "change")
        )
        head = connection.execute(text("SELECT hash FROM chain_head")).scalar_one()
    assert (result.problems, result.events, result.changes, result.head) == ([], events, changes, head)


def test_an_empty_register_is_whole(database: Database) -> None:
    """The head is the beginning."""
    result = found(database)
    assert (result.problems, result.events, result.head) == ([], 0, GENESIS)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE event SET actor = 'somebody.else' WHERE id = 3",
        "UPDATE event SET reason = 'it was agreed' WHERE id = 3",
        "UPDATE event SET recorded_at = '2020-01-01 00:00:00' WHERE id = 3",
        "UPDATE event SET effective_at = '2020-01-01 00:00:00' WHERE id = 3",
        "UPDATE event SET change_count = 7 WHERE id = 3",
        "UPDATE event SET hash = previous_hash WHERE id = 3",
        "UPDATE event SET previous_hash = hash WHERE id = 3",
        "UPDATE event SET previous_hash = NULL WHERE id = 3",
        'UPDATE change SET before = \'{"status":"issued"}\' WHERE event_id = 4',
        "UPDATE change SET subject_id = 999 WHERE event_id = 3",
        "UPDATE change SET event_id = 4 WHERE event_id = 3",
        "DELETE FROM change WHERE event_id = 3",
        "DELETE FROM change WHERE event_id = (SELECT max(id) FROM event)",
        "UPDATE chain_head SET events = events + 1",
        "UPDATE chain_head SET hash = 'f'",
    ],
)
def test_a_forgery_shows(database: Database, forgery: str) -> None:
    """Whatever was altered, moved or taken out."""
    a_week(database)
    forge(database, forgery)
    assert found(database).problems


def test_changes_without_their_event_show(database: Database) -> None:
    """An event and its place in the chain were cut out, its changes forgotten."""
    a_week(database)
    cut_out(database, 3)
    problems = " ".join(found(database).problems)
    assert "no such event" in problems and "ends elsewhere" in problems


def test_one_forged_event_is_told_once_and_not_all_that_follow(database: Database) -> None:
    """The walk goes on from what is there."""
    an_organisation(database)
    for day in range(6):
        with database.transaction(actor=ACTOR, action="test", now=NOW + timedelta(days=day)) as session:
            session.add(Site(organisation_id=1, name=f"Site {day}"))
    forge(database, "UPDATE event SET actor = 'somebody.else' WHERE id = 3")
    assert found(database).problems == ["event 3 (test by somebody.else) is not as it was written"]


def test_events_written_at_once_may_be_sealed_in_another_order_than_they_are_numbered(database: Database) -> None:
    """On PostgreSQL one that began first may end last; on SQLite writers wait for each other."""
    an_organisation(database)
    first_wrote, second_done = threading.Event(), threading.Event()

    def first() -> None:
        with database.transaction(actor="first", action="test", now=NOW) as session:
            session.add(Site(organisation_id=1, name="First"))
            session.flush()
            first_wrote.set()
            if database.engine.dialect.name == "postgresql":
                second_done.wait(20)

    writer = threading.Thread(target=first)
    writer.start()
    assert first_wrote.wait(20)
    with database.transaction(actor="second", action="test", now=NOW) as session:
        session.add(Site(organisation_id=1, name="Second"))
    second_done.set()
    writer.join(20)
    result = found(database)
    assert (result.problems, result.events) == ([], 3)
